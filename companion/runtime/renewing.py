"""An engine's wear, from run to run, and what a fresh one begins with; see `companion.core.renewing`."""

import asyncio
from collections.abc import Callable, Iterable

from companion.config import Config
from companion.core import engine, renewing, verdict
from companion.core.board import Board
from companion.messages import Message, SuiteKnown
from companion.runtime.fronts import Fronts
from companion.runtime.memory import resident
from companion.runtime.renewal import Baton, Next, begin, changed_since
from companion.runtime.spares import Spares
from companion.store.marker import Marker


class Renewing:
    """``step`` takes what happens. All calls come from the loop's thread.

    ``suite`` is what the runner knows of the suite after the last run, or empty: from its word until the next run.
    """

    def __init__(self, step: Callable[[engine.Event], None], fronts: Fronts, spares: Spares, marker: Marker) -> None:
        self._step, self._fronts, self._spares, self._marker = step, fronts, spares, marker
        self._resting: asyncio.TimerHandle | None = None
        self._first = 0
        self._looked = 0
        self.suite: tuple[SuiteKnown, ...] = ()

    def go_on_from(self, baton: Baton, known: Iterable[Message]) -> engine.State:
        """What a fresh engine begins with, apart from the board."""
        self.suite = tuple(message for message in known if isinstance(message, SuiteKnown))
        self._looked = baton.looked
        joined = frozenset(number for number, _ in baton.fronts)
        old = engine.State(
            generation=baton.generation, fronts=joined, arguments=baton.arguments, written=baton.written
        )
        return renewing.renewed(old)

    def look_back(self, root: str) -> None:
        """The watcher sees what changes from now on; whether anything has before, a thread finds out."""
        if self._looked:
            looked, self._looked = self._looked, 0
            changed = asyncio.get_running_loop().run_in_executor(None, changed_since, root, looked)
            changed.add_done_callback(lambda done: self._step(engine.Missed()) if done.result() else None)

    def run_ended(self, config: Config) -> None:
        """Measure; memory is looked at here, and when nothing has happened for a while, never besides."""
        self._first = self._first or resident()
        self._step(engine.Worn(self._wear(config)))

    def rest(self, rest: engine.Rest, config: Config) -> None:
        """See `engine.Rest`."""
        if self._resting is not None:
            self._resting.cancel()
        loop = asyncio.get_running_loop()
        self._resting = loop.call_later(
            rest.seconds, lambda: self._step(engine.Rested(rest.generation, self._wear(config)))
        )

    def hand_over(self, state: engine.State, board: Board, config: Config) -> Next | None:
        """What the next engine goes on with; this one has no fronts any more.

        None if a front is just speaking, or has not read everything, or pytest's session has not ended: then it may
        be tried after another run.
        """
        if not self._fronts.settled or board.statuses.get(verdict.SOURCE) == verdict.OPEN:
            return None
        self._marker.suspect(self._spares.left_behind)  # what does not end here is not to begin anew there
        listener, fronts = self._fronts.hand_over()
        baton = begin(
            state.generation, state.arguments, listener, fronts, written=state.written, unwatched=_unwatched(config)
        )
        return baton, (*board.snapshot(), *self.suite)

    def _wear(self, config: Config) -> str:
        ceiling = config.engine_memory * 1_000_000
        left_behind = len(self._spares.left_behind)
        return renewing.wear(now=resident(), first=self._first, ceiling=ceiling, left_behind=left_behind)


def _unwatched(config: Config) -> float:
    """Seconds that may lie between a change and the watcher's word of it."""
    return max(2 * config.polling_interval, config.settle, config.debounce)
