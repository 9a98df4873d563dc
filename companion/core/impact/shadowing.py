"""Trying what selection has left out: which items, for how long, what a flip means, and how often it was wrong.

Pure. A flip is believed only when it is there again, in file order too, and what changed is to blame.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from companion.core.board import file_of
from companion.messages import Outcome

SHARE = 0.1
"""Of one core, at most."""
SLICE, FILES, ITEMS = 2.0, 16, 400
"""Seconds that the items of one session took when they ran last, their files, and their number, at most."""
WINDOW = 10_000
"""Skips that the recall is told of: the latest."""

type Step = Literal["again", "in file order", "before"]
"""How to run it next: by itself; with its whole file; with its whole file as everything was when it ran last."""
type Meaning = Literal["unknown", "same", "flaky", "order-dependent", "miss"]


@dataclass(frozen=True, slots=True)
class Skip:
    """An item that has not run since something changed; ``near``: its test file imports some of that."""

    id: str
    seconds: float
    near: bool


def in_order(skips: Iterable[Skip], turn: int) -> list[Skip]:
    """Near ones first; of these, and of the others, one of each file before the rest: another one every ``turn``."""
    everyone = list(skips)
    near, far = [s for s in everyone if s.near], [s for s in everyone if not s.near]
    return [*_sample_first(near, turn), *_sample_first(far, turn)]


def one_session(skips: Sequence[Skip]) -> int:
    """How many of these, from the first on, are tried together: at least one, if there is any."""
    seconds, files = 0.0, set[str]()
    for number, skip in enumerate(skips):
        seconds += skip.seconds
        files.add(file_of(skip.id))
        if number and (seconds > SLICE or len(files) > FILES or number >= ITEMS):
            return number
    return len(skips)


def decide(stored: Outcome, shown: Sequence[Outcome | None]) -> Step | Meaning:
    """What to do next with an item that came to ``stored`` when it ran last, or what it is.

    ``shown`` is what it came to while it was skipped, and in each step so far. None: nothing was said of it; in the
    last step, which lays old texts over the disk, also that these could not be had or were not what was read.
    """
    if None in shown[:3]:
        return "unknown"
    match shown:
        case [first]:
            return "same" if first == stored else "again"
        case [_, again]:
            return "flaky" if again == stored else "in file order"
        case [_, _, ordered]:
            return "order-dependent" if ordered == stored else "before"
        case [_, _, _, before]:
            return "miss" if before in (stored, None) else "flaky"
        case _:
            return "unknown"


@dataclass(slots=True)
class Duty:
    """Whoever has worked for d seconds rests for nine times as long; the clock is the caller's, in seconds."""

    free: float = 0.0
    _began: float | None = None

    def begin(self, now: float) -> None:
        """Work begins, whether or not it is time for that: what must be cleared up is."""
        self._began = now

    def end(self, now: float) -> None:
        """It is over; harmless if none is under way."""
        if self._began is not None:
            self.free = max(self.free, self._began) + (now - self._began) / SHARE
        self._began = None

    def rest(self, now: float) -> float:
        """Seconds until it is time for more."""
        return max(0.0, self.free - now)


@dataclass(frozen=True, slots=True)
class Tried:
    """The latest skips that were tried; bit 0 of ``bits`` is the latest one, and set where that was a miss."""

    number: int = 0
    bits: int = 0

    def after(self, *, missed: bool) -> Tried:
        """One more."""
        number = min(self.number + 1, WINDOW)
        return Tried(number, (self.bits << 1 | missed) & ((1 << number) - 1))

    @property
    def misses(self) -> int:
        """How many of them changes did affect, after all."""
        return self.bits.bit_count()

    @property
    def recall(self) -> float:
        """The share that was left out rightly; 1 if none was tried."""
        return 1 - self.misses / max(1, self.number)


def _sample_first(skips: Iterable[Skip], turn: int) -> list[Skip]:
    files: dict[str, list[Skip]] = {}
    for skip in skips:
        files.setdefault(file_of(skip.id), []).append(skip)
    sample = [own.pop(turn % len(own)) for own in files.values()]
    return [*sample, *(skip for own in files.values() for skip in own)]
