"""`memory`: what the engine, its spares and the fronts hold, on a small project, a package, and one with pandas."""

import asyncio
import subprocess
import sys
from collections.abc import Generator, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cold import LEAN
from benchmarks.edits import Edit
from benchmarks.effort import Effort
from benchmarks.engine import Front
from benchmarks.figures import megabytes
from benchmarks.fronts import lsp, watch
from benchmarks.procs import alive, family, memory, settle
from benchmarks.report import Asked, Report, Table
from benchmarks.sandbox import SHOP, copy, sandbox
from benchmarks.stands import DEFAULT, LANES, Side, stands
from benchmarks.targets import HEAVY, PACKAGES, Package
from companion.messages import Diagnosis

SAVES = 20
"""Runs after which memory is looked at again."""

NOTES = (
    """Proportional memory (PSS: what processes share is divided among them), idle, after the first run of everything,
with both fronts joined. An agent's own is what the process grew by while the agent started, as `companion doctor`
tells; agents that start at the same time are told apart badly. Each process of the whole is listed: the engine, what
it started (templates, spares, agents that are processes), the fronts. The fixture `shop` has 97 items; "heavy" is the
fixture with numpy, pandas, pydantic and Django.""",
)

type Row = tuple[str, str]
type Processes = dict[str, int]


@dataclass(frozen=True, slots=True)
class Held:
    """By the processes of one project, after the first run and after some saves."""

    name: str
    limit: int
    saves: int
    before: Processes
    after: Processes
    diagnosis: Diagnosis


def run(effort: Effort) -> Report:
    """See the module. What cannot be downloaded is skipped, and the report says so."""
    saves = effort.rounds(SAVES)
    boltons = PACKAGES[0]
    skipped: list[str] = []
    with sandbox() as folder:
        shop = copy(SHOP, folder, "shop")
        held = [asyncio.run(_hold("shop", shop, 200_000_000, Edit("src/shop/money.py", "allocate"), saves))]
        for package, limit, lanes in ((boltons, 300_000_000, (*LANES, DEFAULT)), (HEAVY, 450_000_000, (DEFAULT,))):
            made = stands(package, lanes)
            if made is None:
                skipped.append(f"Skipped: {package.name} could not be downloaded or installed.")
                continue
            for lane, prepared in made.items():
                edit = package.targets[0].edit
                held.append(asyncio.run(_hold(_name(package, lane), prepared.root, limit, edit, saves)))
    tables = [table for one in held for table in _tables(one)]
    others = Table("For comparison, at their largest", ("", "resident"), tuple(_others()))
    asked = tuple(line for one in held for line in _asked(one))
    return Report("memory", "Memory", (*NOTES, *skipped), (*tables, others), asked)


def _name(package: Package, lane: Side) -> str:
    return f"{package.name}, {lane}" if lane == DEFAULT else f"{package.name}, {lane} lane"


async def _hold(name: str, root: Path, limit: int, edit: Edit, saves: int) -> Held:
    with ExitStack() as fronts:
        async with Front(root) as front:
            await front.idle()
            terminal = fronts.enter_context(watch(root))
            editor = fronts.enter_context(lsp(root))
            await asyncio.sleep(1.0)
            await asyncio.to_thread(settle, front.engine)
            before = _processes(front.engine, terminal, editor)
            diagnosis = await front.diagnosis()
            for number in range(saves):
                await front.save(edit.path, edit.write_beside(root, number).save)
            await asyncio.to_thread(settle, front.engine)
            after = _processes(front.engine, terminal, editor)
            fronts.close()
    return Held(name, limit, saves, before, after, diagnosis)


def _processes(engine: int, terminal: int, editor: int) -> Processes:
    children = [pid for pid in family(engine) if pid != engine]
    fronts = {"companion watch --json": terminal, "companion lsp": editor}
    found = {"engine": memory([engine])}
    found |= {f"child {number} of the engine": memory([pid]) for number, pid in enumerate(children, 1)}
    return found | {name: memory([pid]) for name, pid in fronts.items() if alive(pid)}


def _tables(held: Held) -> Iterable[Table]:
    names = dict.fromkeys((*held.before, *held.after))
    rows = tuple(
        (name, *(megabytes(some[name]) if name in some else "" for some in (held.before, held.after)))
        for name in names
    )
    whole = ("in all", megabytes(sum(held.before.values())), megabytes(sum(held.after.values())))
    yield Table(f"{held.name}: processes", ("", "after the first run", f"after {held.saves} saves"), (*rows, whole))
    agents = tuple((a.name, a.state, megabytes(a.memory), a.detail) for a in held.diagnosis.agents)
    yield Table(f"{held.name}: agents and spares, as the engine tells", ("", "state", "grew by", "detail"), agents)


def _asked(held: Held) -> Iterable[Asked]:
    for when, processes in (("the first run", held.before), (f"{held.saves} saves", held.after)):
        whole = sum(processes.values())
        what = f"{held.name}: in all, after {when}"
        yield Asked(what, f"< {megabytes(held.limit)}", megabytes(whole), whole < held.limit)


def _others() -> Generator[Row]:
    tell = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    for name, code in {
        "python -c pass": tell,
        "python -m pytest, on shop": f"import pytest; pytest.main({['-q', *LEAN]!r}); {tell}",
    }.items():
        done = subprocess.run([sys.executable, "-c", code], cwd=SHOP, capture_output=True, text=True, check=True)
        yield name, megabytes(int(done.stdout.split()[-1]) * 1024)
