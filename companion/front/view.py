"""The live lines at the bottom of a terminal, from what is known and what the screen remembers. Pure."""

from collections import Counter
from dataclasses import dataclass
from textwrap import wrap
from typing import Literal

from rich.text import Text

from companion.core.board import Board
from companion.front.commands import HELP
from companion.front.failure import brief, fit
from companion.front.limits import LIMITS, Limits
from companion.front.progress import Run
from companion.front.screen import Prompt, Screen, matching, named
from companion.front.words import count, duration, inline, one_line
from companion.messages import Outcome

GOOD: tuple[Outcome, ...] = ("passed", "xfailed", "xpassed")
SIGNS = {"warning": ("!", "yellow"), "error": ("!", "bold red")}


@dataclass(frozen=True, slots=True)
class Frame:
    """Where and when the live lines are shown: columns, rows, monotonic seconds, whether anybody can press keys."""

    width: int
    height: int
    now: float
    keyboard: Literal["heard", "none"] = "heard"


def live(screen: Screen, board: Board, frame: Frame, limits: Limits = LIMITS) -> list[Text]:
    """The lines, none wider than the frame, no more than it is high; the last ones win where it is low."""
    lines = [*_state(screen, board, frame, limits), *_statuses(board, frame, limits), *_foot(screen, board, frame)]
    return [fit(line, frame.width) for line in lines[-max(1, frame.height - 1) :]]


def _state(screen: Screen, board: Board, frame: Frame, limits: Limits) -> list[Text]:
    run = screen.progress.run
    if screen.helping:
        return [Text.assemble((f"  {key:<10}", "bold"), f"  {words}") for key, words in HELP]
    if screen.lost:
        return [Text(f"! the engine is gone ({one_line(screen.lost)}): another is being started", "bold red")]
    if not screen.caught_up:
        return [Text("  joining the engine…", "dim")]
    if run is not None and run.finished is None:
        return running(run, screen, frame, limits)
    return [_idle(screen, board)]


def running(run: Run, screen: Screen, frame: Frame, limits: Limits = LIMITS) -> list[Text]:
    """Progress bar, the item that runs now, the failures so far."""
    head = Text.assemble((f"{_amount(run)} ", "bold"), (f"{run.share:4.0%} ", ""))
    tail = Text(f" {duration(max(0.0, frame.now - run.started))}", "dim")
    if run.red:
        head.append(f"{len(run.red):,} red ", "bold red")
    if screen.stopping:
        tail = Text.assemble((" stopping", "yellow"), tail)
    length = max(4, min(40, frame.width - head.cell_len - tail.cell_len))
    filled = round(length * run.share)
    bar = [("━" * filled, "red" if run.red else "green"), ("─" * (length - filled), "dim")]
    lines = [Text.assemble(head, *bar, tail), Text(f"  {inline(run.item)}" if run.item else "  starting…", "dim")]
    return [*lines, *(brief(item, frame.width) for item in list(run.red.values())[-limits.live :])]


def totals(board: Board) -> Text:
    """``✗ 1 failed · 59 passed``: all that is known."""
    amounts = Counter(result.outcome for result in board.results.values())
    good = sum(amounts[outcome] for outcome in GOOD)
    parts = [
        (amounts["failed"], "failed", "bold red"),
        (amounts["error"], "error" if amounts["error"] == 1 else "errors", "bold red"),
        (good, "passed", "green"),
        (amounts["skipped"], "skipped", "yellow"),
    ]
    said = [Text(f"{n:,} {word}", style) for n, word, style in parts if n]
    sign = Text("✗ ", "bold red") if board.red() else Text("✓ ", "bold green")
    return sign + Text(" · ").join(said)


def _idle(screen: Screen, board: Board) -> Text:
    if screen.paused:
        return Text("● paused: changes are collected, space goes on", "bold yellow")
    if not board.results:
        run = board.run
        known = "no tests found" if run is not None and run.exit_code == 5 else "looking at the project…"
        return Text(f"● {known}", "yellow")
    line = totals(board)
    if board.proposals:
        line.append(" · ").append(count(len(board.proposals), "proposal"), "blue")
    return line


def _amount(run: Run) -> str:
    done = f"{len(run.done):,}/{run.expected:,}" if run.expected else count(len(run.done), "test")
    return f"● {done}"


def _statuses(board: Board, frame: Frame, limits: Limits) -> list[Text]:
    """What companion itself has to say: each in whole words on up to three lines."""
    bad = [status for status in board.statuses.values() if status.health != "ok"]
    lines: list[Text] = []
    for status in bad[-limits.live :]:
        sign, style = SIGNS[status.health]
        words = wrap(f"{status.source}: {one_line(status.message)}", max(20, frame.width - 2), max_lines=3)
        lines += [Text.assemble((sign if i == 0 else " ", style), f" {line}") for i, line in enumerate(words)]
    return lines


def _foot(screen: Screen, board: Board, frame: Frame) -> list[Text]:
    if screen.prompt is not None:
        return [_typing(screen.prompt, board, screen.note)]
    if screen.helping:
        return [Text("  any key closes this", "dim")]
    lines = [Text(f"  {inline(screen.note)}", "yellow")] if screen.note else []
    return [*lines, keys(screen, board, frame)]


def _typing(prompt: Prompt, board: Board, note: str) -> Text:
    title = "path" if prompt.scope == "paths" else "test name"
    line = Text.assemble((f"{title} ", "bold"), inline(prompt.text), ("█", ""))
    hint = note or _preview(prompt, board)
    return line.append(f"  {hint}", "dim")


def _preview(prompt: Prompt, board: Board) -> str:
    if not prompt.text:
        return "Enter runs, Esc goes back"
    if prompt.scope == "paths":
        return count(len(matching(board, prompt.text)), "test file") if board.results else ""
    amount = named(board, prompt.text)
    return "" if amount is None else count(amount, "test")


def keys(screen: Screen, board: Board, frame: Frame) -> Text:
    """The keys that do something now, the more useful ones first, as many as fit."""
    if frame.keyboard == "none":
        return Text("  Ctrl-C quits", "dim")
    last = [("?", "help"), ("q", "quit")]
    line = Text("  ")
    room = frame.width - 2 - sum(len(key) + len(word) + 3 for key, word in last)
    for key, word in _useful(screen, board):
        if room < len(key) + len(word) + 3:
            break
        room -= len(key) + len(word) + 3
        line.append(key, "bold").append(f" {word}  ", "dim")
    for key, word in last:
        line.append(key, "bold").append(f" {word}  ", "dim")
    line.rstrip()
    return line


def _useful(screen: Screen, board: Board) -> list[tuple[str, str]]:
    pause = ("space", "go on" if screen.paused else "pause")
    if screen.progress.running:
        return [("x", "stop"), pause, ("a", "all"), ("w", "why")]
    red = [("f", "failed"), ("e", "edit")] if board.red() else []
    proposals = [("s", "proposals")] if board.proposals else []
    return [("a", "all"), *red, *proposals, ("r", "again"), ("p", "path"), ("t", "name"), ("w", "why"), pause]
