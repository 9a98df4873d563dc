"""`trace`: what tracing costs a session: whole suites of real packages untraced, with code objects, with lines."""

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import platformdirs

from benchmarks.effort import Effort
from benchmarks.figures import duration, median, times
from benchmarks.report import Asked, Report, Table
from benchmarks.sandbox import sandbox
from benchmarks.suites import SUITES, Prepared, prepare
from companion.config import Config
from companion.errors import EndOfChannel
from companion.messages import ItemFinished, LinesRun, Loaded, Message, Prepare, RunItems, SessionFinished, Traced
from companion.runtime.codec import pack
from companion.runtime.interpreter import Isolation, Worker
from companion.runtime.lent import borrow
from companion.runtime.template import Template
from companion.runtime.wire import dumps
from companion.workers.testrun.environment import QUESTION, Snapshot, parse_answer

ENTRY = "companion.workers.testrun.main:interpreter_main"
OWN = Isolation.FILESYSTEM | Isolation.DESCRIPTORS
Depth = Literal["", "codes", "lines"]
TELLING = (Loaded, Traced, LinesRun)
Session = Callable[[RunItems], list[Message]]
DEPTHS: tuple[Depth, ...] = ("", "codes", "lines")
LIMITS: tuple[tuple[Depth, float], ...] = (("codes", 1.1), ("lines", 1.3))
NAMES = {"": "untraced", "codes": "code objects", "lines": "lines"}
PACKAGES = ("sqlparse", "boltons", "marshmallow", "click", "werkzeug")
ROUNDS = 9
DEADLINE = 300.0
NOTES = (
    """The whole suite in one warm spare at a time, from its order to its last word, what it tells being read and
decoded meanwhile. The three take turns. The ratio is of the quickest rounds, for other work can only add; that of the
medians stands beside it. "Told": what is said of one item on average, as bytes on the wire.""",
)


@dataclass(slots=True)
class Samples:
    """Of one package in one lane: seconds of each round, and what was told."""

    package: str
    lane: str
    seconds: dict[Depth, list[float]] = field(default_factory=dict[Depth, list[float]])
    told: dict[Depth, int] = field(default_factory=dict[Depth, int])
    items: int = 0

    def ratio(self, depth: Depth, of: Callable[[Sequence[float]], float] = min) -> float:
        """Its time over the untraced one's."""
        return of(self.seconds[depth]) / of(self.seconds[""])


def run(effort: Effort) -> Report:
    """See the module. What cannot be downloaded is skipped, and the report says so."""
    measured: list[Samples] = []
    skipped: list[str] = []
    with sandbox() as folder:
        for suite in (suite for suite in SUITES if suite.name in PACKAGES):
            prepared = prepare(suite, Path(platformdirs.user_cache_path("companion")) / "trace")
            if prepared is None:
                skipped.append(f"Skipped: {suite.name} could not be downloaded or installed.")
                continue
            spares = Spares(prepared, str(folder / suite.name))
            for lane, session in (("interpreter", spares.interpreter), ("process", spares.process)):
                measured.append(_in_turns(Samples(suite.name, lane), session, effort.rounds(ROUNDS, 3)))
            spares.close()
            print(*_table(measured[-2:]).rows, sep="\n", file=sys.stderr, flush=True)
    return Report("trace", "Tracing", (*NOTES, *skipped), (_table(measured),), tuple(_asked(measured)))


class Spares:
    """Of one package; each runs one session, and says all that it says."""

    def __init__(self, prepared: Prepared, code: str) -> None:
        command = [prepared.python, "-c", QUESTION]
        said = subprocess.run(command, cwd=prepared.root, capture_output=True, text=True, check=True)
        self._root, self._code = str(prepared.root), code
        self._snapshot: Snapshot = parse_answer(said.stdout)
        self._template = Template((prepared.python,), self._root)

    def interpreter(self, order: RunItems) -> list[Message]:
        """In this process."""
        spare = Worker("spare", ENTRY, Config(root=self._root), isolation=OWN)
        spare.start()
        spare.send.send(Prepare(self._root, "interpreter", self._snapshot, (), 4000, "", self._code))
        spare.receive.receive(DEADLINE)
        spare.send.send(order)
        said = list(_until_the_end(spare.receive.receive))
        assert spare.join(DEADLINE)
        return said

    def process(self, order: RunItems) -> list[Message]:
        """In a forked one."""
        spare = self._template.fork(1)
        outgoing, incoming = borrow(spare.handles)
        outgoing.send(Prepare(self._root, "process", self._snapshot, (), 4000, "", self._code), DEADLINE)
        incoming.receive(DEADLINE)
        outgoing.send(order, DEADLINE)
        said = list(_until_the_end(incoming.receive))
        spare.over.wait(DEADLINE)
        for end in (outgoing, incoming, spare):
            end.close()
        return said

    def close(self) -> None:
        """No further ones."""
        self._template.close()


def _until_the_end(receive: Callable[[float], Message]) -> Iterator[Message]:
    with contextlib.suppress(EndOfChannel):
        while True:
            yield receive(DEADLINE)


def _in_turns(samples: Samples, session: Session, rounds: int) -> Samples:
    for number in range(rounds + 1):  # the first one fills caches
        for depth in DEPTHS:
            said = session(RunItems(1, (), (), DEADLINE, trace=depth))
            samples.items = sum(isinstance(message, ItemFinished) for message in said)
            samples.told[depth] = sum(len(dumps(pack(message))) for message in said if isinstance(message, TELLING))
            if number:
                ends = [message.seconds for message in said if isinstance(message, SessionFinished)]
                samples.seconds.setdefault(depth, []).extend(ends)
    return samples


def _table(measured: Sequence[Samples]) -> Table:
    head = ("", "lane", "items", "traced", "quickest", "ratio", "of medians", "told of an item")
    rows = tuple(
        (
            samples.package,
            samples.lane,
            str(samples.items),
            NAMES[depth],
            duration(min(samples.seconds[depth])),
            times(samples.ratio(depth)),
            times(samples.ratio(depth, median)),
            f"{samples.told[depth] / max(1, samples.items):.0f} B",
        )
        for samples in measured
        for depth in samples.seconds
    )
    return Table("Whole suites", head, rows)


def _asked(measured: Sequence[Samples]) -> Iterable[Asked]:
    for depth, limit in LIMITS:
        by = {f"{samples.package}, {samples.lane} lane": samples.ratio(depth) for samples in measured}
        if by:
            worst = max(by, key=by.__getitem__)
            what = f"a traced run over an untraced one, {NAMES[depth]}"
            yield Asked(what, f"<= {times(limit)}", f"{times(by[worst])} ({worst})", by[worst] <= limit)
