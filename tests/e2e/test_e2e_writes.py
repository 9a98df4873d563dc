"""Tests that write into the workspace: one run a save."""

from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import Front, interpreters_first, write
from writerkit import changes, rest, runs

Project = Callable[[str], Path]
Join = Callable[[Path], Front]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("lane", ["process", "interpreter"])
def test_fifty_saves_are_fifty_runs(project: Project, join: Join, lane: str) -> None:
    """Snapshots, databases, logs, modules, reports; some of them by programs."""
    root = project("writers")
    if lane == "interpreter":
        interpreters_first(root)
    front = join(root)
    front.verdict()
    rest(front)
    before, known = runs(front), len(changes(front))
    for number in range(1, 51):
        write(root / "app.py", f"NUMBER = {number}\n\n\ndef number() -> int:\n    return NUMBER\n")
        assert front.verdict().failed == 0, front.red()
    rest(front)
    assert changes(front)[known:] == ["app.py"] * 50
    assert runs(front) - before == 50
