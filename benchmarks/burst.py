"""`burst`: ten saves in three seconds, how soon the last one is answered; and how soon the next spare is ready."""

import asyncio
from collections.abc import Mapping
from itertools import count

from benchmarks.effort import Effort
from benchmarks.engine import Front, Saved
from benchmarks.figures import duration, median, quantile
from benchmarks.office import Office
from benchmarks.procs import settle
from benchmarks.report import Asked, Report, Table
from benchmarks.sandbox import sandbox
from benchmarks.stands import DEFAULT, LANES, Side, stands
from benchmarks.suites import Prepared
from benchmarks.targets import PACKAGES, Target

ROUNDS = 6
SPARES = 20
"""Runs by which the next spare is looked at."""
SAVES, SECONDS = 10, 3.0
LAST, NEXT = 0.400, 0.020
TAKEN = 3
"""The package, by its place: click, which either lane can hold."""

NOTES = (
    """On click's own suite. "Ten saves in three seconds": a save every 0.33 s, of one file that has one quick item
and of one with about fifty; from the last save to its first result and its verdict, the watcher's silence included.
"Also answered": how many of the nine before had a verdict of their own.""",
    """The next spare: the real runner on a loop of ours, with the real spares; all is counted from the moment when a
waiting spare is given its order. The runner asks for the next one when the session has collected: from there on it
is the spare's own time, and that is what the budget is held against where spares are forked.""",
)

type Steps = list[dict[str, float]]


def run(effort: Effort) -> Report:
    """See the module."""
    package = PACKAGES[TAKEN]
    with sandbox():
        made = stands(package, (*LANES, DEFAULT))
        if made is None:
            return Report("burst", "A burst of saves", (*NOTES, f"Skipped: {package.name} could not be downloaded."))
        saved = {
            (target.kind, lane): asyncio.run(_bursts(prepared, target, effort.rounds(ROUNDS)))
            for target in package.targets
            for lane, prepared in made.items()
        }
        spares = {lane: _spares(made[lane], package.targets[0], effort.rounds(SPARES)) for lane in LANES}
    tables = (_bursts_table(saved), _spares_table(spares))
    return Report("burst", "A burst of saves", NOTES, tables, (*_asked_last(saved), _asked_next(spares["process"])))


type Burst = tuple[Saved, int]
type Bursts = Mapping[tuple[str, Side], list[Burst]]


async def _bursts(prepared: Prepared, target: Target, rounds: int) -> list[Burst]:
    numbers = count()
    async with Front(prepared.root) as front:
        await front.idle()
        await front.run_all()
        found: list[Burst] = []
        for _ in range(rounds + 1):
            await asyncio.to_thread(settle, front.engine)
            found.append(await _burst(front, prepared, target, numbers))
    return found[1:]


async def _burst(front: Front, prepared: Prepared, target: Target, numbers: count[int]) -> Burst:
    loop, since = asyncio.get_running_loop(), len(front.log)
    start = loop.time()
    for number in range(SAVES - 1):
        target.edit.write_beside(prepared.root, next(numbers)).save()
        await asyncio.sleep(start + (number + 1) * SECONDS / (SAVES - 1) - loop.time())
    answered = front.verdicts(since)
    written = target.edit.write_beside(prepared.root, next(numbers))
    return await front.save(target.edit.path, written.save), answered


def _spares(prepared: Prepared, target: Target, rounds: int) -> Steps:
    """Of runs of one file, from the order on."""
    file = target.node.partition("::")[0]
    office = Office(prepared.root)
    try:
        office.run()
        office.run()
        return [office.run(file) for _ in range(rounds + 2)][2:]
    finally:
        office.close()


def _bursts_table(saved: Bursts) -> Table:
    head = ("edited", "lane", "first result p50", "verdict p50", "longest", "also answered, of 9")
    rows: list[tuple[str, ...]] = []
    for (kind, side), bursts in saved.items():
        last = [burst[0] for burst in bursts]
        rows.append(
            (
                kind,
                side if side == DEFAULT else " and ".join(sorted({lane for one in last for lane in one.lanes})),
                duration(median([one.first for one in last])),
                duration(median([one.verdict for one in last])),
                duration(max(one.verdict for one in last)),
                str(median([answered for _, answered in bursts])),
            )
        )
    return Table("Ten saves in three seconds: the last one", head, tuple(rows))


def _spares_table(spares: Mapping[Side, Steps]) -> Table:
    head = ("lane", "selected", "first result", "verdict", "next spare asked for", "warm", "its own time p50", "p95")
    rows: list[tuple[str, ...]] = []
    for lane, steps in spares.items():
        middle = [
            duration(median([step[name] for step in steps]))
            for name in ("selected", "first result", "verdict", "spare asked for", "spare warm")
        ]
        rows.append((lane, *middle, *(duration(quantile(_own(steps), part)) for part in (0.5, 0.95))))
    return Table("The next spare, counted from the order that took the one before (medians)", head, tuple(rows))


def _own(steps: Steps) -> list[float]:
    return [step["spare warm"] - step["spare asked for"] for step in steps]


def _asked_last(saved: Bursts) -> list[Asked]:
    worst = {key: max(burst[0].verdict for burst in bursts) for key, bursts in saved.items()}
    return [
        Asked(f"{kind}, {lane}: the last save's verdict", f"<= {duration(LAST)}", duration(seen), seen <= LAST)
        for (kind, lane), seen in worst.items()
    ]


def _asked_next(steps: Steps) -> Asked:
    seen = median(_own(steps))
    return Asked("process lane: the next spare's own time", f"<= {duration(NEXT)}", duration(seen), seen <= NEXT)
