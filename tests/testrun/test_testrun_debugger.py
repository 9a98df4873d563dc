"""Breakpoints where nobody can answer: the test that meets one fails and says what to do, and the others run."""

import importlib.util
import sys
from pathlib import Path

import pytest
from sessionkit import process_outcomes, session, snapshot_of

from companion.messages import ItemFinished, SessionFinished
from companion.workers.testrun import debugger
from companion.workers.testrun.patches import Patches

TESTS = """\
import pdb, sys, unittest
import pytest

def test_before(): pass
def test_builtin():
    breakpoint()
def test_pdb():
    pdb.set_trace(header="here")
def test_pytest():
    pytest.set_trace()
def test_own_debugger():
    pdb.Pdb().set_trace()
def test_own_hook(monkeypatch):
    stopped = []
    monkeypatch.setattr(sys, "breakpointhook", lambda: stopped.append(1))
    breakpoint()
    assert stopped
@pytest.fixture
def broken():
    breakpoint()
def test_fixture(broken): pass
class TestCase(unittest.TestCase):
    def test_swallowed(self):
        try:
            breakpoint()
        except Exception:
            pass
def test_after(): assert sys.breakpointhook is sys.__breakpointhook__
"""
STOPPED = {"builtin": 6, "pdb": 8, "pytest": 10, "fixture": 20}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    root = (tmp_path / "root").resolve()
    (root / "pytest.ini").write_text("[pytest]\naddopts = --pdb --trace\n", "utf-8")
    (root / "test_stop.py").write_text(TESTS, "utf-8")
    return root


def test_a_breakpoint_fails_its_test_and_says_how_to_stop_there(root: Path) -> None:
    said = session(root, snapshot_of(root), root.parent / "code")
    items = {item.id.rpartition("::")[2]: item for item in said if isinstance(item, ItemFinished)}
    for name, line in STOPPED.items():
        item = items[f"test_{name}"]
        assert item.message == f"breakpoint(): to stop here, run: companion debug {item.id}"
        assert (item.path, item.line) == ("test_stop.py", line)
        assert item.report.splitlines()[-3:] == [f"E       {item.message}", "", f"test_stop.py:{line}: breakpoint()"]
        assert item.outcome == ("error" if name == "fixture" else "failed")
    others = {name: item.outcome for name, item in items.items() if name.removeprefix("test_") not in STOPPED}
    assert others == {
        "test_before": "passed", "test_own_debugger": "failed", "test_own_hook": "passed",
        "test_swallowed": "failed", "test_after": "passed",
    }  # fmt: skip
    (end,) = (message for message in said if isinstance(message, SessionFinished))
    assert (end.exit_code, end.problem) == (1, "")


def test_so_it_is_in_a_process(root: Path) -> None:
    outcomes = process_outcomes(sys.executable, root, {})
    assert outcomes.pop("test_stop.py::test_fixture") == "error"
    passed = {name.rpartition("::")[2] for name, outcome in outcomes.items() if outcome == "passed"}
    assert passed == {"test_before", "test_own_hook", "test_after"}
    assert set(outcomes.values()) == {"passed", "failed"}
    assert len(outcomes) == 8


@pytest.mark.parametrize(("debugger", "outcome"), [("0", "passed"), ("web_pdb.set_trace", "failed")])
def test_another_debugger_is_not_asked_either(root: Path, debugger: str, outcome: str) -> None:
    environment = {"PYTHONBREAKPOINT": debugger}
    outcomes = process_outcomes(sys.executable, root, environment, "test_stop.py::test_builtin")
    assert outcomes == {"test_stop.py::test_builtin": outcome}


def test_a_breakpoint_in_a_module_is_the_modules_error(root: Path) -> None:
    (root / "test_more.py").write_text("breakpoint()\n", "utf-8")
    said = session(root, snapshot_of(root), root.parent / "code", ("test_more.py",))
    (item,) = (message for message in said if isinstance(message, ItemFinished))
    assert (item.id, item.outcome, item.path, item.line) == ("test_more.py", "error", "test_more.py", 1)
    assert item.message.startswith("breakpoint(): to stop here, run: companion debug ")


def never(_: object) -> None:
    raise AssertionError("nothing listens")


def test_without_debugpy_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "debugpy", None)
    with pytest.raises(debugger.MissingError, match=f"run {sys.executable} -m pip install debugpy"):
        debugger.attach("", Patches(), never)


def test_companions_own_folder_lends_debugpy_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "debugpy", raising=False)
    (tmp_path / "debugpy").mkdir()
    (tmp_path / "debugpy" / "__init__.py").write_text(
        "def listen(address, in_process_debug_adapter):\n    return '127.0.0.1', 0\n", "utf-8"
    )
    (tmp_path / "something_else.py").touch()
    before: object = vars(pytest)["set_trace"]
    with pytest.raises(debugger.MissingError, match="too old"):  # as those are that do not know their port
        debugger.attach(str(tmp_path), Patches(), never)
    assert str(sys.modules.pop("debugpy").__file__).startswith(str(tmp_path))
    assert importlib.util.find_spec("something_else") is None
    assert vars(pytest)["set_trace"] is before
