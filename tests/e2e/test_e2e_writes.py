"""Tests that write into the workspace: one run a save."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import PATIENCE, Front, interpreters_first, save, write
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


def test_what_a_front_prints_into_the_project_is_no_save(project: Project, join: Join) -> None:
    """Each event would be a change, of which it is told, which it prints: without end."""
    root = project("green")
    with (root / "events.jsonl").open("w", encoding="utf-8") as out:
        printing = subprocess.Popen([sys.executable, "-m", "companion.cli", "watch", str(root), "--json"], stdout=out)
    try:
        front = join(root)
        front.verdict()
        for number in range(3):
            save(root / "test_words.py", "def test_", f"def test_{number}")
            front.verdict()
        assert changes(front) == ["test_words.py"] * 3
    finally:
        printing.terminate()
        printing.wait(PATIENCE)
    assert "events.jsonl" not in (root / "events.jsonl").read_text("utf-8")
