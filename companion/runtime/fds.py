"""Waiting for one file descriptor, with real timeouts.

This module also runs in the project's own Python (3.10 or later).
"""

import math
import select
import time

LONGEST = 1_000_000.0
"""Seconds of one system call; longer waits (and endless ones given as ``inf``) are made of several."""


class Waiter:
    """Waits until ``fileno`` is readable (or writable); made once, used often."""

    __slots__ = ("_fileno", "_poll", "_writable")

    def __init__(self, fileno: int, *, writable: bool = False) -> None:
        self._fileno, self._writable = fileno, writable
        self._poll = select.poll() if hasattr(select, "poll") else None
        if self._poll is not None:
            self._poll.register(fileno, select.POLLOUT if writable else select.POLLIN)

    def wait(self, timeout: float | None) -> bool:
        """True once the descriptor is ready (or its other side gone), False after ``timeout`` seconds.

        None is for ever. Callers with a deadline ask again: a wait of more than `LONGEST` may end early.
        """
        if timeout is not None:
            timeout = min(max(0.0, timeout), LONGEST)
        if self._poll is not None:
            return bool(self._poll.poll(None if timeout is None else math.ceil(timeout * 1000)))
        readable, writable = ([], [self._fileno]) if self._writable else ([self._fileno], [])
        return any(select.select(readable, writable, [], timeout)[:2])


class Deadline:
    """A point in time that several waits share. Raises TimeoutError when asked for what is left of nothing."""

    __slots__ = ("_at", "_seconds")

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._at = None if seconds is None else time.monotonic() + seconds

    def left(self) -> float | None:
        """Seconds that are left; None without a limit."""
        if self._at is None:
            return None
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"nothing happened within {self._seconds} s")
        return left
