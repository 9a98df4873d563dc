"""A session that is begun while nobody waits for anything, for the order that the next save is likely to give."""

from collections import Counter
from collections.abc import Callable

from companion.config import Config
from companion.core.foresight import edited, foreseen, holds
from companion.core.orders import files_of, serves
from companion.messages import EVERYTHING, UNSEEN, Foresee, Message, Outdated, RunItems, RunTests
from companion.workers.loop import Loop, Timer
from companion.workers.running.line import Line, LineEnded
from companion.workers.running.pool import Pool

IN_VAIN, REST = 2, 10
"""Sessions for one edited file that gave themselves up before anybody wanted them: there is something about it, and
none is begun for so many of its saves."""

MOST_WANTED = 8
"""Test files that a session is begun with, those of the latest saves."""


class Foreseen:
    """At most one, in a process; ``discard`` throws its spare away. It waits for ``config.foresight`` seconds."""

    def __init__(self, loop: Loop, config: Config, pool: Pool, discard: Callable[[Line], None]) -> None:
        self._loop, self._config, self._pool, self._discard = loop, config, pool, discard
        self._may_serve = config.lane == "process" or (config.lane == "auto" and not config.lanes)
        self._last: RunTests | None = None
        self._orders: list[RunItems] = []
        self._guess: Foresee | None = None
        self._reaching: set[str] = set()
        self._wanted: dict[str, dict[str, None]] = {}
        self._in_vain: Counter[str] = Counter()
        self._before, self._repeats = "", True
        self._line: Line | None = None
        self._timer: Timer | None = None
        pool.begun = self.take

    def began(self, run: RunTests) -> None:
        """A run begins; what does not hold after its changes is not kept."""
        self._last, self._orders = run, []
        self._reaching -= {change.path for change in run.changes}
        if run.changes:
            file = edited(run.changes)
            self._repeats, self._before = self._before in ("", file), file
        unseen = not {EVERYTHING, UNSEEN}.isdisjoint(run.rerun)  # a watcher was down, perhaps
        if self._line is None or self._guess is None or unseen or not holds(self._guess, run.changes):
            self.stop()

    def take(self, order: RunItems) -> Line | None:
        """The spare that has begun with this order already, if there is one: it is given it as any other is."""
        self._orders.append(order)
        self._remember(order)
        line, guess = self._line, self._guess
        if line is None or guess is None or not serves(guess, order):
            return None
        self._in_vain.pop(guess.edited, None)
        line.was_ahead = True
        self._forget()
        return line

    def begin(self) -> None:
        """Nobody waits for anything: begin what comes next, as soon as there is a spare for it."""
        if self._last is None or not self._may_serve or self._config.foresight <= 0:
            return
        guess = foreseen(self._last, self._orders, self._reaching, self._wanted.get(edited(self._last.changes), ()))
        if guess is not None and (not self._repeats or self._is_in_vain(guess.edited)):
            guess = None  # who goes from file to file pays for what is begun, and has nothing of it
        if self._line is None or guess not in (None, self._guess):
            self.stop()
            self._guess = guess
            self.ready()

    def reached(self, file: str) -> None:
        """This test file reached outside of its process, when it was imported perhaps: not for nothing, then."""
        self._reaching.add(file)

    def ready(self) -> None:
        """There may be a spare for it now."""
        if self._guess is None or self._line is not None:
            return
        line = self._pool.take("process")
        if line is None:
            self._pool.ask("process")
        elif line.warm is None:
            self._pool.put_back(line)
        else:
            self._give(line, self._guess)

    def stop(self) -> None:
        """What was begun is not wanted any more."""
        line = self._line
        self._forget()
        if line is not None:
            self._discard(line)

    def owns(self, line: Line) -> bool:
        """Whether this spare is in use here."""
        return self._line is line

    def hear(self, message: Message) -> None:
        """What its spare says: nothing, as long as it is of use."""
        if isinstance(message, LineEnded | Outdated):
            if self._guess is not None:
                self._in_vain[self._guess.edited] += 1
            self.stop()

    def _remember(self, order: RunItems) -> None:
        """Another save of the same file may concern what an earlier one did."""
        file = edited(self._last.changes) if self._last is not None else ""
        if file:
            wanted = self._wanted.setdefault(file, {})
            for name in sorted(files_of(order)):
                wanted.pop(name, None)
                wanted[name] = None
            for name in list(wanted)[:-MOST_WANTED]:
                del wanted[name]

    def _is_in_vain(self, file: str) -> bool:
        if self._in_vain[file] >= IN_VAIN:
            self._in_vain[file] = (self._in_vain[file] + 1) % (IN_VAIN + REST)
        return self._in_vain[file] >= IN_VAIN

    def _give(self, line: Line, guess: Foresee) -> None:
        self._line = line
        self._timer = self._loop.call_later(self._config.foresight, self.stop)
        line.send(guess)
        self._pool.ask("process")  # for whatever else comes

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._line = self._guess = self._timer = None
