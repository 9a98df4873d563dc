"""Tests that eat memory: the process that runs one is ended before the machine is in trouble.

No limit of the system's own does it: those on address space count what libraries and threads merely reserve, and each
process that a test starts would have one to itself. So somebody looks, as long as tests run.
"""

import threading
from collections.abc import Callable

from companion.runtime.memory import exceeds, of_machine

INTERVAL = 0.1
"""Seconds between two looks; memory is taken at some 2 GB a second."""
SHARE = 0.75
"""Of the machine's memory, where no limit is written."""
MB = 1_000_000


def limit_in_bytes(written: int) -> int:
    """What ``item_memory`` means; 0 where nothing is known."""
    return written * MB or int(of_machine() * SHARE)


class Watch:
    """Calls ``look`` in a thread of its own, which is there only for as long as there is a reason."""

    def __init__(self, look: Callable[[], None], interval: float = INTERVAL) -> None:
        self._look, self._interval = look, interval
        self._enough: threading.Event | None = None

    def begin(self) -> None:
        """There is a reason from now on; harmless if there was."""
        if self._enough is None:
            self._enough = threading.Event()
            threading.Thread(target=self._watch, args=(self._enough,), name="companion-memory", daemon=True).start()

    def end(self) -> None:
        """There is none any more; harmless if there was none."""
        if self._enough is not None:
            self._enough.set()
            self._enough = None

    def _watch(self, enough: threading.Event) -> None:
        while not enough.wait(self._interval):
            self._look()


def too_hungry(pid: int, limit: int) -> str:
    """Why this process cannot go on, if so."""
    return f"it took more than {limit // MB:,} MB, see item_memory" if limit and exceeds(pid, limit) else ""
