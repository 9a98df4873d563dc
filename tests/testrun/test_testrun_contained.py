"""What would end a session fails one item, with every pytest that a project may have."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sessionkit import outcomes_of, process_outcomes, session, snapshot_of

from companion.messages import ItemFinished, SessionFinished

FILES = {
    "test_a.py": """
import sys
import unittest

import pytest


@pytest.fixture
def gives_up():
    pytest.exit("in a fixture")


@pytest.fixture
def stops_late():
    yield
    raise KeyboardInterrupt


def test_exit():
    pytest.exit("enough", 7)


def test_interrupt():
    raise KeyboardInterrupt


def test_sys_exit():
    sys.exit(3)


def test_breakpoint():
    breakpoint()


def test_fixture(gives_up):
    pass


def test_teardown(stops_late):
    pass


class Case(unittest.TestCase):
    def test_case(self):
        raise KeyboardInterrupt


def test_captured(capfd):
    print("here")
    assert capfd.readouterr().out == "here\\n"
""",
    "test_b.py": "import sys\n\nsys.exit(3)\n",
    "test_c.py": "raise KeyboardInterrupt\n",
    "test_d.py": "def test_rest():\n    pass\n",
    "test_e.py": "import pytest\n\npytest.exit('not here')\n",
}
SAID = {
    "test_b.py": "SystemExit: 3",
    "test_c.py": "KeyboardInterrupt",
    "test_e.py": "pytest.exit: not here",
    "test_a.py::test_exit": "pytest.exit: enough",
    "test_a.py::test_interrupt": "KeyboardInterrupt",
    "test_a.py::test_sys_exit": "SystemExit: 3",
    "test_a.py::test_fixture": "pytest.exit: in a fixture",
}
EXPECTED = {
    "test_b.py": "error",
    "test_c.py": "error",
    "test_e.py": "error",
    "test_a.py::test_exit": "failed",
    "test_a.py::test_interrupt": "failed",
    "test_a.py::test_sys_exit": "failed",
    "test_a.py::test_breakpoint": "failed",
    "test_a.py::test_fixture": "error",
    "test_a.py::test_teardown": "failed",
    "test_a.py::Case::test_case": "failed",
    "test_a.py::test_captured": "passed",
    "test_d.py::test_rest": "passed",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    for name, text in FILES.items():
        (root / name).write_text(text, "utf-8")
    return root


def test_a_session_goes_on(project: Path) -> None:
    assert process_outcomes(sys.executable, project, {}) == EXPECTED


HOOK = """
import pytest

def {hook}(nodeid):
    if "second" in nodeid:
        {ends}
"""


@pytest.mark.parametrize("hook", ["pytest_runtest_logstart", "pytest_runtest_logfinish"])
@pytest.mark.parametrize(
    ("ends", "words"),
    [("pytest.exit('enough')", "enough"), ("raise KeyboardInterrupt", "KeyboardInterrupt"), ("1 / 0", "division by")],
)
def test_what_ends_a_session_all_the_same_is_told_with_its_item(
    tmp_path: Path, hook: str, ends: str, words: str
) -> None:
    root = tmp_path.resolve() / "project"
    root.mkdir()
    (root / "conftest.py").write_text(HOOK.format(hook=hook, ends=ends), "utf-8")
    tests = "".join(f"def test_{name}(): pass\n" for name in ("first", "second", "third"))
    (root / "test_it.py").write_text(tests, "utf-8")
    said = session(root, snapshot_of(root), tmp_path / "code")
    assert "test_it.py::test_third" not in outcomes_of(said)
    assert isinstance(said[-1], SessionFinished)
    assert words in said[-1].problem
    assert said[-1].problem.endswith(", while test_it.py::test_second ran")


def test_it_is_told_by_the_name_of_what_was_raised(project: Path) -> None:
    said = session(project, snapshot_of(project), project.parent / "code")
    items = {item.id: item for item in said if isinstance(item, ItemFinished)}
    assert {node_id: items[node_id].message for node_id in SAID} == SAID
    for node_id, words in SAID.items():
        assert re.search(rf"^E +{re.escape(words)}$", items[node_id].report, re.MULTILINE), items[node_id].report


@pytest.mark.network
@pytest.mark.parametrize(("version", "release", "pluggy"), [("3.10", "7.0.1", "1.0.0"), ("3.12", "8.0.2", "1.3.0")])
def test_a_session_of_an_older_pytest_goes_on(
    project: Path, tmp_path: Path, version: str, release: str, pluggy: str
) -> None:
    python = shutil.which(f"python{version}")
    there = {"PYENV_VERSION": version, "PYTHONPATH": str(tmp_path / "site-packages")}
    if python is None or subprocess.run([python, "-c", ""], check=False, env={**os.environ, **there}).returncode:
        pytest.skip(f"no Python {version} on this machine")
    install = (python, "-m", "pip", "install", "--quiet", "--target", there["PYTHONPATH"])
    subprocess.run(
        [*install, f"pytest=={release}", f"pluggy=={pluggy}"],
        check=True, capture_output=True, env={**os.environ, **there},
    )  # fmt: skip
    assert process_outcomes(python, project, there) == EXPECTED
