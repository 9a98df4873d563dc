"""Sessions beside the runs, over real spares: limited as runs are, and in nobody's way."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from enginekit import CHECKOUT, Front
from selectionkit import edited, lay

from companion.messages import ItemFinished

Join = Callable[[Path], Front]

HOG = """import os, time

def test_a():
    held = []
    for _ in range(45 if os.path.exists({hungry!r}) else 0):
        held.append(bytearray(os.urandom(1) * 20_000_000))
        time.sleep(0.05)
    if held:
        open({ate!r}, "w").close()
"""
GENERATING = """from pathlib import Path

MADE = Path(__file__).with_name("made.py")


def pytest_configure(config):
    MADE.write_text("def f():\\n    return 1\\n")


def pytest_unconfigure(config):
    MADE.unlink(missing_ok=True)
"""


def covered(root: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "120"}
    command = [sys.executable, "-m", "companion.cli", "coverage", "--json"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=90, env=environment)


def test_a_test_that_eats_memory_is_ended_aside_too(tmp_path: Path, join: Join) -> None:
    root, hungry, ate = tmp_path / "project", tmp_path / "hungry", tmp_path / "ate"
    options = "item-memory = 300\ncoverage = false\nshadow-runs = false\n"
    lay(
        root,
        {
            "pyproject.toml": f'[tool.companion]\nlane = "process"\n{options}',
            "test_a.py": HOG.format(hungry=str(hungry), ate=str(ate)),
        },
    )
    join(root).verdict()
    hungry.touch()
    done = covered(root)
    assert done.returncode == 0, done.stderr
    assert '"unknown":["test_a.py"]' in done.stdout.replace(" ", "")
    assert not ate.exists(), "nobody looked"


def test_coverage_of_a_project_that_makes_a_module_for_its_tests_ends(tmp_path: Path, join: Join) -> None:
    root = tmp_path / "project"
    tests = "def test_a():\n    import made\n    assert made.f() == 1\n"
    lay(
        root,
        {"pyproject.toml": '[tool.companion]\nlane = "process"\n', "conftest.py": GENERATING, "test_a.py": tests},
    )
    join(root).verdict()
    done = covered(root)
    assert done.returncode == 0, done.stderr


def test_a_red_is_told_with_its_cause_though_coverage_is_asked_for(tmp_path: Path, join: Join) -> None:
    root = tmp_path / "project"
    slow = "import time\n\ndef test_a():\n    import app\n    time.sleep(0.5)\n    assert app.f() == 1\n"
    options = '[tool.companion]\nlane = "process"\nshadow-runs = false\n'
    lay(root, {"pyproject.toml": options, "app.py": "def f():\n    return 1\n", "test_a.py": slow})
    front = join(root)
    front.verdict()
    edited(front, {"app.py": "def f():\n    return 2\n"})
    assert covered(root).returncode == 0
    if not any(isinstance(one, ItemFinished) and one.cause is not None for one in front.seen):
        front.until(ItemFinished, lambda item: item.cause is not None)
