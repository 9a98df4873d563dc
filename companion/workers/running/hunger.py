"""How much memory the tests of the interpreter lane may take: they share the engine's, and cannot be limited.

Looked at only while a session runs there. Above the limit what runs is interrupted and moves to the process lane,
where it harms nobody; at twice the limit that was of no use, and the engine ends before the machine suffers.
"""

from collections.abc import Callable

from companion.config import Config
from companion.messages import EngineFull, Interrupt
from companion.runtime.memory import resident
from companion.workers.link import Link
from companion.workers.loop import Timer
from companion.workers.running.line import Line

LOOK = 0.1
"""Seconds between two looks; what eats memory can take a few hundred megabytes in that time."""


class Hunger:
    """``hungry`` is called, once, for each line whose item runs when the limit is passed, with a reason."""

    def __init__(
        self,
        link: Link,
        config: Config,
        hungry: Callable[[Line, str], None],
        *,
        measure: Callable[[], int] = resident,
    ) -> None:
        self._link, self._most = link, config.interpreter_memory * 1_000_000
        self._reason = f"tests took more than {config.interpreter_memory:,} MB of the engine's memory"
        self._hungry, self._measure = hungry, measure
        self._busy: dict[int, Line] = {}
        self._told: set[int] = set()
        self._before = 0
        self._timer: Timer | None = None

    def began(self, line: Line) -> None:
        """A session runs on this line; harmless if that is known, or if the line is a process."""
        if line.lane == "interpreter" and self._most and line.spare not in self._busy:
            if not self._busy:
                self._before = self._measure()
            self._busy[line.spare] = line
            if self._timer is None:
                self._timer = self._link.loop.call_later(LOOK, self._look)

    def ended(self, line: Line) -> None:
        """It does not, any more."""
        self._busy.pop(line.spare, None)
        self._told.discard(line.spare)

    def _look(self) -> None:
        self._timer = None
        if not self._busy:
            return
        taken = self._measure() - self._before
        if taken > 2 * self._most:
            self._link.send(EngineFull(self._reason))
            return
        if taken > self._most:
            self._complain()
        self._timer = self._link.loop.call_later(LOOK, self._look)

    def _complain(self) -> None:
        for spare, line in list(self._busy.items()):
            aside = line.batch is None and line.completed is None  # nobody knows which item it is at
            if spare not in self._told and (aside or (line.batch is not None and line.batch.current)):
                self._told.add(spare)
                line.send(Interrupt(self._reason))
                self._hungry(line, self._reason)
