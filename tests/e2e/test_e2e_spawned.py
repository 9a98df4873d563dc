"""Where nothing can be forked, a process that was spawned ahead is warm when something is saved."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import Front, save

TELLS = "import os\n\ndef test_it():\n    assert (os.getpid(), os.getppid()) == 0\n"


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
    settings.write_text(settings.read_text() + f'\n[tool.companion]\nlane = "process"\nforesight = 0{python}\n')
    (tmp_path / "threads.py").write_text(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTEST_PLUGINS", "threads")
    (root / "test_tells.py").write_text(TELLS)
    front = join(root)
    front.verdict()
    for number in (1, 2):
        waiting = spare_of(front)
        save(root / "test_tells.py", f"== {number - 1}", f"== {number}")
        front.verdict()
        message = front.board.results["test_tells.py::test_it"].message
        own, parent = map(int, re.findall(r"\d+", message)[:2])
        assert waiting == (parent if far else own)
