"""Where nothing can be forked, a process that was spawned ahead is warm when something is saved."""

from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import Front, save

TELLS = """import os, pathlib

def test_it():
    pathlib.Path({told!r}).write_text(f"{{os.getpid()}} {{os.getppid()}}")
    assert {number} >= 0
"""


def spare_of(front: Front) -> int:
    """The process that waits."""
    while True:
        waiting = [a for a in front.diagnose().agents if a.name.startswith("spare") and a.state == "spare"]
        if len(waiting) == 1 and waiting[0].detail.startswith("process "):
            return int(waiting[0].detail.split()[1])


@pytest.mark.parametrize("far", [False, True], ids=["a library has started threads", "a command"])
def test_the_next_spare_waits(
    project: Callable[[str], Path],
    join: Callable[[Path], Front],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    far: bool,
) -> None:
    root = project("green")
    settings = root / "pyproject.toml"
    python = '\npython = ["env", "python"]' if far else ""
    quiet = "foresight = 0\ncoverage = false\nshadow-runs = false"  # spares are for saves alone
    settings.write_text(settings.read_text() + f'\n[tool.companion]\nlane = "process"\n{quiet}{python}\n')
    (tmp_path / "threads.py").write_text(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTEST_PLUGINS", "threads")
    told = str(tmp_path / "told")
    (root / "test_tells.py").write_text(TELLS.format(told=told, number=0))
    front = join(root)
    front.verdict()
    for number in (1, 2):
        waiting = spare_of(front)
        save(root / "test_tells.py", f"{number - 1} >=", f"{number} >=")
        front.verdict()
        own, parent = map(int, Path(told).read_text("utf-8").split())
        assert waiting == (parent if far else own)
