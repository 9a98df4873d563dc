"""`lanes`: from a save to its verdict in either lane, on real packages, against testmon and a bare cold pytest."""

import asyncio
import sys
from collections.abc import Callable, Iterable, Sequence

from benchmarks.effort import Effort
from benchmarks.figures import duration, median, times
from benchmarks.report import Asked, Report
from benchmarks.sandbox import sandbox
from benchmarks.stands import DEFAULT, LANES, Side, stands
from benchmarks.targets import FIFTY, PACKAGES, QUICK
from benchmarks.turns import Samples, comparison, measure, steps

ROUNDS = 15
LIMITS = {QUICK: (("first result", 0.080), ("verdict", 0.120)), FIFTY: (("verdict", 0.200),)}
"""Seconds asked for at p50; at p95 twice that."""
ALIKE, TESTMON, COLD = 1.15, 5.0, 3.0

NOTES = (
    """The warm loop: a file is saved, the watcher hears of it and waits a moment for silence, the affected test file
runs. Each lane has a copy of the project and an environment to itself, with an engine that is idle while another
side is measured; all sides take turns. A package whose results do not come from the interpreter lane although they
may (an extension refuses to load there, say) is listed with the lane they came from, and counts for that only.""",
    """"Testmon by watcher": `pytest --testmon` in the same environment with testmon added, its database warm, started
by a watcher that waits for no silence at all, from the save to the end of the run. "Cold pytest":
`python -m pytest NODE` with nothing added, the node being one item, or the file of fifty. Companion selects by file
today, so "one quick item" is a small file: "items" says how many ran.""",
    """The lanes are measured with `foresight = 0`. "Default": nothing is configured, so that a process has begun
with the session that the next save of the same file will want (decision 30), as people have it.""",
)


def run(effort: Effort) -> Report:
    """See the module. What cannot be downloaded is skipped, and the report says so."""
    measured: list[Samples] = []
    skipped: list[str] = []
    with sandbox():
        for package in PACKAGES:
            made = stands(package, (*LANES, DEFAULT, "peers"))
            if made is None:
                skipped.append(f"Skipped: {package.name} could not be downloaded or installed.")
                continue
            try:
                measured += asyncio.run(measure(package, made, effort.rounds(ROUNDS, 4)))
            except RuntimeError as error:  # a peer's
                skipped.append(f"Skipped: {package.name}: {str(error).strip().splitlines()[-1]}")
                continue
            print(*comparison("", measured).rows[-4:], sep="\n", file=sys.stderr, flush=True)
    kinds = {kind: [samples for samples in measured if samples.target.kind == kind] for kind in LIMITS}
    tables = tuple(comparison(kind.capitalize(), some) for kind, some in kinds.items())
    where = steps("Where the time goes, as a front hears it: from each step to the next", measured)
    return Report("lanes", "Two lanes", (*NOTES, *skipped), (*tables, where), tuple(_asked(kinds)))


def _asked(kinds: dict[str, list[Samples]]) -> Iterable[Asked]:
    for kind, some in kinds.items():
        for lane in LANES:
            here = [samples for samples in some if lane in samples.lanes]
            if here:
                yield from budgets(f"{kind}, {lane} lane", lane, here, LIMITS[kind])
        yield from budgets(f"{kind}, {DEFAULT}", DEFAULT, some, LIMITS[kind]) if some else ()
        both = [samples for samples in some if len(samples.lanes) == len(LANES)]
        if both:
            yield _worst(f"{kind}: slower lane over the quicker", both, _difference, ALIKE, largest=True)
    quick = kinds[QUICK]
    if quick:
        yield from against(QUICK, quick)


def against(what: str, measured: Sequence[Samples]) -> Iterable[Asked]:
    """How much longer the peers take than the slower lane, and than what people have."""
    for side, own in (("slower lane", _slower), (DEFAULT, _default)):
        testmon, bare = _over(lambda s: s.testmon, own), _over(lambda s: s.cold, own)
        yield _worst(f"{what}: testmon by watcher over {side}", measured, testmon, TESTMON)
        yield _worst(f"{what}: cold pytest over {side}", measured, bare, COLD)


def _slower(samples: Samples) -> float:
    return samples.slower


def _default(samples: Samples) -> float:
    return samples.verdict(DEFAULT)


def budgets(
    what: str, lane: Side, measured: Sequence[Samples], limits: Sequence[tuple[str, float]]
) -> Iterable[Asked]:
    """What the slowest of them took, p50 against each limit and p95 against twice that."""
    for step, limit in limits:
        for part, most in ((0.5, limit), (0.95, 2 * limit)):
            by = {
                s.package: s.first(lane, part) if step == "first result" else s.verdict(lane, part) for s in measured
            }
            worst = max(by, key=by.__getitem__)
            yield Asked(
                f"{what}: {step} p{part * 100:.0f}",
                f"<= {duration(most)}",
                f"{duration(by[worst])} ({worst})",
                by[worst] <= most,
            )


def _worst(
    what: str, measured: Sequence[Samples], ratio: Callable[[Samples], float], limit: float, *, largest: bool = False
) -> Asked:
    by = {samples.package: ratio(samples) for samples in measured}
    name = (max if largest else min)(by, key=by.__getitem__)
    held = by[name] <= limit if largest else by[name] >= limit
    return Asked(what, f"{'<=' if largest else '>='} {times(limit)}", f"{times(by[name])} ({name})", held)


def _difference(samples: Samples) -> float:
    verdicts = [samples.verdict(lane) for lane in samples.lanes]
    return max(verdicts) / min(verdicts)


def _over(peer: Callable[[Samples], Sequence[float]], own: Callable[[Samples], float]) -> Callable[[Samples], float]:
    return lambda samples: median(peer(samples)) / own(samples)
