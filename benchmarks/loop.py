"""`loop`: does the engine's loop answer in time while tests and the refactorer run?"""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.busy import DEADLINE, ENDLESS, Work
from benchmarks.edits import Edit
from benchmarks.effort import Effort
from benchmarks.figures import duration, quantile
from benchmarks.report import Asked, Report, Table
from benchmarks.sandbox import SHOP, copy, sandbox
from companion.messages import Stop
from companion.runtime.host import Host
from companion.runtime.interpreter import Isolation, Worker
from companion.runtime.place import place_of
from companion.runtime.supervisor import NICENESS as AGENTS

if TYPE_CHECKING:
    from collections.abc import Generator

TICK = 0.005
"""Seconds between two timers."""
SECONDS = 12.0
"""That each load is measured for."""
LIMIT = 0.020
PIECE = 2
"""Turns of work between two looks whether to stop."""
EDITS = (Edit("src/shop/money.py", "allocate"), Edit("src/shop/tax.py", "taxes"), Edit("src/shop/report.py", "_row"))

NOTES = (
    """How much later than asked a timer of an asyncio loop in the main interpreter fires; one every 5 ms. Busy
workers have the niceness that the supervisor and the spares give: runner, watcher and spares 0, refactorer 15.
"Made and thrown away": a subinterpreter that imports pytest and ends, one after the other. The last row is the
engine's own host on this loop, with a front in a process of its own, and a save every 0.7 s.""",
)

type Lags = list[float]


def run(effort: Effort) -> Report:
    """See the module."""
    seconds = max(1.0, SECONDS * effort.share)
    loads: dict[str, Callable[[], AbstractContextManager[None]]] = {
        "nothing else": nullcontext,
        "one spare, refactorer": lambda: _busy(0, AGENTS["refactorer"]),
        "two spares, runner, refactorer": lambda: _busy(0, 0, AGENTS["runner"], AGENTS["refactorer"]),
        "the same, all at niceness 0": lambda: _busy(0, 0, 0, 0),
        "one spare, refactorer; spares made and thrown away": lambda: _churning(0, AGENTS["refactorer"]),
    }
    lags: dict[str, Lags] = {name: [] for name in loads}
    for _ in range(2):  # twice half as long, so that what else the machine does hits all
        for name, load in loads.items():
            with load():
                lags[name] += asyncio.run(_measure(seconds / 2))
    with sandbox() as folder:
        lags[ENGINE] = asyncio.run(_engine(copy(SHOP, folder, "shop"), seconds))
    return _report(lags)


ENGINE = "the real engine, saves"


def _report(lags: dict[str, Lags]) -> Report:
    head = ("load", "p50", "p99", "longest", "timers")
    rows = tuple(
        (name, *(duration(quantile(some, part)) for part in (0.5, 0.99, 1.0)), str(len(some)))
        for name, some in lags.items()
    )
    worst = {name: quantile(lags[name], 0.99) for name in ("two spares, runner, refactorer", ENGINE)}
    asked = tuple(
        Asked(f"p99, {name}", f"<= {duration(LIMIT)}", duration(p99), p99 <= LIMIT) for name, p99 in worst.items()
    )
    return Report("loop", "Lag of the engine's loop", NOTES, (Table("How late timers fire", head, rows),), asked)


async def _measure(seconds: float, until: Awaitable[object] | None = None) -> Lags:
    """Lags of timers, for so long, or until something is over."""
    lags: Lags = []
    loop = asyncio.get_running_loop()
    over = asyncio.ensure_future(until if until is not None else asyncio.sleep(seconds))
    due = loop.time() + TICK

    def tick() -> None:
        nonlocal due
        now = loop.time()
        lags.append(now - due)
        due = now + TICK
        if not over.done():
            loop.call_at(due, tick)

    loop.call_at(due, tick)
    await over
    return lags


@contextmanager
def _busy(*nicenesses: int) -> Generator[None]:
    workers = [Worker(f"busy-{n}", ENDLESS, Work(PIECE), nice=nice) for n, nice in enumerate(nicenesses)]
    for worker in workers:
        worker.start()
    time.sleep(0.3)  # they import
    try:
        yield
    finally:
        for worker in workers:
            worker.send.send(Stop(), DEADLINE)
        for worker in workers:
            if not worker.join(DEADLINE) or worker.failure:
                raise RuntimeError(f"{worker.name}: {worker.failure or 'did not end'}")


@contextmanager
def _churning(*nicenesses: int) -> Generator[None]:
    over = threading.Event()
    thread = threading.Thread(target=_churn, args=(over,), daemon=True)
    with _busy(*nicenesses):
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(DEADLINE)


def _churn(over: threading.Event) -> None:
    isolation = Isolation.FILESYSTEM | Isolation.DESCRIPTORS
    while not over.is_set():
        worker = Worker("churn", f"{__name__}:brief", Stop(), isolation=isolation, nice=0)
        worker.start()
        worker.join(DEADLINE)


def brief(*_: object) -> None:
    """Inside a subinterpreter: import what a spare imports, and end."""
    import pytest  # noqa: PLC0415 - in the subinterpreter

    assert pytest.__version__


async def _engine(root: Path, seconds: float) -> Lags:
    """The engine's own host on this loop; what it serves and who saves live in another process."""
    place = place_of(root)
    host = Host(root, place)
    serving = asyncio.create_task(host.run())
    command = [sys.executable, "-m", "companion.cli", "watch", "--json", str(root)]
    front = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL)
    try:
        return await _measure(seconds, asyncio.to_thread(_save, root, time.monotonic() + seconds))
    finally:
        front.terminate()
        await front.wait()
        host.finish("the benchmark is over")
        await serving
        host.close()


def _save(root: Path, end: float, edits: Sequence[Edit] = EDITS) -> None:
    number = 0
    while time.monotonic() < end:
        time.sleep(0.7)
        edits[number % len(edits)].write_beside(root, number).save()
        number += 1
