"""What the tests of the fronts share: short makers of events, and renderables as text."""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Literal

from rich.console import Console, RenderableType
from rich.text import Text

from companion.core.board import Board
from companion.front.report import Page
from companion.front.screen import Screen
from companion.messages import (
    CaughtUp,
    Change,
    EngineEvent,
    Frame,
    ItemFinished,
    ItemStarted,
    Outcome,
    Proposal,
    Ready,
    RunFinished,
    Selected,
    SelectedItem,
    Trigger,
    Welcome,
)  # fmt: skip

WELCOME = Welcome("0.1.0", 4711)
READY = Ready("/shop", 3, 1, 1)
CAUGHT_UP = CaughtUp(0, False)
JOINED = (WELCOME, READY, CAUGHT_UP)


def item(
    node_id: str, outcome: Outcome = "passed", message: str = "", *,
    generation: int = 1, place: tuple[str, int] | None = None, frames: Sequence[tuple[str, int, str]] = (),
    report: str = "", reports: tuple[str, ...] = (), state: Literal["", "flaky", "order-dependent"] = "",
) -> ItemFinished:  # fmt: skip
    """An item's end; where it failed is its own file unless said otherwise."""
    path, line = place or (node_id.partition("::")[0], 1)
    traced = tuple(Frame(*frame) for frame in frames)
    return ItemFinished(
        generation, node_id, outcome, 0.25, "process", message, path, line, traced, report, reports, state
    )


def selected(*ids: str, generation: int = 1, skipped: int = 0, why: str = "calls shop.cart:total") -> Selected:
    return Selected(generation, tuple(SelectedItem(one, why) for one in ids), skipped)


def finished(
    *, generation: int = 1, passed: int = 0, failed: int = 0, errors: int = 0, skipped: int = 0,
    xfailed: int = 0, xpassed: int = 0, deselected: int = 0,
    cancelled: bool = False, exit_code: int | None = None, problem: str = "",
) -> RunFinished:  # fmt: skip
    """A run's end; everything selected ran."""
    amount = passed + failed + errors + skipped + xfailed + xpassed
    code = exit_code if exit_code is not None else 1 if failed or errors else 0 if amount else 5
    return RunFinished(
        generation, amount, passed, failed, errors, skipped, 0.42, cancelled, code, (), problem, xfailed, xpassed,
        deselected,
    )  # fmt: skip


def change(*files: str, generation: int = 1, trigger: Trigger = "save") -> Change:
    return Change(generation, files, trigger)


def proposal(number: int = 1, *, diff: str = "") -> Proposal:
    """A guard clause in ``src/shop/inventory.py``."""
    return Proposal(
        1, f"p{number}", "guard-clause", "Return early instead of nesting", "src/shop/inventory.py", 40 + number,
        44, "verified", 12, 4, 4, "", (), diff,
    )  # fmt: skip


def shown(*events: EngineEvent, now: float = 100.0) -> tuple[Screen, Board]:
    """A screen and a board that have taken these in, all at the same moment."""
    screen, board = Screen(), Board()
    for event in events:
        board.apply(event)
        screen.apply(event, board, now)
    return screen, board


def running(*ids: str, done: Sequence[ItemFinished] = ()) -> tuple[EngineEvent, ...]:
    """A run in its middle: the last of these ids is running."""
    return (change("src/shop/cart.py"), selected(*ids), *done, ItemStarted(1, ids[-1]))


def page(root: Path = Path("/shop"), width: int = 79) -> Page:
    return Page(root, width, "14:03:22")


def text(*renderables: RenderableType, width: int = 80) -> str:
    """As a terminal without colours shows it, without blanks at the lines' ends."""
    out = StringIO()
    console = Console(file=out, width=width, color_system=None, highlight=False)
    for renderable in renderables:
        console.print(renderable, soft_wrap=isinstance(renderable, Text))
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip("\n").split("\n"))


def picture(drawn: str) -> str:
    """What stands right of each line's first ``|``."""
    return "\n".join(line.partition("|")[2] for line in drawn.strip().split("\n"))
