"""`idle`: what all processes do while nobody does anything: processor time, and how often a thread wakes."""

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.effort import Effort
from benchmarks.engine import Front
from benchmarks.fronts import lsp, watch
from benchmarks.procs import alone, family, settle, wakings
from benchmarks.report import Asked, Report, Table
from benchmarks.sandbox import SHOP, copy, sandbox
from benchmarks.stands import LANES, stands
from benchmarks.targets import PACKAGES

SECONDS = 20.0
CPU = 0.2
"""Percent of one core, of all processes together."""
WAKINGS = 2.0
"""A second, of all threads together: the engine's pings of its agents come to one; what polls comes to many."""

NOTES = (
    """After a run of everything and a pause in which all become idle: processor time (the kernel's clock of each
process) and voluntary context switches of all threads (`/proc/PID/task/*/status`) over the seconds that follow. A
thread that waits is switched away from once; each further switch means that it woke. The engine asks each of its
three agents every 5 s whether it still answers, which wakes both sides: about one waking a second. With both fronts
joined.""",
)


@dataclass(frozen=True, slots=True)
class Idle:
    """Of one project: seconds looked at, processor time and wakings by process."""

    name: str
    seconds: float
    cpu: Mapping[str, float]
    wakings: Mapping[str, int]


def run(effort: Effort) -> Report:
    """See the module."""
    seconds = max(5.0, SECONDS * effort.share)
    boltons = PACKAGES[0]
    with sandbox() as folder:
        idle = [asyncio.run(_watch("shop", copy(SHOP, folder, "shop"), seconds))]
        for lane, prepared in (stands(boltons, LANES) or {}).items():
            idle.append(asyncio.run(_watch(f"{boltons.name}, {lane} lane", prepared.root, seconds)))
    return Report(
        "idle", "Idle", NOTES, tuple(map(_table, idle)), tuple(line for one in idle for line in _asked(one))
    )


async def _watch(name: str, root: Path, seconds: float) -> Idle:
    with ExitStack() as fronts:
        async with Front(root) as front:
            await front.idle()
            await front.run_all()
            terminal, editor = fronts.enter_context(watch(root)), fronts.enter_context(lsp(root))
            await asyncio.sleep(2.0)
            await asyncio.to_thread(settle, front.engine)
            names = _names(front.engine, terminal, editor)
            before = {pid: (alone(pid), wakings(pid)) for pid in names}
            await asyncio.sleep(seconds)
            after = {pid: (alone(pid), wakings(pid)) for pid in names}
            fronts.close()
    cpu = {names[pid]: after[pid][0] - before[pid][0] for pid in names}
    woken = {names[pid]: after[pid][1] - before[pid][1] for pid in names}
    return Idle(name, seconds, cpu, woken)


def _names(engine: int, terminal: int, editor: int) -> dict[int, str]:
    children = [pid for pid in family(engine) if pid != engine]
    named = {engine: "engine", terminal: "companion watch --json", editor: "companion lsp"}
    return named | {pid: f"child {number} of the engine" for number, pid in enumerate(children, 1)}


def _table(idle: Idle) -> Table:
    rows = [
        (name, f"{idle.cpu[name] * 1e3:.2f} ms", f"{100 * idle.cpu[name] / idle.seconds:.3f} %", str(count))
        for name, count in idle.wakings.items()
    ]
    cpu = sum(idle.cpu.values())
    whole = ("in all", f"{cpu * 1e3:.2f} ms", f"{100 * cpu / idle.seconds:.3f} %", str(sum(idle.wakings.values())))
    return Table(f"{idle.name}, {idle.seconds:.0f} s", ("", "processor time", "of a core", "wakings"), (*rows, whole))


def _asked(idle: Idle) -> tuple[Asked, Asked]:
    part = 100 * sum(idle.cpu.values()) / idle.seconds
    often = sum(idle.wakings.values()) / idle.seconds
    return (
        Asked(f"{idle.name}: processor time", f"< {CPU} %", f"{part:.3f} %", part < CPU),
        Asked(f"{idle.name}: wakings", f"< {WAKINGS:g} a second", f"{often:.2f} a second", often < WAKINGS),
    )
