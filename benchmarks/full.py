"""`full`: whole suites in wall time and memory, in one lane or both, against ``pytest -n 2`` and plain pytest."""

import asyncio
import subprocess
import threading
import time
from collections.abc import Generator, Iterable, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field

from benchmarks.effort import Effort
from benchmarks.engine import Front
from benchmarks.figures import duration, median, megabytes, times
from benchmarks.procs import family, memory, settle
from benchmarks.report import Asked, Report, Table
from benchmarks.sandbox import sandbox
from benchmarks.sides import COMPANION
from benchmarks.stands import DEFAULT, NO_TESTMON, Side, stands
from benchmarks.suites import Prepared
from benchmarks.targets import PACKAGES

ROUNDS = 4
LIMIT = 0.6
LOOK = 0.1
"""Seconds between two looks at memory."""
DEADLINE = 300.0
PLAIN, PARALLEL = "plain pytest", "pytest -n 2"

NOTES = (
    """The whole suite, by `python -m pytest`, by `pytest -n 2` (pytest-xdist) and by companion in turns. "Running
engine": a front asks for everything, from the request to the verdict, the engine and its spares warm; "process": of
that lane, "default": with nothing configured, files where they were promoted to. "Cold":
`companion test --all` where no engine runs, from the command's start to its end. Peak memory (PSS) is of pytest and
its workers, or of the engine and all that it started, looked at every 0.1 s in a round that is not timed.
"Over half of plain": 1 is what two cores could do at best if plain pytest did nothing but run tests.""",
)


@dataclass(slots=True)
class Samples:
    """Of one package: seconds and peak memory by who ran it; where companion's results came from."""

    package: str
    seconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    peak: dict[str, int] = field(default_factory=dict[str, int])
    items: int = 0
    lanes: dict[str, str] = field(default_factory=dict[str, str])

    def ratio(self, name: str) -> float:
        """Its time over that of ``pytest -n 2``."""
        return median(self.seconds[name]) / median(self.seconds[PARALLEL])


def run(effort: Effort) -> Report:
    """See the module. What cannot be downloaded is skipped, and the report says so."""
    measured: list[Samples] = []
    skipped: list[str] = []
    with sandbox():
        for package in PACKAGES:
            made = stands(package, ("process", DEFAULT, "peers"))
            if made is None:
                skipped.append(f"Skipped: {package.name} could not be downloaded or installed.")
                continue
            measured.append(asyncio.run(_measure(package.name, made, effort.rounds(ROUNDS, 1))))
    tables = tuple(map(_table, measured))
    return Report(
        "full", "Full runs", (*NOTES, *skipped), tables, tuple(line for one in measured for line in _asked(one))
    )


async def _measure(name: str, made: Mapping[Side, Prepared], rounds: int) -> Samples:
    samples = Samples(name)
    lanes = [side for side in made if side != "peers"]
    for _ in range(rounds):
        for lane in lanes:
            samples.seconds.setdefault(_cold(lane), []).append(await asyncio.to_thread(_command, made[lane]))
            async with Front(made[lane].root):
                pass  # ends the engine
    async with AsyncExitStack() as fronts:
        joined = {lane: await fronts.enter_async_context(Front(made[lane].root)) for lane in lanes}
        for front in joined.values():
            await front.idle()
            await front.run_all()
            await front.tried()
        for number in range(rounds + 1):
            await _round(samples, joined, made["peers"], timed=number > 0)
    return samples


async def _round(samples: Samples, joined: Mapping[Side, Front], peers: Prepared, *, timed: bool) -> None:
    for lane, front in joined.items():
        await asyncio.to_thread(settle, front.engine)
        name, start = _running(lane), time.perf_counter()
        if timed:
            samples.items = (await front.run_all()).selected
            samples.seconds.setdefault(name, []).append(time.perf_counter() - start)
        else:
            with peak(front.engine) as seen:
                await front.run_all()
            samples.peak[name], samples.lanes[name] = max(seen), front.lane_shares()
        await asyncio.to_thread(settle, front.engine)
    for name, options in ((PLAIN, ("-p", "no:xdist")), (PARALLEL, ("-n", "2"))):
        start = time.perf_counter()
        samples_of = await asyncio.to_thread(_pytest, peers, options, timed=timed)
        if timed:
            samples.seconds.setdefault(name, []).append(time.perf_counter() - start)
        else:
            samples.peak[name] = samples_of


def _pytest(peers: Prepared, options: tuple[str, ...], *, timed: bool) -> int:
    """Its peak memory, where that is what is looked at."""
    command = [peers.python, "-m", "pytest", "-q", *NO_TESTMON, *options]
    with subprocess.Popen(command, cwd=peers.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        if timed:
            process.wait(DEADLINE)
            return 0
        with peak(process.pid) as seen:
            process.wait(DEADLINE)
        return max(seen)


def _command(prepared: Prepared) -> float:
    start = time.perf_counter()
    subprocess.run(
        [*COMPANION, "test", str(prepared.root), "--all"],
        cwd=prepared.root, capture_output=True, timeout=DEADLINE, check=False,
    )  # fmt: skip
    return time.perf_counter() - start


@contextmanager
def peak(pid: int) -> Generator[list[int]]:
    """Looks at the memory of the process and of all that it started until the end of the block."""
    seen, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(LOOK):
            seen.append(memory(family(pid)))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _running(lane: Side) -> str:
    return f"{lane}, running engine"


def _cold(lane: Side) -> str:
    return f"{lane}, cold"


def _table(samples: Samples) -> Table:
    rows = tuple(
        (
            name,
            samples.lanes.get(name, ""),
            duration(median(seconds)),
            duration(min(seconds)),
            times(samples.ratio(name)),
            times(2 * median(seconds) / median(samples.seconds[PLAIN])),
            megabytes(samples.peak[name]) if name in samples.peak else "",
        )
        for name, seconds in sorted(samples.seconds.items(), key=lambda pair: "pytest" not in pair[0])
    )
    head = ("", "results from", "p50", "quickest", "over -n 2", "over half of plain", "peak memory")
    return Table(f"{samples.package}, {samples.items} items", head, rows)


def _asked(samples: Samples) -> Iterable[Asked]:
    for name in filter(lambda name: name in samples.peak and "pytest" not in name, samples.seconds):
        ratio, held = samples.ratio(name), samples.peak[name]
        most = samples.peak[PARALLEL]
        what = f"{samples.package}, {name}"
        yield Asked(f"{what}: wall time over pytest -n 2", f"<= {times(LIMIT)}", times(ratio), ratio <= LIMIT)
        yield Asked(f"{what}: peak memory", f"<= {megabytes(most)}", megabytes(held), held <= most)
