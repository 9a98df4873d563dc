"""Shadow runs over a project on the disk, whose sessions say what a test wants; their time is the loop's."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from recordkit import Workplace, passed, workplace
from sparekit import VirtualLoop, config
from tracekit import Telling

from companion.core.board import file_of
from companion.messages import ItemFinished, Lane, Message, Outcome, RunItems, Status
from companion.workers.running.aside import Said
from companion.workers.running.line import Line
from companion.workers.running.shadows import Shadows

type Answer = Callable[[RunItems], Mapping[str, Outcome]]


@dataclass
class Stage:
    """An `Aside` that only notes what is to be run."""

    orders: list[RunItems] = field(default_factory=list[RunItems])
    over: Callable[[Said], None] | None = None
    hears: Callable[[Line, Message], None] | None = None

    @property
    def busy(self) -> bool:
        return self.over is not None

    def begin(
        self,
        lane: Lane,
        order: RunItems,
        over: Callable[[Said], None],
        seconds: float,
        *,
        each: float,
        hears: Callable[[Line, Message], None],
    ) -> int:
        assert (lane, self.busy, order.trace) == ("process", False, "codes")
        assert seconds >= each > 0
        self.orders.append(order)
        self.over, self.hears = over, hears
        return len(self.orders)

    def stop(self, ticket: int) -> None:
        if ticket == len(self.orders):
            self.over = None


class Night:
    """Nobody waits for anything; ``told`` is what people are shown meanwhile."""

    def __init__(self, place: Workplace, *, on: bool = True) -> None:
        self.place, self.loop, self.stage = place, VirtualLoop(), Stage()
        self.told: list[ItemFinished | Status] = []
        self.ordered: list[str] = []
        self.may = self.power = True
        self.worked = 0.0
        self.shadows = Shadows(
            self.loop, replace(config(place.root), shadow_runs=on), self.stage, place.impact, place.sources,  # type: ignore[arg-type]  # a double
            tell=self.told.append, ordered=self.ordered.append, clock=lambda: self.loop.now,
            battery=lambda: not self.power,
        )  # fmt: skip
        self.shadows.may = lambda: self.may

    def ran(self, *node_ids: str) -> None:
        """These have run because somebody wanted that."""
        for node_id in node_ids:
            self.shadows.finished(replace(passed(node_id), generation=7))

    def say(self, results: Sequence[ItemFinished], *messages: Message) -> None:
        """The session tells this, and is over."""
        over, self.stage.over = self.stage.over, None
        assert over is not None
        assert self.stage.hears is not None
        for message in (*messages, *results):
            self.stage.hears(self.place.line, message)
        over(Said(began=True))

    def play(self, answer: Answer, seconds: float = 1.0) -> list[RunItems]:
        """All sessions that there are until nothing is left to do, each so long; by item what it comes to."""
        first = len(self.stage.orders)
        self.shadows.begin()
        while self.stage.busy or self.loop.pending:
            if not self.stage.busy:
                self.loop.advance(self.loop.pending[0])
                continue
            self.loop.advance(seconds)
            self.worked += seconds
            outcomes = answer(self.stage.orders[-1])
            results = [replace(passed(name), outcome=to, lane="process") for name, to in outcomes.items()]
            self.say(results, *self.traced(outcomes))
        return self.stage.orders[first:]

    def traced(self, node_ids: Iterable[str]) -> list[Message]:
        """That these have executed what they are made of, and nothing else."""
        files = sorted(set(map(file_of, node_ids)))
        telling = Telling({file: (self.place.root / file).read_text() for file in files})
        items = [telling.told("item", name, name.replace("::", ":")) for name in node_ids]
        return [*telling.loads, *items]

    def tried(self, order: RunItems) -> set[str]:
        """The items that this order runs."""
        assert order.deselect == ()
        assert order.chosen is not None
        return set(order.chosen)

    def green(self, order: RunItems, others: Mapping[str, Outcome] | None = None) -> dict[str, Outcome]:
        """All that it runs passes, but for these."""
        return {name: (others or {}).get(name, "passed") for name in sorted(self.tried(order))}

    def results(self) -> list[ItemFinished]:
        return [message for message in self.told if isinstance(message, ItemFinished)]

    def statuses(self) -> list[str]:
        return [message.health for message in self.told if isinstance(message, Status)]


@contextmanager
def night(root: Path, files: Mapping[str, str], *, on: bool = True) -> Generator[Night]:
    with workplace(root, files) as place:
        made = Night(place, on=on)
        yield made
        made.loop.close()
