"""The live lines at the bottom of a terminal, from what is known and what the screen remembers. Pure."""

from collections import Counter
from textwrap import wrap

from rich.text import Text

from companion.core.board import Board
from companion.front.commands import HELP
from companion.front.explanation import untold
from companion.front.failure import brief, fit
from companion.front.foot import foot
from companion.front.limits import LIMITS, Limits
from companion.front.progress import Run
from companion.front.screen import Screen
from companion.front.window import Window
from companion.front.words import changed, count, duration, first_line, inline, one_line

NOTICEABLE = 1.0
"""Seconds of selecting tests after which people are told how long it takes."""
SIGNS = {"warning": ("!", "yellow"), "error": ("!", "bold red")}


def live(screen: Screen, board: Board, window: Window, limits: Limits = LIMITS) -> list[Text]:
    """The lines, none wider than the window, no more than it is high; the last ones win where it is low."""
    lines = [
        Text(),
        *_state(screen, board, window, limits),
        *_statuses(board, window, limits),
        *foot(screen, board, window),
    ]
    return [fit(line, window.width) for line in lines[-max(1, window.height - 1) :]]


def _state(screen: Screen, board: Board, window: Window, limits: Limits) -> list[Text]:
    run = screen.progress.run
    if screen.helping:
        return [Text.assemble((f"  {key:<10}", "bold"), f"  {words}") for key, words in HELP]
    if screen.lost:
        return [Text(f"! the engine is gone ({one_line(screen.lost)}): another starts", "bold red")]
    if not screen.caught_up:
        return [_joining(board)]
    if run is not None and run.finished is None:
        return running(run, screen, window, limits)
    if screen.progress.waiting and not screen.paused:
        return _selecting(screen, board, window)
    return [_idle(screen, board, window.width)]


def running(run: Run, screen: Screen, window: Window, limits: Limits = LIMITS) -> list[Text]:
    """Progress bar, the item that runs now, the failures so far."""
    head = Text.assemble((f"{_amount(run)} ", "bold"), (f"{run.share:4.0%} ", ""))
    tail = Text(f" {duration(max(0.0, window.now - run.started))}", "dim")
    if run.red:
        head.append(f"{len(run.red):,} red ", "bold red")
    if screen.stopping:
        tail = Text.assemble((" stopping", "yellow"), tail)
    length = max(4, min(40, window.width - head.cell_len - tail.cell_len))
    filled = round(length * run.share)
    bar = [("━" * filled, "red" if run.red else "green"), ("─" * (length - filled), "dim")]
    lines = [Text.assemble(head, *bar, tail), Text(f"  {inline(run.item)}" if run.item else "  starting…", "dim")]
    return [*lines, *(brief(item, window.width) for item in list(run.red.values())[-limits.live :])]


def totals(board: Board) -> Text:
    """``✗ 1 failed · 59 passed``: all that is known."""
    amounts = Counter(result.outcome for result in board.results.values())
    parts = [
        (amounts["failed"], "failed", "bold red"),
        (amounts["error"], "error" if amounts["error"] == 1 else "errors", "bold red"),
        (amounts["passed"], "passed", "green"),
        (amounts["skipped"], "skipped", "yellow"),
        (amounts["xfailed"], "xfailed", "yellow"),
        (amounts["xpassed"], "xpassed", "yellow"),
    ]
    said = [Text(f"{n:,} {word}", style) for n, word, style in parts if n]
    sign = Text("✗ ", "bold red") if board.red() else Text("✓ ", "bold green")
    return Text.assemble(sign, f"{count(amounts.total(), 'test')}: ", Text(" · ").join(said))


def _idle(screen: Screen, board: Board, width: int) -> Text:
    if screen.paused:
        return Text(f"● paused: {_waiting(screen)}, space goes on", "bold yellow")
    if not board.results:
        return _empty(board)
    line = totals(board)
    if board.proposals:
        line.append(" · ").append(count(len(board.proposals), "proposal"), "blue")
    waiting = Text(" · waiting for changes", "dim")
    return line + waiting if line.cell_len + waiting.cell_len <= width else line


def _joining(board: Board) -> Text:
    """Meanwhile what was known last time."""
    if not board.results:
        return Text("  joining the engine…", "dim")
    return totals(board).append(" · last time; joining the engine…", "dim")


def _waiting(screen: Screen) -> str:
    """Changes since the last run began."""
    amount = len(screen.progress.waiting)
    return f"{count(amount, 'change')} waiting" if amount else "changes are collected"


def _selecting(screen: Screen, board: Board, window: Window) -> list[Text]:
    """What it is at, for how long, and what is known meanwhile: runs that newer changes stopped have added to it."""
    progress, change = screen.progress, screen.progress.waiting[-1]
    why = screen.labels.get(change.generation) or changed(change)
    more = f" · {count(progress.unanswered, 'change')} since the last verdict" if progress.unanswered > 1 else ""
    passed = window.now - progress.since if progress.unanswered else 0.0
    took = f" {duration(passed)}" if passed >= NOTICEABLE else ""
    line = Text.assemble(f"● {why}: ", (f"selecting tests…{took}{more}", "dim"))
    return [line, *([totals(board).append(" · so far", "dim")] if progress.unanswered > 1 and board.results else [])]


def _empty(board: Board) -> Text:
    run = board.run
    if run is not None and run.problem:
        return Text("✗ nothing can be run", "bold red")
    if run is not None:
        return Text("● no tests found", "yellow")
    return Text("● looking at the project…" if board.ready is None else "● no test has run yet", "yellow")


def _amount(run: Run) -> str:
    if not run.expected:
        return f"● {count(len(run.done), 'test')}"
    whole = f"{run.expected:,}"
    return f"● {len(run.done):>{len(whole)},}/{whole}"


def _statuses(board: Board, window: Window, limits: Limits) -> list[Text]:
    """What companion itself has to say: each in whole words on up to three lines."""
    bad = [status for status in board.statuses.values() if status.health != "ok"]
    said = [(f"{status.source}: {status.message}", *SIGNS[status.health]) for status in bad[-limits.live :]]
    problem = untold(board.run.problem, board.red()) if board.run is not None else ""
    if problem and all(problem != status.message for status in bad):
        said.append((problem, *SIGNS["error"]))
    lines: list[Text] = []
    for message, sign, style in said:
        words = wrap(first_line(message), max(20, window.width - 2), max_lines=3)
        lines += [Text.assemble((sign if i == 0 else " ", style), f" {line}") for i, line in enumerate(words)]
    return lines
