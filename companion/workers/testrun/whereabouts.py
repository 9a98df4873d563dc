"""Which test file is imported or runs just now: written down and told before anything can go wrong.

This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import os
from collections.abc import Callable

from companion.messages import Importing, Message, NeedsProcess, Prepare, Reached
from companion.workers.testrun.ledger import Ledger


class Whereabouts:
    """Of one session; what is told of a test is told of its file."""

    def __init__(self, send: Callable[[Message], None], prepare: Prepare, generation: int, ledger: str) -> None:
        self._send, self._lane, self._marker, self._generation = send, prepare.lane, prepare.marker, generation
        self.marked = self._imported = self._running = ""
        self._reached: dict[tuple[str, str], bool] = {}
        self.shared = False
        self.ledger = Ledger(ledger, prepare.root, owns_children=prepare.lane == "process")

    def importing(self, file: str) -> None:
        """This test file is imported now; empty: something else is, which comes before one."""
        if self._lane == "process" and file != self._imported:
            self._send(Importing(self._generation, file))
        self._imported = file
        self.mark(file)

    def running(self, file: str) -> None:
        """An item of this file begins; empty: nothing is imported and nothing runs."""
        self.ledger.over()
        self._imported, self._running = "", file
        self.mark(file)

    def mark(self, file: str) -> None:
        """Written before this file is imported, and before its first item runs: what is sent then may not arrive.

        See `companion.store.marker`; empty: what was begun has ended.
        """
        if file == self.marked or not self._marker:
            return
        self.marked = file
        with contextlib.suppress(OSError):
            if not file:
                os.unlink(self._marker)  # noqa: PTH108 - quicker, for each file
                return
            with open(self._marker, "a", encoding="utf-8", errors="surrogateescape") as out:  # noqa: PTH123
                out.write(f"{file}\n")

    def refused(self, reason: str) -> None:
        """An extension refuses to load. Whoever asks for it later is not heard of, so this concerns all files."""
        self._send(NeedsProcess(".", reason))

    def touched(self, reason: str) -> None:
        """The file that is running touched what is the whole process's."""
        self._send(NeedsProcess(self._running or ".", reason))

    def reached(self, reason: str) -> None:
        """The file that is running, or imported, reached outside; in whatever thread that was."""
        self._reached.setdefault((self._file or ".", reason), True)

    @property
    def _file(self) -> str:
        """Empty: what is done is not one file's, but a conftest's or a session's."""
        return "" if self.shared else self._running or self._imported

    def tell_reached(self) -> None:
        """Between two items: what is new of that."""
        self.ledger.over()
        for (file, reason), is_news in list(self._reached.items()):
            if is_news:
                self._send(Reached(file, reason))
            self._reached[file, reason] = False
