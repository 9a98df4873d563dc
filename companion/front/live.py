"""A terminal that shows a screen: live lines at the bottom while it is open, permanent ones above."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO

from rich.console import Console
from rich.text import Text

from companion.front.port import Engine
from companion.front.region import Region
from companion.front.report import Page
from companion.front.screen import Screen
from companion.front.view import live
from companion.front.window import Keys, Window
from companion.messages import EngineEvent

SOON, TICK = 0.03, 0.1
"""Seconds until events are painted, and between two paintings of a run's clock."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a front is shown on. ``keys`` is the descriptor that keys come from, None if nobody can press any."""

    out: TextIO
    keys: int | None
    now: Callable[[], float]
    """Monotonic clock in seconds."""
    clock: Callable[[], str]
    """Time of day in words."""


class Live:
    """Shows the screen's state; `open` and `close` may alternate, what is printed meanwhile waits.

    On an output that is no terminal it is never opened and only prints. All calls come from the loop's thread.
    """

    def __init__(self, client: Engine, root: Path, terminal: Terminal) -> None:
        self.screen = Screen()
        self._client = client
        self._root = root
        self._terminal = terminal
        self._region = Region(terminal.out, console(terminal.out))
        self._timer: asyncio.TimerHandle | None = None
        self._state: Literal["closed", "open", "hidden"] = "closed"
        self._held: list[Text] = []

    @property
    def hidden(self) -> bool:
        """Another program has the terminal."""
        return self._state == "hidden"

    @property
    def page(self) -> Page:
        """What permanent lines are written on, as wide as the terminal is now."""
        return Page(self._root, self._region.size()[0], self._terminal.clock())

    def open(self) -> None:
        """Show the live lines, after what was printed while hidden."""
        self._state = "open"
        self._region.open()
        held, self._held = self._held, []
        self._region.print(held, self._lines())
        self._again()

    def hide(self) -> None:
        """Leave the terminal to another program until `open`; what is printed waits."""
        self.close()
        self._state = "hidden"

    def close(self) -> None:
        """Remove the live lines. What is printed from now on goes out at once."""
        self._state = "closed"
        self._stop_timer()
        self._region.close()

    def take(self, event: EngineEvent) -> None:
        """Take in the next event; it is painted soon."""
        self.screen.apply(event, self._client.board, self._terminal.now())
        if self._timer is None and self._state == "open":
            self._timer = asyncio.get_running_loop().call_later(SOON, self.paint)

    def print(self, lines: Sequence[Text]) -> None:
        """Print for good, above the live lines."""
        if self.hidden:
            self._held += lines
        elif lines:
            self._region.print(lines, self._lines() if self._state == "open" else ())

    def paint(self) -> None:
        """Show the present state now."""
        self._stop_timer()
        if self._state == "open":
            self._region.paint(self._lines())
            self._again()

    def _again(self) -> None:
        if self._is_at_it and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TICK, self.paint)

    @property
    def _is_at_it(self) -> bool:
        """A clock is to be seen going."""
        progress, runner = self.screen.progress, self._client.board.statuses.get("agent:runner")
        given_up = runner is not None and runner.health == "error"
        return progress.running or bool(progress.waiting and not self.screen.paused and not given_up)

    def _lines(self) -> list[Text]:
        columns, rows = self._region.size()
        keyboard: Keys = "heard" if self._terminal.keys is not None else "none"
        return live(self.screen, self._client.board, Window(columns, rows, self._terminal.now(), keyboard))

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def console(out: TextIO) -> Console:
    """Colours as the terminal and ``NO_COLOR`` allow; no mark-up, no guessing at numbers and paths."""
    return Console(file=out, markup=False, highlight=False, emoji=False)


def is_live(out: TextIO) -> bool:
    """The output is a terminal that can move its cursor."""
    return out.isatty() and not console(out).is_dumb_terminal
