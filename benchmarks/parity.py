"""`parity`: whole suites of real packages, item by item: companion says what pytest says, in either lane."""

import asyncio
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from benchmarks.effort import Effort
from benchmarks.engine import Front, Guest
from benchmarks.figures import duration
from benchmarks.report import Asked, Report, Table
from benchmarks.sandbox import environment, sandbox
from benchmarks.sides import Side, companion, differences, masked, plain, unsteady
from benchmarks.suites import SUITES, Prepared, Suite, prepare

LISTED = 10
"""Differing items of a run that the page names."""

NOTES = (
    """Each package's own suite, from its source distribution, in an environment of its own: by `python -m pytest`,
by `companion test --all` with a new engine ("process": everything is in that lane at first), by the same engine once
it has tried all test files in interpreters and promoted those that came out the same ("promoted"), and by a new one
with `lane = "interpreter"`, which begins there and moves what is refused ("interpreter"). Outcomes are compared by
node id; items that differ between two runs by pytest itself (ids that hold the time) are counted apart. "Promoted
files" is their share; a suite that measures the whole (coverage), and files that start programs, connect to other
machines or write in the workspace are not tried. Seconds are from the command's start to its end, the engine's start
included; they are no benchmark.""",
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One suite by all of them."""

    suite: Suite
    expected: Side
    seen: Mapping[str, Side]
    unsteady: frozenset[str] = frozenset()
    """Items, digits masked, that pytest itself answers otherwise the second time."""

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.suite.name} {self.suite.version}".strip()

    def differing(self, side: Side) -> dict[str, tuple[str, str]]:
        """Items with pytest's outcome and companion's."""
        found = differences(self.expected, side)
        return {node_id: pair for node_id, pair in found.items() if masked(node_id) not in self.unsteady}


def run(effort: Effort) -> Report:
    """See the module. What cannot be downloaded is skipped, and the report says so."""
    compared: list[Compared] = []
    skipped: list[str] = []
    cache = Path(platformdirs.user_cache_path("companion")) / "suites"
    with sandbox():
        for suite in SUITES[: effort.rounds(len(SUITES))]:
            prepared = prepare(suite, cache)
            if prepared is None:
                skipped.append(f"Skipped: {suite.name} {suite.version} could not be downloaded or installed.")
            else:
                compared.append(compare(prepared))
                print(" | ".join(_row(compared[-1])), file=sys.stderr, flush=True)
    total = Table("All", ("", "seen"), tuple(_all(compared)))
    table = Table("Suites", HEAD, tuple(map(_row, compared)))
    asked = tuple(
        Asked(f"{one.name}, {which}: exit code and outcomes", "equal", _seen(one, side), _equal(one, side))
        for one in compared
        for which, side in one.seen.items()
    )
    found = (_differing(one) for one in compared)
    return Report("parity", "Parity with pytest", (*NOTES, *skipped, *filter(None, found)), (total, table), asked)


def compare(prepared: Prepared) -> Compared:
    """Run the suite by each, one after the other.

    Effect: leaves ``lane = "interpreter"`` in the project's configuration.
    """
    root, own = prepared.root, prepared.environment
    expected = plain(root, prepared.python)
    with environment({"VIRTUAL_ENV": str(own)}):
        seen = {"process": companion(root, own)}
        asyncio.run(_promote(root))
        seen["promoted"] = companion(root, own)
        asyncio.run(_end_engine(root))
        with (root / "pyproject.toml").open("a", encoding="utf-8") as file:
            file.write('\n[tool.companion]\nlane = "interpreter"\n')
        seen["interpreter"] = companion(root, own)
        asyncio.run(_end_engine(root))
    differing = any(differences(expected, side) for side in seen.values())
    twice = unsteady(expected, plain(root, prepared.python)) if differing else frozenset[str]()
    return Compared(prepared.suite, expected, seen, twice)


HEAD = (
    "package", "items", "differing: process", "promoted", "interpreter", "unsteady by themselves", "promoted files",
    "plain", "process", "promoted", "interpreter",
)  # fmt: skip


def _row(one: Compared) -> tuple[str, ...]:
    sides = tuple(one.seen.values())
    return (
        one.name,
        str(len(one.expected.outcomes)),
        *(str(len(one.differing(side))) for side in sides),
        str(len(one.unsteady)),
        f"{one.seen['promoted'].share:.0%}",
        *(duration(side.seconds) for side in (one.expected, *sides)),
    )


def _all(compared: Sequence[Compared]) -> Iterable[tuple[str, str]]:
    yield "suites", str(len(compared))
    yield "items", str(sum(len(one.expected.outcomes) for one in compared))
    for which in ("process", "promoted", "interpreter"):
        yield f"differing: {which}", str(sum(len(one.differing(one.seen[which])) for one in compared))
    files = [lane for one in compared for lane in one.seen["promoted"].lanes.values()]
    yield "test files", str(len(files))
    yield "promoted", f"{files.count('interpreter') / max(1, len(files)):.0%}"


def _equal(one: Compared, side: Side) -> bool:
    return not one.differing(side) and side.exit_code == one.expected.exit_code


def _seen(one: Compared, side: Side) -> str:
    return f"{len(one.differing(side))} differ, exit code {side.exit_code} for {one.expected.exit_code}"


def _differing(one: Compared) -> str:
    """The items that differ, as lines of the page."""
    lines = [
        f"- `{node_id}` ({which}): pytest says {ours}, companion {theirs}"
        for which, side in one.seen.items()
        for node_id, (ours, theirs) in list(one.differing(side).items())[:LISTED]
    ]
    return "\n".join((f"{one.name}:", "", *lines)) if lines else ""


async def _promote(root: Path) -> None:
    """Have a front look on: what can be promoted is."""
    async with Guest(root) as front:
        await front.tried()


async def _end_engine(root: Path) -> None:
    async with Front(root):
        pass
