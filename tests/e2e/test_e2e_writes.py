"""Tests that write into the workspace: one run a save."""

from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import Front, interpreters_first, write
from writerkit import changes, rest, runs

Project = Callable[[str], Path]
Join = Callable[[Path], Front]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("lane", "saves"), [("process", 50), ("interpreter", 10)])
def test_each_save_is_one_run(project: Project, join: Join, lane: str, saves: int) -> None:
    """Snapshots, databases, logs, modules, reports; some of them by programs."""
    root = project("writers")
    if lane == "interpreter":
        interpreters_first(root)
    front = join(root)
    front.verdict()
    rest(front)
    before, known = runs(front), len(changes(front))
    for number in range(1, saves + 1):
        write(root / "app.py", f"NUMBER = {number}\n\n\ndef number() -> int:\n    return NUMBER\n")
        assert front.verdict().failed == 0, front.red()
    rest(front)
    assert changes(front)[known:] == ["app.py"] * saves
    assert runs(front) - before == saves
