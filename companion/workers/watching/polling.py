"""Polling: the whole project is looked at again and again, in slices, so that the agent still answers in between."""

import time
from collections.abc import Callable, Iterator

from companion.workers.loop import Loop, Timer

SLICE = 0.02
"""Seconds after which a look at the project lets the loop do something else."""


class Poller:
    """Looks every ``interval`` seconds, and never more than half of the time where looking is slow."""

    def __init__(
        self,
        loop: Loop,
        interval: float,
        look: Callable[[], Iterator[list[str]]],
        found: Callable[[list[str]], None],
    ) -> None:
        """``look`` walks the project in steps; ``found`` is told what all steps of one look yielded, at its end."""
        self._loop, self._interval, self._look, self._found = loop, interval, look, found
        self._steps: Iterator[list[str]] = iter(())
        self._paths: list[str] = []
        self._began = 0.0
        self._timer: Timer | None = None
        self._is_over = False

    def start(self) -> None:
        """Look for the first time after one interval."""
        self._timer = self._loop.call_later(self._interval, self._begin)

    def stop(self) -> None:
        """Look no more; from within a look too."""
        self._is_over = True
        if self._timer is not None:
            self._timer.cancel()

    def _begin(self) -> None:
        self._steps, self._paths, self._began = self._look(), [], time.monotonic()
        self._go_on()

    def _go_on(self) -> None:
        until = time.monotonic() + SLICE
        for paths in self._steps:
            self._paths += paths
            if time.monotonic() >= until:
                self._timer = self._loop.call_later(0.0, self._go_on)
                return
        if not self._is_over:
            self._timer = self._loop.call_later(max(self._interval, time.monotonic() - self._began), self._begin)
            self._found(self._paths)
