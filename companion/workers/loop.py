"""The loop of an agent: readable file descriptors and timers, nothing polled, one thread."""

import heapq
import selectors
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count


@dataclass(slots=True, order=True)
class Timer:
    """A callback due at a point of the monotonic clock; `cancel` is final."""

    when: float
    order: int
    callback: Callable[[], None] | None = field(compare=False)

    def cancel(self) -> None:
        """Never call; harmless if it was called already."""
        self.callback = None


class Loop:
    """Calls back when a descriptor is readable or a timer is due; exceptions end `run` and reach its caller."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: list[Timer] = []
        self._order = count()
        self._running = False

    def add_reader(self, fileno: int, callback: Callable[[], None]) -> None:
        """Call back whenever ``fileno`` is readable, until `remove_reader`."""
        self._selector.register(fileno, selectors.EVENT_READ, callback)

    def remove_reader(self, fileno: int) -> None:
        """Stop watching ``fileno``; do so before it is closed."""
        self._selector.unregister(fileno)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call back once after ``seconds``."""
        timer = Timer(time.monotonic() + seconds, next(self._order), callback)
        heapq.heappush(self._timers, timer)
        return timer

    def stop(self) -> None:
        """Let `run` return after the callback that is running."""
        self._running = False

    def run(self) -> None:
        """Serve until `stop`."""
        self._running = True
        while self._running:
            for key, _ in self._selector.select(self._patience()):
                if not self._running:
                    return
                # An earlier callback of this round may have removed it, or put another in its place.
                if self._selector.get_map().get(key.fd) is key:
                    key.data()
            self._call_due()

    def close(self) -> None:
        """Release the selector; the descriptors belong to their owners."""
        self._selector.close()
        self._timers.clear()

    def _patience(self) -> float | None:
        while self._timers and self._timers[0].callback is None:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0].when - time.monotonic()) if self._timers else None

    def _call_due(self) -> None:
        # Not those that are added meanwhile: a timer that sets itself again must leave the readers their turn.
        now = Timer(time.monotonic(), next(self._order), None)
        while self._running and self._timers and self._timers[0] < now:
            callback = heapq.heappop(self._timers).callback
            if callback is not None:
                callback()
