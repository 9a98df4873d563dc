"""Reading the project's files ahead, one at a time between other things: whoever changes first is compared at
once."""

from collections.abc import Iterator

from companion.workers.loop import Loop
from companion.workers.running.impact.known import Known
from companion.workers.running.sources import Sources


class Indexing:
    """Files that no session has imported yet; those that it has are known from what the session told."""

    def __init__(self, loop: Loop, known: Known, sources: Sources) -> None:
        self._loop, self._known, self._sources = loop, known, sources
        self._left: Iterator[str] | None = None

    def begin(self) -> None:
        """Once for all files."""
        if self._left is None:
            self._left = iter(sorted(self._sources.modules))
            self._loop.call_later(0.0, self._next)

    def stop(self) -> None:
        """No more."""
        self._left = iter(())

    def _next(self) -> None:
        for path in self._left or ():
            if not self._known.hash(path):
                self._known.meet(path)
                self._loop.call_later(0.0, self._next)
                return
