"""One companion for many runs: what it holds after the last is what it held after the first ones."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import PATIENCE, Front, write

from benchmarks.procs import descriptors, family, memory, threads

WARMING, RUNS = 5, 30
GROWTH = 12_000_000
"""Bytes; a leaked interpreter holds 20 MB, a spare's heap that is kept at each close 2.4 MB: 72 after 30 runs."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("lane", ["interpreter", "process"])
def test_thirty_runs_leave_nothing(lane: str, project: Callable[[str], Path], join: Callable[[Path], Front]) -> None:
    root = project("green")
    write(root / "pyproject.toml", f'[tool.companion]\nlane = "{lane}"\n')
    front = join(root)
    front.verdict()
    for _ in range(WARMING):
        run(front)
    before = held(front)
    for _ in range(RUNS):
        run(front)
    after = held(front)
    assert after["memory"] < before["memory"] + GROWTH
    for kind in ("descriptors", "threads", "processes"):
        assert after[kind] <= before[kind], (kind, before, after)


def run(front: Front) -> None:
    """Everything once more, to its verdict."""
    generation = front.run("all")
    while (over := front.verdict()).generation < generation:
        pass
    assert not over.problem
    assert over.failed == over.errors == 0
    front.seen.clear()


def held(front: Front) -> dict[str, int]:
    """By an engine that does nothing but keep one spare warm."""
    rest(front)
    pids = family(front.engine)
    return {
        "memory": memory(pids),
        "descriptors": descriptors(front.engine),
        "threads": threads(front.engine),
        "processes": len(pids),
    }


def rest(front: Front) -> None:
    """Wait until no spare is ending, and the next one has come."""
    end = time.monotonic() + PATIENCE
    quiet = 0
    while quiet < 20:
        states = [agent.state for agent in front.diagnose().agents if agent.name.startswith("spare")]
        quiet = quiet + 1 if states == ["spare"] else 0
        assert time.monotonic() < end, f"the spares do not come to rest: {states}"
