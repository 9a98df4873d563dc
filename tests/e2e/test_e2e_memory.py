"""A test that eats memory is told so; the machine, the engine and the other tests live."""

from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import Front

from companion.runtime.memory import resident

EATS = """\
import subprocess, sys

PROGRAM = "hoard = []\\nwhile True: hoard.append(b'x' * 5_000_000)"

def test_before(): pass
def test_eats():
    exec(PROGRAM)
def test_between(): pass
def test_has_it_eaten():
    subprocess.run([sys.executable, "-c", PROGRAM])
def test_after(): pass
"""


@pytest.mark.skipif(resident() == 0, reason="this system does not tell")
def test_items_that_eat_memory(project: Callable[[str], Path], join: Callable[[Path], Front]) -> None:
    root = project("green")
    settings = root / "pyproject.toml"
    settings.write_text(settings.read_text() + '\n[tool.companion]\nlane = "process"\nitem-memory = 400\n')
    (root / "test_eats.py").write_text(EATS)
    front = join(root)
    front.verdict()
    assert front.red() == ["test_eats.py::test_eats", "test_eats.py::test_has_it_eaten"]
    for node_id in front.red():
        message = front.board.results[node_id].message
        assert message == "the test process ended while this ran (it took more than 400 MB, see item_memory)"
    assert {front.outcomes()[f"test_eats.py::test_{name}"] for name in ("before", "between", "after")} == {"passed"}
