"""`memory`: what the engine, its spares and the fronts hold."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from benchmarks.cold import LEAN
from benchmarks.edits import Edit
from benchmarks.effort import Effort
from benchmarks.engine import Front
from benchmarks.figures import megabytes
from benchmarks.procs import alive, family, memory, settle
from benchmarks.report import Asked, Report, Table
from benchmarks.sandbox import SHOP, copy, sandbox
from companion.messages import Diagnosis

LIMIT = 200_000_000
SAVES = 20
"""Runs after which memory is looked at again."""
EDIT = Edit("src/shop/money.py", "allocate")
DEADLINE = 30.0

NOTES = (
    """Proportional memory (PSS: what processes share is divided among them) on the fixture project `shop`, idle,
after its first run, with both fronts joined. An agent's own is what the process grew by while the agent started, as
`companion doctor` tells; agents that start at the same time are told apart badly. Each process of the whole is
listed: the engine, what it started (spares, agents that are processes), the fronts.""",
)

type Row = tuple[str, str]


def run(effort: Effort) -> Report:
    """See the module."""
    with sandbox() as folder:
        return asyncio.run(_run(copy(SHOP, folder, "shop"), effort.rounds(SAVES)))


async def _run(root: Path, saves: int) -> Report:
    with ExitStack() as fronts:
        async with Front(root) as front:
            await front.idle()
            watch = fronts.enter_context(_watch(root))
            lsp = fronts.enter_context(_lsp(root))
            await asyncio.sleep(1.0)
            await asyncio.to_thread(settle, front.engine)
            processes = _processes(front.engine, watch, lsp)
            agents = await front.diagnosis()
            for number in range(saves):
                await front.save(EDIT.path, EDIT.write_beside(root, number).save)
            await asyncio.to_thread(settle, front.engine)
            after = _processes(front.engine, watch, lsp)
            fronts.close()
    return _report(processes, after, agents, saves)


type Processes = dict[str, int]


def _processes(engine: int, watch: int, lsp: int) -> Processes:
    children = [pid for pid in family(engine) if pid != engine]
    fronts = {"companion watch --json": watch, "companion lsp": lsp}
    found = {"engine": memory([engine])}
    found |= {f"child {number} of the engine": memory([pid]) for number, pid in enumerate(children, 1)}
    return found | {name: memory([pid]) for name, pid in fronts.items() if alive(pid)}


def _report(processes: Processes, after: Processes, diagnosis: Diagnosis, saves: int) -> Report:
    whole, later = sum(processes.values()), sum(after.values())
    names = dict.fromkeys((*processes, *after))
    rows = tuple(
        (name, *(megabytes(some[name]) if name in some else "" for some in (processes, after))) for name in names
    )
    agents = tuple((agent.name, agent.state, megabytes(agent.memory), agent.detail) for agent in diagnosis.agents)
    return Report(
        "memory",
        "Memory",
        NOTES,
        (
            Table(
                "Processes",
                ("", "after the first run", f"after {saves} saves"),
                (*rows, ("in all", megabytes(whole), megabytes(later))),
            ),
            Table("Agents and spares, as the engine tells", ("", "state", "grew by", "detail"), agents),
            Table("For comparison, at their largest", ("", "resident"), tuple(_others())),
        ),
        (
            Asked("in all, after the first run", f"< {megabytes(LIMIT)}", megabytes(whole), whole < LIMIT),
            Asked(f"in all, after {saves} saves", f"< {megabytes(LIMIT)}", megabytes(later), later < LIMIT),
        ),
    )


def _others() -> Generator[Row]:
    tell = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    for name, code in {
        "python -c pass": tell,
        "python -m pytest, on shop": f"import pytest; pytest.main({['-q', *LEAN]!r}); {tell}",
    }.items():
        done = subprocess.run([sys.executable, "-c", code], cwd=SHOP, capture_output=True, text=True, check=True)
        yield name, megabytes(int(done.stdout.split()[-1]) * 1024)


@contextmanager
def _watch(root: Path) -> Generator[int]:
    command = [sys.executable, "-m", "companion.cli", "watch", "--json", str(root)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as front:
        try:
            yield front.pid
        finally:
            front.terminate()


@contextmanager
def _lsp(root: Path) -> Generator[int]:
    """The language server, after its handshake with an editor that has the folder open."""
    command = [sys.executable, "-P", "-m", "lsp.cli", "--stdio"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as front:
        assert front.stdin is not None
        assert front.stdout is not None
        folder = {"uri": root.as_uri(), "name": "shop"}
        parameters: dict[str, object] = {
            "processId": None,
            "rootUri": folder["uri"],
            "workspaceFolders": [folder],
            "capabilities": {},
        }
        try:
            _say(front.stdin, {"id": 1, "method": "initialize", "params": parameters})
            front.stdout.readline()
            _say(front.stdin, {"method": "initialized", "params": {}})
            time.sleep(1.0)
            yield front.pid
        finally:
            front.kill()


def _say(out: IO[bytes], message: dict[str, object]) -> None:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    out.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    out.flush()
