"""Save after save in turns: each lane in a project of its own, testmon behind a watcher, and a bare cold pytest."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from itertools import count

from benchmarks.cold import cold
from benchmarks.engine import Front, Saved
from benchmarks.figures import duration, median, quantile, times
from benchmarks.procs import settle
from benchmarks.report import Table
from benchmarks.stands import DEFAULT, NO_TESTMON, NO_XDIST, Side
from benchmarks.suites import Prepared
from benchmarks.targets import Package, Target
from benchmarks.watched import Watched

WARMING = 3
"""Uncounted rounds, which fill the caches of all sides and give the engine time to find a file's lane."""

type Stands = Mapping[Side, Prepared]


@dataclass(slots=True)
class Samples:
    """Of one target: saves by lane, and the seconds of the peers; ``picked`` items did testmon run."""

    package: str
    target: Target
    saves: dict[Side, list[Saved]]
    testmon: list[float] = field(default_factory=list[float])
    cold: list[float] = field(default_factory=list[float])
    picked: int = 0

    @property
    def lanes(self) -> tuple[Side, ...]:
        """Those whose results really came from there."""
        return tuple(
            lane for lane, saves in self.saves.items() if {lane} == {*frozenset[str]().union(*_lanes(saves))}
        )

    def verdict(self, lane: Side, part: float = 0.5) -> float:
        """Seconds from the save."""
        return quantile([saved.verdict for saved in self.saves[lane]], part)

    def first(self, lane: Side, part: float = 0.5) -> float:
        """Seconds from the save."""
        return quantile([saved.first for saved in self.saves[lane]], part)

    @property
    def slower(self) -> float:
        """The verdict of the slower lane."""
        return max(self.verdict(lane) for lane in self.lanes)


def _lanes(saves: Sequence[Saved]) -> list[frozenset[str]]:
    return [saved.lanes for saved in saves]


async def measure(package: Package, stands: Stands, rounds: int) -> list[Samples]:
    """So many counted rounds of every target."""
    lanes = [side for side in stands if side != "peers"]
    numbers = count()
    async with AsyncExitStack() as fronts:
        joined: dict[Side, Front] = {
            lane: await fronts.enter_async_context(Front(stands[lane].root)) for lane in lanes
        }
        for front in joined.values():
            await front.idle()
            await front.run_all()
        with ExitStack() as watching:
            peer = await asyncio.to_thread(watching.enter_context, Watched(stands["peers"]))
            turns = Turns(joined, stands, peer, numbers.__next__)
            return [await turns.all_of(Samples(package.name, target, {}), rounds) for target in package.targets]


@dataclass(frozen=True, slots=True)
class Turns:
    """All sides of one project, while they are up."""

    fronts: Mapping[Side, Front]
    stands: Stands
    peer: Watched
    number: Callable[[], int]

    async def all_of(self, samples: Samples, rounds: int) -> Samples:
        """Rounds of one target, as people save one file again and again; those of the warming are not kept."""
        for _ in range(WARMING):
            await self.take(Samples(samples.package, samples.target, {}))
        for _ in range(rounds):
            await self.take(samples)
        return samples

    async def take(self, samples: Samples) -> None:
        """One round of a target: each side once, all of companion's idle while a side is measured."""
        edit = samples.target.edit
        for lane, front in self.fronts.items():
            await asyncio.to_thread(settle, front.engine)
            written = edit.write_beside(self.stands[lane].root, self.number())
            samples.saves.setdefault(lane, []).append(await front.save(edit.path, written.save))
            await asyncio.to_thread(settle, front.engine)
        await asyncio.to_thread(self._peers, samples)

    def _peers(self, samples: Samples) -> None:
        edit, stand = samples.target.edit, self.stands["peers"]
        written = edit.write_beside(stand.root, self.number())
        seconds, samples.picked = self.peer.save(written.save, written.place)
        samples.testmon.append(seconds)
        edit.forget_bytecode(stand.root)
        bare = cold(stand.root, (samples.target.node,), *NO_TESTMON, *NO_XDIST, python=stand.python)
        samples.cold.append(bare.wall)


def comparison(caption: str, measured: Sequence[Samples]) -> Table:
    """A row for each target and lane."""
    head = (
        "edited", "lane", "items", "first result p50", "p95", "verdict p50", "p95", "processor time",
        "testmon by watcher", "its items", "cold pytest", "testmon over verdict", "cold over verdict",
    )  # fmt: skip
    return Table(caption, head, tuple(_row(samples, lane) for samples in measured for lane in samples.saves))


def _row(samples: Samples, lane: Side) -> tuple[str, ...]:
    saves, verdict = samples.saves[lane], samples.verdict(lane)
    testmon, bare = median(samples.testmon), median(samples.cold)
    return (
        f"{samples.package}: {samples.target.edit.name}",
        lane if lane == DEFAULT else " and ".join(sorted(frozenset[str]().union(*_lanes(saves)))),
        str(saves[-1].run.selected),
        *(duration(samples.first(lane, part)) for part in (0.5, 0.95)),
        *(duration(samples.verdict(lane, part)) for part in (0.5, 0.95)),
        duration(median([saved.cpu for saved in saves])),
        duration(testmon),
        str(samples.picked),
        duration(bare),
        times(testmon / verdict),
        times(bare / verdict),
    )


def steps(caption: str, measured: Sequence[Samples]) -> Table:
    """Where a verdict's time goes, as a front hears it: from each step to the next."""
    head = ("edited", "lane", "change noticed", "selected and collected", "first result", "last result", "verdict")
    rows = tuple(_steps(samples, lane) for samples in measured for lane in (*samples.lanes, DEFAULT))
    return Table(caption, head, rows)


def _steps(samples: Samples, lane: Side) -> tuple[str, ...]:
    points = [(0.0, s.change, s.selected, s.first, s.last, s.verdict) for s in samples.saves[lane]]
    gaps = [[point[at + 1] - point[at] for point in points] for at in range(5)]
    return (f"{samples.package}: {samples.target.edit.name}", lane, *(duration(median(gap)) for gap in gaps))
