"""A session aside from the run: nobody is shown what it says, and whoever began it is told once it is over."""

from collections.abc import Callable
from dataclasses import dataclass, field

from companion.core.board import file_of
from companion.messages import (
    CancelRun,
    Collected,
    Interrupt,
    ItemFinished,
    ItemStarted,
    Lane,
    Message,
    NeedsProcess,
    Outcome,
    Outdated,
    RunItems,
    RunsAside,
    SessionFinished,
    Warm,
)  # fmt: skip
from companion.workers.loop import Loop, Timer
from companion.workers.running.hunger import Hunger
from companion.workers.running.line import Line, LineEnded
from companion.workers.running.pool import Pool

REFUSALS = 5
"""Spares in a row that may be outdated when they are needed."""
ENDED = (0, 1, 5)
"""Exit codes of sessions that went to their end."""


def _nobody(_line: Line, _message: Message) -> None:
    """Nobody wants to hear more than what was `Said`."""


@dataclass(slots=True)
class Said:
    """What a session said. ``refused`` is what an interpreter cannot hold of no file in particular, ``reasons`` is by
    file; ``problem`` is why it did not come to its end, or empty. ``running`` is the file of the item that ran last;
    where it has not ``began``, there was no spare for it."""

    outcomes: dict[str, dict[str, Outcome]] = field(default_factory=dict[str, dict[str, Outcome]])
    reasons: dict[str, str] = field(default_factory=dict[str, str])
    refused: str = ""
    problem: str = ""
    began: bool = False
    running: str = ""
    _open: dict[str, int] = field(default_factory=dict[str, int])

    def take(self, message: Message) -> None:
        """Keep what this message says."""
        match message:
            case Collected():
                for node_id in dict.fromkeys(message.items):
                    self._open[file_of(node_id)] = self._open.get(file_of(node_id), 0) + 1
            case ItemStarted():
                self.running = file_of(message.id)
            case ItemFinished():
                self.outcomes.setdefault(file_of(message.id), {})[message.id] = message.outcome
            case NeedsProcess() if message.id in (".", ""):
                self.refused = message.reason
            case NeedsProcess():
                self.reasons[file_of(message.id)] = message.reason
            case SessionFinished() if message.exit_code not in ENDED:
                self.problem = message.problem or f"its session ended with exit code {message.exit_code}"
            case _:
                pass

    def whole(self, file: str) -> bool:
        """Whether all items of this file have ended."""
        return 0 < self._open.get(file, 0) == len(self.outcomes.get(file, ()))


class Aside:
    """One session at a time; ``discard`` throws its spare away. It waits ``patience`` seconds for one.

    An interpreter's memory is watched by ``hunger``, as in a run. ``warm`` is called when a spare has been used: the
    next run is to find another; ``tell`` hears whether one is in use.
    """

    def __init__(
        self,
        loop: Loop,
        pool: Pool,
        discard: Callable[[Line], None],
        patience: float,
        hunger: Hunger | None = None,
        *,
        warm: Callable[[], None] = lambda: None,
        tell: Callable[[RunsAside], None] = lambda _: None,
    ) -> None:
        self._loop, self._pool, self._discard, self._patience = loop, pool, discard, patience
        self._hunger, self._warm, self._tell = hunger, warm, tell
        self._ticket = 0
        self._lane: Lane = "process"
        self._order: RunItems | None = None
        self._over: Callable[[Said], None] = lambda _: None
        self._hears: Callable[[Line, Message], None] = _nobody
        self._seconds = self._each = self._limit = 0.0
        self._line: Line | None = None
        self._said = Said()
        self._refusals = 0
        self._timer: Timer | None = None

    @property
    def busy(self) -> bool:
        """Whether a session is under way, or waits for its spare."""
        return self._order is not None

    def begin(
        self,
        lane: Lane,
        order: RunItems,
        over: Callable[[Said], None],
        seconds: float,
        *,
        each: float = 0.0,
        hears: Callable[[Line, Message], None] = _nobody,
    ) -> int:
        """Run this order for so many ``seconds`` at most; ``over`` is called once, unless it is stopped.

        Where it is said how long ``each`` item may run, ``seconds`` are what may pass between two, as in a run.
        ``hears`` gets all that is said. Returns what `stop` is to be told, for others may not stop it.
        """
        self._ticket += 1
        self._lane, self._order, self._over = lane, order, over
        self._seconds, self._each, self._hears = seconds, each, hears
        self._said, self._refusals = Said(), 0
        self._arm(self._patience)
        self.ready()
        return self._ticket

    def ready(self) -> None:
        """There may be a spare for it now."""
        if self._order is None or self._line is not None:
            return
        self._line = self._pool.take(self._lane)
        if self._line is None:
            self._pool.ask(self._lane)
        elif self._line.warm is not None:
            self._give_order(self._line)

    def stop(self, ticket: int) -> None:
        """Give this session up, unless it is over; nobody is told."""
        if ticket == self._ticket and self.busy:
            self.close()

    def close(self) -> None:
        """Give up whatever is under way."""
        if self._line is not None and not self._said.began:  # it has been told nothing yet
            self._pool.put_back(self._line)
            self._line = None
        self._interrupt("it is no longer needed")
        self._clear()

    def owns(self, line: Line) -> bool:
        """Whether this spare is in use here."""
        return self._line is line

    def hear(self, message: Message) -> None:
        """What its spare says."""
        self._said.take(message)
        if self._line is not None:
            self._hears(self._line, message)
        match message:
            case Warm() if message.problem:
                self._said.refused = message.problem
                self._end(message.problem)
            case Warm() if self._line is not None:
                self._line.warm = message
                self._give_order(self._line)
            case Outdated() if self._line is not None:
                self._outdated(self._line)
            case LineEnded():
                self._end("its host ended")
            case SessionFinished():
                self._end(self._said.problem)
            case ItemStarted() if self._each:
                self._arm(self._each)
            case ItemFinished() if self._each:
                self._arm(self._seconds)
            case NeedsProcess() if self._said.refused:
                self._interrupt(self._said.refused)
                self._end("")
            case _:
                pass

    def _outdated(self, line: Line) -> None:
        self._said.began = False
        self._refusals += 1
        if self._refusals > REFUSALS:
            self._end("what the tests import from the environment changes all the time")
            return
        self._throw_away(line)
        self._line = None
        self._arm(self._patience)
        self.ready()

    def not_started(self, lane: Lane, reason: str) -> None:
        """There is no spare for it, if it waits for one of this lane."""
        if self._order is not None and self._line is None and lane == self._lane:
            self._end(reason)

    def _give_order(self, line: Line) -> None:
        if self._order is not None:
            self._said.began = True
            self._arm(self._seconds)
            if self._hunger is not None:
                self._hunger.began(line)
            self._tell(RunsAside(running=True))
            line.send(self._order)
            self._warm()

    def _arm(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._limit = seconds
        self._timer = self._loop.call_later(seconds, self._late)

    def _late(self) -> None:
        self._interrupt("it takes too long")
        self._end(f"takes longer than {self._limit:g} s")

    def _interrupt(self, reason: str) -> None:
        """What it still says, nobody hears."""
        if self._line is not None:
            self._line.send(CancelRun(0))
            self._line.send(Interrupt(reason))

    def _end(self, problem: str) -> None:
        said, over = self._said, self._over
        said.problem = problem
        self._clear()
        over(said)

    def _clear(self) -> None:
        line, self._line, self._order = self._line, None, None
        if self._timer is not None:
            self._timer.cancel()
        if line is not None:
            self._throw_away(line)

    def _throw_away(self, line: Line) -> None:
        self._tell(RunsAside(running=False))
        if self._hunger is not None:
            self._hunger.ended(line)
        self._discard(line)
