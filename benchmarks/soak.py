"""`soak`: many runs in one companion: memory, descriptors, threads and processes stay what they were."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from benchmarks.edits import Edit
from benchmarks.effort import Effort
from benchmarks.engine import Front
from benchmarks.figures import megabytes
from benchmarks.procs import descriptors, family, memory, threads
from benchmarks.report import Asked, Report, Table
from benchmarks.sandbox import SHOP, copy, sandbox
from benchmarks.stands import LANES, Side

RUNS, LOOKS = 500, 5
EVERYTHING = 25
"""Each such run is one of everything."""
GROWTH = 10_000_000
"""Bytes that all may grow by between the first look and the last."""
EDITS = (Edit("src/shop/report.py", "_row"), Edit("src/shop/tax.py", "taxes"), Edit("tests/test_cart.py", "cart"))

NOTES = (
    """Save after save in the fixture `shop`, as quickly as verdicts come; one run in 25 is of everything. After each
hundred the engine comes to rest (used spares have ended, one waits) and is looked at: memory (PSS) of it and of all
that it started, its own memory, open descriptors, threads, processes that it started. The first look is what the
last one is compared with: until then caches fill.""",
)


@dataclass(frozen=True, slots=True)
class Look:
    """At an idle engine after so many runs; ``whole`` and ``engine`` in bytes."""

    runs: int
    whole: int
    engine: int
    descriptors: int
    threads: int
    children: int


def run(effort: Effort) -> Report:
    """See the module."""
    runs = effort.rounds(RUNS, 10 * LOOKS)
    with sandbox() as folder:
        looks = {lane: asyncio.run(_soak(_project(folder, lane), runs)) for lane in LANES}
    tables = tuple(_table(lane, some) for lane, some in looks.items())
    asked = tuple(line for lane, some in looks.items() for line in _asked(lane, some))
    return Report("soak", "Many runs in one companion", NOTES, tables, asked)


def _project(folder: Path, lane: Side) -> Path:
    root = copy(SHOP, folder, lane)
    with (root / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[tool.companion]\nlane = "{lane}"\n')
    return root


async def _soak(root: Path, runs: int) -> list[Look]:
    numbers = count()
    looks: list[Look] = []
    async with Front(root) as front:
        await front.idle()
        for number in range(1, runs + 1):
            await _one(front, root, next(numbers))
            front.log.clear()
            if number % (runs // LOOKS) == 0:
                await front.rest()
                looks.append(look(number, front.engine))
    return looks


async def _one(front: Front, root: Path, number: int) -> None:
    if number % EVERYTHING == 0:
        await front.run_all()
        return
    edit = EDITS[number % len(EDITS)]
    await front.save(edit.path, edit.write_beside(root, number).save)


def look(runs: int, engine: int) -> Look:
    """At an engine that is idle."""
    pids = family(engine)
    return Look(runs, memory(pids), memory([engine]), descriptors(engine), threads(engine), len(pids) - 1)


def _table(lane: Side, looks: Sequence[Look]) -> Table:
    rows = tuple(
        (
            str(one.runs),
            megabytes(one.whole),
            megabytes(one.engine),
            *map(str, (one.descriptors, one.threads, one.children)),
        )
        for one in looks
    )
    head = ("runs", "in all", "engine", "descriptors", "threads", "processes started")
    return Table(f"{lane.capitalize()} lane", head, rows)


def _asked(lane: Side, looks: Sequence[Look]) -> tuple[Asked, ...]:
    first, last = looks[0], looks[-1]
    grown = last.whole - first.whole
    kept = (first.descriptors, first.threads, first.children)
    left = (last.descriptors, last.threads, last.children)
    flat = all(now <= before for now, before in zip(left, kept, strict=True))
    span = f"{lane} lane, {first.runs} to {last.runs} runs"
    return (
        Asked(f"{span}: growth", f"< {megabytes(GROWTH)}", megabytes(grown), grown < GROWTH),
        Asked(f"{span}: descriptors, threads, processes", f"<= {kept}", str(left), flat),
    )
