"""What is printed for good: a finished run with its failures, what joining found, why, proposals. Pure but for
the source read from disk."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from companion.core.board import Board, file_of
from companion.front.explanation import headline, untold
from companion.front.failure import brief, detailed
from companion.front.limits import LIMITS, Limits
from companion.front.progress import Run
from companion.front.screen import Screen
from companion.front.words import because, changed, count, duration, inline, left_out, one_line, tried, verdict
from companion.messages import CaughtUp, Cause, Disconnected, EngineEvent, ItemFinished, RunFinished, Selected


@dataclass(frozen=True, slots=True)
class Page:
    """What is written on: ``width`` in columns, ``clock`` the time of day in words."""

    root: Path
    width: int
    clock: str
    limits: Limits = LIMITS


def news(event: EngineEvent, screen: Screen, board: Board, page: Page) -> list[Text]:
    """What this event prints for good, after the screen has taken it in."""
    run = screen.progress.run
    match event:
        case CaughtUp() if board.results and not screen.progress.running:
            return joined(board, page)
        case RunFinished() if screen.caught_up and run is not None and run.finished is event:
            if event.cancelled and not screen.stopping:
                return superseded(run, event, page)
            return finished(run, event, screen.labels.get(event.generation, ""), page, board)
        case ItemFinished(cause=Cause()) if screen.caught_up and not screen.progress.running:
            return explained(event, page)
        case Disconnected():
            return [Text.assemble((f"{page.clock} ", "dim"), lost(event))]
        case _:
            return []


def finished(run: Run, end: RunFinished, label: str, page: Page, board: Board) -> list[Text]:
    """A run that ended: heading, failures, those still red from before, verdict."""
    if end.selected == 0 and not label and run.change is None and not end.problem:
        return []  # the answer to a question that nobody before this screen asked
    why = label or (changed(run.change) if run.change is not None else "run")
    if untold(end.problem, run.red.values()):
        return [Text.assemble((f"{page.clock} ", "dim"), f"{why}: ", (one_line(end.problem), "bold red"))]
    if end.selected == 0 and not run.red and not end.cancelled:
        none = f"no test is left · {left_out(None, end)}" if end.deselected else "no test is affected"
        return [Text.assemble((f"{page.clock} ", "dim"), f"{why}: {none}")]
    heading = rule(f"{page.clock} {why} · {count(end.selected, 'test')}", page.width)
    red = sorted(run.red.values(), key=lambda r: r.id)
    rest = [item for item in board.red() if item.id not in run.red]
    unsure = flaky([item for item in board.flaky() if item.id in run.done], page)
    return [heading, *failures(red, page), *unsure, *_earlier(rest, page), conclusion(end, run.selected)]


def explained(item: ItemFinished, page: Page) -> list[Text]:
    """What has been found out of a failure since it was printed."""
    if item.cause is None:
        return []
    place = Text.assemble((f"{page.clock} ", "dim"), ("✗ ", "red"), inline(item.id))
    return [place, Text(f"  cause {because(item.cause)}", "yellow")]


def lost(event: Disconnected) -> Text:
    """The engine died; the client starts another."""
    return Text(f"the engine is gone ({one_line(event.reason)}); another starts", "red")


def superseded(run: Run, end: RunFinished, page: Page) -> list[Text]:
    """A run that was superseded by a newer change: one line if anything came out, and what is red so far."""
    if not run.done:
        return []
    done = Text(f"{page.clock} stopped after {len(run.done):,} of {end.selected:,} tests", "dim")
    return [done, *_listed(sorted(run.red.values(), key=lambda item: item.id), page)]


def joined(board: Board, page: Page) -> list[Text]:
    """What is known on joining an engine that has been at work."""
    red = board.red()
    known = Text.assemble((f"{page.clock} ", "dim"), f"{count(len(board.results), 'test')} known, ")
    if not red:
        return [known.append("all green", "green")]
    known.append(f"{len(red):,} red", "red")
    return [rule(known.plain, page.width), *failures(red, page)[:-1]]  # the live lines begin with a blank one


def failures(items: list[ItemFinished], page: Page) -> list[Text]:
    """The first in full, more in a line each, the rest as a count; those with one cause are shown once."""
    groups = list(_by_cause(items).values())
    lines: list[Text] = []
    for first, *others in groups[: page.limits.detailed]:
        lines += [Text(), *detailed(first, page.root, page.width, page.limits), *_same(others, page)]
    more = [item for group in groups[page.limits.detailed :] for item in group]
    lines += [Text(), *_listed(more, page)] if more else []
    return [*lines, Text()] if lines else []


def _by_cause(items: list[ItemFinished]) -> dict[tuple[str, ...], list[ItemFinished]]:
    """Failures with the same message at the same place, in the order of each group's first."""
    groups: dict[tuple[str, ...], list[ItemFinished]] = {}
    for item in items:
        cause = (headline(item), item.path, str(item.line)) if item.path else (item.id,)
        groups.setdefault(cause, []).append(item)
    return groups


def _same(items: list[ItemFinished], page: Page) -> list[Text]:
    """Those that fail as the one before does."""
    shown = items[: page.limits.same]
    lines = [Text.assemble(("  ✗ ", "red"), inline(item.id), ("  the same", "dim")) for item in shown]
    hidden = len(items) - len(shown)
    return [*lines, Text(f"  ✗ … and {count(hidden, 'more test')} the same", "red")] if hidden else lines


def conclusion(end: RunFinished, selected: Selected) -> Text:
    """``✗ 1 failed, 2 passed in 0.42s · 57 not affected``."""
    bad = bool(end.failed or end.errors) or end.exit_code not in {0, 5}
    sign, style = ("✗", "bold red") if bad else ("●", "yellow") if not tried(end) else ("✓", "bold green")
    line = Text.assemble((f"{sign} {verdict(end)}", style), (f" in {duration(end.seconds)}", "dim"))
    if end.cancelled:
        line.append(", stopped", "yellow")
    besides = left_out(selected, end)
    return line.append(f" · {besides}", "dim") if besides else line


def why(run: Run, page: Page) -> list[Text]:
    """The last selection by reason: a reason is said once for all it selected, a file once for all its tests."""
    reasons: dict[str, Counter[str]] = {}
    for item in run.selected.items:
        files = reasons.setdefault(one_line(item.why) or "no reason given", Counter())
        files[inline(file_of(item.id))] += 1
    lines = [
        line
        for reason, files in reasons.items()
        for line in (Text(reason, "yellow"), *(_file(path, amount) for path, amount in files.items()))
    ]
    shown, hidden = lines[: page.limits.reasons], len(lines) - page.limits.reasons
    more = [Text(f"… and {count(hidden, 'more line')}", "dim")] if hidden > 0 else []
    heading = rule(f"why {count(len(run.selected.items), 'test')} ran", page.width)
    besides = left_out(run.selected)
    return [heading, *shown, *more, *([Text(besides, "dim")] if besides else [])]


def _file(path: str, amount: int) -> Text:
    return Text.assemble(f"  {path}", (f"  {count(amount, 'test')}", "dim"))


def flaky(items: list[ItemFinished], page: Page) -> list[Text]:
    """Those that failed, and then passed with nothing changed: a line each."""
    if not items:
        return []
    return [Text(f"flaky: {len(items):,}", "yellow"), *_listed(items, page, "more"), Text()]


def _earlier(items: list[ItemFinished], page: Page) -> list[Text]:
    if not items:
        return []
    return [Text(f"still red from earlier: {len(items):,}", "red"), *_listed(items, page), Text()]


def _listed(items: list[ItemFinished], page: Page, rest: str = "more red") -> list[Text]:
    shown = [brief(item, page.width) for item in items[: page.limits.brief]]
    hidden = len(items) - len(shown)
    more = [Text(f"  … and {hidden:,} {rest}", "red")] if hidden else []
    return [*shown, *more]


def rule(words: str, width: int) -> Text:
    """A heading across the page."""
    line = Text.assemble(("── ", "dim"), words, (" " + "─" * width, "dim"))
    line.truncate(width)
    return line
