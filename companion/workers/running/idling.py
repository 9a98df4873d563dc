"""What a runner does while nobody waits: begin ahead, keep what was learned, try files in interpreters, try what
changes have left out, and find out which lines tests execute."""

from collections.abc import Callable

from companion.config import Config
from companion.messages import Project, SuiteKnown
from companion.workers.link import Link
from companion.workers.loop import Timer
from companion.workers.running.aside import Aside
from companion.workers.running.causes import Causes
from companion.workers.running.foreseen import Foreseen
from companion.workers.running.learning import Learning
from companion.workers.running.lining import Lining
from companion.workers.running.room import is_short
from companion.workers.running.shadows import Shadows
from companion.workers.running.trials import Trials
from companion.workers.running.trouble import Work

IDLE = 0.5
"""Seconds after a run without another one, after which nobody waits for anything."""
PAUSE = 0.1
"""Seconds after a run without another one, after which a session is begun for what comes next."""


class Idling:
    """Between the runs of ``work``."""

    def __init__(  # noqa: PLR0913 - all that can be done meanwhile
        self,
        link: Link,
        config: Config,
        work: Work,
        *,
        project: Project,
        learning: Learning,
        aside: Aside,
        foreseen: Foreseen,
        causes: Causes,
        shadows: Shadows,
        lining: Lining,
        remember: Callable[[SuiteKnown], None],
    ) -> None:
        self._link, self._work, self._project = link, work, project
        self._learning, self._foreseen, self._remember = learning, foreseen, remember
        self._trials = Trials(config, aside, learning.promotion, self._tried)
        self._causes, self._shadows = causes, shadows
        shadows.may = lambda: self._rests and self.may_repeat
        self._lining = lining
        lining.may, lining.rests = lambda: self.may_repeat, lambda: self._rests
        lining.give_way, lining.done = self._give_way_for_now, self._lined
        self._attended, self._gave_way = True, False
        self._timers: dict[float, Timer] = {}

    def run_begins(self) -> None:
        """What is tried is given up, and tried again later."""
        self._give_way()
        self._lining.stop()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def run_ended(self, *, whole: bool) -> None:
        """``whole``: it came to its end, and left nothing out that was asked for."""
        if whole:
            self._after(PAUSE, self._foresee)
        self._after(IDLE, self._idle)

    def attend(self, *, by_somebody: bool) -> None:
        """Nothing runs where nobody looks: what comes next may be somebody's own pytest."""
        self._attended = by_somebody
        if self._rests and not by_somebody:
            self._give_way()
            self._lining.stop()
            self._foreseen.stop()
        elif self._rests:
            self._after(IDLE, self._idle)

    def _after(self, seconds: float, callback: Callable[[], None]) -> None:
        """If no run begins until then; the newest one counts."""
        if seconds in self._timers:
            self._timers[seconds].cancel()
        self._timers[seconds] = self._link.loop.call_later(seconds, callback)

    def _tried(self) -> None:
        """Nothing is left to try: what was found out is kept, and the next run finds a spare in each lane."""
        self._learning.keep()
        self._work.keep_warm()
        self._find_out()

    def _lined(self) -> None:
        """A session that found out lines is over, or all that somebody waited for is told."""
        self._tried()
        if self._gave_way:
            self._gave_way = False
            self._after(IDLE, self._idle)

    def _foresee(self) -> None:
        """Begin with what the next save is likely to want, and see to it that a spare is there for anything else."""
        if self._rests and self.may_repeat:
            self._foreseen.begin()
            self._work.keep_warm()

    def _idle(self) -> None:
        if not self._rests:
            return
        self._learning.keep()
        promotion = self._learning.promotion
        known = self._learning.facts.known(promotion.sources)
        self._link.send(known)
        self._remember(known)
        self._causes.go_on()
        if self.may_repeat and "interpreter" in self._project.lanes and not promotion.lanes.process_only:
            self._trials.begin()
        self._find_out()

    def _find_out(self) -> None:
        """First what may be wrong, then what somebody may want to know."""
        self._causes.go_on()
        self._shadows.begin()
        self._lining.begin()

    def _give_way(self) -> None:
        self._shadows.stop()
        self._trials.stop()

    def _give_way_for_now(self) -> None:
        """Somebody waits for lines: all else goes on after that."""
        self._gave_way = True
        self._causes.give_way()
        self._give_way()

    @property
    def _rests(self) -> bool:
        return self._work.run is None

    @property
    def may_repeat(self) -> bool:
        """Whether tests may be run, or begun, that nobody asked for: not where sessions reach outside, or measure the
        whole, and not where memory is short."""
        return (
            not is_short()
            and self._attended
            and not self._learning.facts.undivided
            and not self._learning.promotion.reaching
        )
