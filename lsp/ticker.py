"""Time, as far as features need it: the loop's own, or a double's."""

from collections.abc import Callable
from typing import Protocol


class Pending(Protocol):
    """Something that will be called."""

    def cancel(self) -> None: ...


class Timer(Protocol):
    """What an asyncio loop offers."""

    def time(self) -> float: ...

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Pending: ...


class Throttle:
    """Calls ``action`` soon after a `poke`: at once if it was quiet, then at most every ``interval`` seconds."""

    def __init__(self, timer: Timer, interval: float, action: Callable[[], object]) -> None:
        self._timer = timer
        self._interval = interval
        self._action = action
        self._last = float("-inf")
        self._pending: Pending | None = None

    def poke(self) -> None:
        """Something changed."""
        if self._pending is None:
            delay = max(0.0, self._last + self._interval - self._timer.time())
            self._pending = self._timer.call_later(delay, self.now)

    def now(self) -> None:
        """Do what is pending, if anything is, without waiting any longer."""
        if self._pending is not None:
            self._pending.cancel()
            self._pending = None
            self._last = self._timer.time()
            self._action()
