"""The live lines at the bottom of a terminal, and permanent ones above them, which the terminal scrolls back.

Every change is one write, only lines that differ are written again, and between the marks of a synchronized update
(which terminals that lack it ignore): nothing flickers.
"""

import os
from collections.abc import Callable, Sequence
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
CLEAR_LINE, CLEAR_BELOW = "\x1b[K", "\x1b[J"


class Region:
    """Owns the cursor from `open` to `close`: it rests at the start of the last live line."""

    def __init__(
        self, out: TextIO, console: Console, measure: Callable[[TextIO], tuple[int, int]] | None = None
    ) -> None:
        self._out = out
        self._console = console
        self._measure = measure or terminal_size
        self._shown: list[str] = []
        self._widths: list[int] = []
        self._columns = 0
        self._open = False

    def size(self) -> tuple[int, int]:
        """``(columns, rows)`` to be used; a column stays free, so that no live line ever wraps."""
        columns, rows = self._measure(self._out)
        return max(20, columns - 1), max(2, rows)

    def open(self) -> None:
        """Take the cursor. Does nothing if open."""
        if not self._open:
            self._open = True
            self._write(HIDE)

    def close(self) -> None:
        """Remove the live lines and give the cursor back. Does nothing if closed."""
        if self._open:
            self._open = False
            self._write(self._up() + CLEAR_BELOW + SHOW)
            self._forget()

    def paint(self, lines: Sequence[Text]) -> None:
        """Show these live lines; none may be wider than `size` says."""
        if not self._open:
            return
        new = [self._render(line) for line in lines]
        if new == self._shown and self.size()[0] == self._columns:
            return
        if self.size()[0] != self._columns:
            self._write(BEGIN + self._up() + CLEAR_BELOW + "\n".join(new) + "\r" + END)
        else:
            self._write(BEGIN + self._difference(new) + END)
        self._remember(new, lines)

    def print(self, permanent: Sequence[Text], live: Sequence[Text]) -> None:
        """Print lines for good and, while open, these live ones below them."""
        above = [self._render(line) for line in permanent]
        if not self._open:
            self._write("".join(f"{line}\n" for line in above))
            return
        new = [self._render(line) for line in live]
        self._write(BEGIN + self._up() + CLEAR_BELOW + "\n".join([*above, *new]) + "\r" + END)
        self._remember(new, live)

    def _difference(self, new: list[str]) -> str:
        old = self._shown
        parts = [f"\x1b[{len(old) - 1}A" if len(old) > 1 else ""]
        for number, line in enumerate(new):
            parts.append("\n" if number else "")
            if number >= len(old) or old[number] != line:
                parts.append(line + CLEAR_LINE)
        return "".join(parts) + (f"\n{CLEAR_BELOW}\x1b[A" if len(old) > len(new) else "\r")

    def _up(self) -> str:
        """To the first live line, also when a narrower terminal has wrapped the lines meanwhile."""
        columns = self.size()[0] + 1
        rows = sum(max(1, -(-width // columns)) for width in self._widths[:-1])
        return f"\x1b[{rows}A" if rows else ""

    def _render(self, line: Text) -> str:
        with self._console.capture() as capture:
            self._console.print(line, soft_wrap=True, end="", highlight=False, markup=False)
        return capture.get()

    def _remember(self, new: list[str], lines: Sequence[Text]) -> None:
        self._shown = new
        self._widths = [cell_len(line.plain) for line in lines] if new else []
        self._columns = self.size()[0]

    def _forget(self) -> None:
        self._shown, self._widths, self._columns = [], [], 0

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def terminal_size(out: TextIO) -> tuple[int, int]:
    """Columns and rows of the terminal that ``out`` is; 80 by 24 where it is none or does not know."""
    try:
        columns, rows = os.get_terminal_size(out.fileno())
    except OSError:
        return 80, 24
    return columns or 80, rows or 24
