"""`start`: how long until there is something to see."""

import asyncio
import os
import pty
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.effort import Effort
from benchmarks.engine import Front, Guest
from benchmarks.figures import duration, median, quantile
from benchmarks.procs import settle
from benchmarks.report import Asked, Report, Table
from benchmarks.sandbox import SHOP, copy, sandbox
from companion.messages import CaughtUp, EngineEvent, ItemFinished, Ready, RunFinished, Welcome

ROUNDS = 8
DEADLINE = 60.0
"""Seconds that anything may take."""
COMPANION = (str(Path(sys.prefix, "bin", "companion")),)

NOTES = (
    """On the fixture project `shop` (97 items, one of which waits 1.2 s), in turns; bytecode cached. "First" starts
have no `.companion/` yet, and run everything; "next" ones find what the one before left there, show that, and run
what failed. `companion watch` draws on a terminal: until it says how many tests have passed.""",
)

type Samples = dict[str, list[float]]
type Add = Callable[[str, float], None]

STEPS: dict[str, type[EngineEvent]] = {
    "Welcome": Welcome,
    "agents ready (watcher and runner)": Ready,
    "first result": ItemFinished,
    "verdict": RunFinished,
}
SHOWN = "companion watch, starts an engine, to the last state on the screen"
ASKED = 0.3
TOTAL = re.compile(rb"\d+ passed")


def run(effort: Effort) -> Report:
    """See the module."""
    samples: Samples = {}
    with sandbox() as folder:
        root = copy(SHOP, folder, "shop")
        _round(root, {})  # fills the caches of every side
        for _ in range(effort.rounds(ROUNDS)):
            _round(root, samples)
    rows = tuple(
        (name, duration(median(some)), duration(min(some)), duration(quantile(some, 1.0)))
        for name, some in samples.items()
    )
    table = Table("From the start of the process, or of joining", ("", "p50", "shortest", "longest"), rows)
    shown = median(samples[SHOWN])
    asked = Asked("companion watch, to the last state", duration(ASKED), duration(shown), shown <= ASKED)
    return Report("start", "Start", NOTES, (table,), (asked,))


def _round(root: Path, samples: Samples) -> None:
    def add(name: str, seconds: float) -> None:
        samples.setdefault(name, []).append(seconds)

    add("python -c pass", _whole(root, sys.executable, "-c", "pass"))
    add("companion --version", _whole(root, *COMPANION, "--version"))
    shutil.rmtree(root / ".companion", ignore_errors=True)
    asyncio.run(_start(root, "first", add))
    asyncio.run(_start(root, "next", add))
    add(SHOWN, _shown(root))
    asyncio.run(_end_engine(root))
    add("companion test, starts an engine, to its end", _whole(root, *COMPANION, "test"))
    asyncio.run(_end_engine(root))
    add("python -m pytest, to its end", _whole(root, sys.executable, "-m", "pytest"))


async def _start(root: Path, which: str, add: Add) -> None:
    async with Front(root) as front:
        if which == "next":
            heard = await front.hear(partial(_is, CaughtUp))
            add("next start of an engine: the last state is there", heard.at - front.began)
        for step, kind in STEPS.items():
            heard = await front.hear(partial(_is, kind))
            add(f"{which} start of an engine: {step}", heard.at - front.began)
        if which == "next":
            await asyncio.to_thread(settle, front.engine)
            await _join(root, add)


async def _join(root: Path, add: Add) -> None:
    async with Guest(root) as guest:
        add("joining: Welcome", guest.log[0].at - guest.began)
        caught_up = await guest.hear(partial(_is, CaughtUp))
        add("joining: everything known is there", caught_up.at - guest.began)
    add("joining: companion watch --json, to its first line", await asyncio.to_thread(_first_line, root))
    add(
        "joining: companion test, nothing changed, to its end",
        await asyncio.to_thread(_whole, root, *COMPANION, "test"),
    )


async def _end_engine(root: Path) -> None:
    async with Front(root):
        pass


def _is(kind: type[EngineEvent], event: EngineEvent) -> bool:
    return isinstance(event, kind)


def _whole(root: Path, *command: str) -> float:
    """Seconds of a command, to its end."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=DEADLINE, check=False)
    taken = time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return taken


def _shown(root: Path) -> float:
    """Seconds until the last state can be read on a terminal."""
    ours, theirs = pty.openpty()
    start = time.perf_counter()
    with subprocess.Popen([*COMPANION, "watch", str(root)], stdin=theirs, stdout=theirs, stderr=theirs) as front:
        os.close(theirs)
        said = b""
        while not TOTAL.search(said):
            said += os.read(ours, 65_536)
        taken = time.perf_counter() - start
        os.write(ours, b"q")
        front.wait(DEADLINE)
    os.close(ours)
    return taken


def _first_line(root: Path) -> float:
    start = time.perf_counter()
    with subprocess.Popen([*COMPANION, "watch", "--json", str(root)], stdout=subprocess.PIPE) as front:
        assert front.stdout is not None
        line = front.stdout.readline()
        taken = time.perf_counter() - start
        front.terminate()
    if not line:
        raise RuntimeError("companion watch --json said nothing")
    return taken
