"""How long an item may run, and a cancelled one go on; and how much memory it may take of the engine's."""

from collections.abc import Callable

from companion.config import Config
from companion.core.rerun import HUNG
from companion.messages import CancelRun, Interrupt
from companion.workers.loop import Loop, Timer
from companion.workers.running.hunger import Hunger
from companion.workers.running.line import Line

GRACE = 2.0
"""Seconds that an interrupted item gets to end, before its spare is given up."""
PATIENCE = 0.2
"""Seconds that the running item of a cancelled run gets: most items end by themselves within that."""


class ItemClock:
    """One deadline for each spare that runs items, the nearest that counts; what it leads to happens once.

    ``hung`` is called for a spare whose item cannot be interrupted, ``stalled`` for one that does nothing between two
    items, or before the first, or after the last. ``hunger`` looks after the memory meanwhile.
    """

    def __init__(
        self,
        loop: Loop,
        config: Config,
        *,
        hung: Callable[[Line, str], None],
        stalled: Callable[[Line, float], None],
        hunger: Hunger | None = None,
    ) -> None:
        self._loop, self._limit, self._hung = loop, config.item_timeout, hung
        self._between, self._stalled = max(config.start_timeout, config.item_timeout), stalled
        self._hunger = hunger
        self._timers: dict[int, Timer] = {}
        self._cancelled: set[int] = set()

    def started(self, line: Line, item: str) -> None:
        """An item began on this spare; no matter once that is cancelled."""
        if line.spare not in self._cancelled:
            self._arm(line, self._limit, lambda: self._overdue(line, item))

    def between(self, line: Line) -> None:
        """No item runs on this spare, but one should begin, or the session end, before long."""
        if self._hunger is not None:
            self._hunger.began(line)
        if line.spare not in self._cancelled:
            self._arm(line, self._between, lambda: self._stuck(line))

    def stopped(self, line: Line) -> None:
        """The spare is given up, or gone."""
        if self._hunger is not None:
            self._hunger.ended(line)
        self._cancelled.discard(line.spare)
        self._disarm(line)

    def cancel(self, line: Line, generation: int, abandoned: Callable[[Line], None]) -> None:
        """Stop after the running item, if it ends soon; ``abandoned`` is called if it does not.

        To cancel it again changes nothing, and gives it no more time.
        """
        if line.spare in self._cancelled:
            return
        self._cancelled.add(line.spare)
        line.send(CancelRun(generation))
        self._arm(line, PATIENCE, lambda: self._abandon(line, abandoned))

    def _overdue(self, line: Line, item: str) -> None:
        if line.lane == "interpreter":
            line.send(Interrupt(f"{HUNG} {self._limit:g} s"))
            self._arm(line, GRACE, lambda: self._hung(line, item))
        else:
            self._hung(line, item)

    def _stuck(self, line: Line) -> None:
        if line.lane == "interpreter":
            line.send(Interrupt(f"nothing happened for {self._between:g} s"))
        self._stalled(line, self._between)

    def _abandon(self, line: Line, abandoned: Callable[[Line], None]) -> None:
        if line.lane == "interpreter":
            line.send(Interrupt("cancelled"))  # it cannot be killed: let it end soon, heard by nobody
        abandoned(line)

    def _arm(self, line: Line, seconds: float, callback: Callable[[], None]) -> None:
        self._disarm(line)
        self._timers[line.spare] = self._loop.call_later(seconds, callback)

    def _disarm(self, line: Line) -> None:
        timer = self._timers.pop(line.spare, None)
        if timer is not None:
            timer.cancel()
