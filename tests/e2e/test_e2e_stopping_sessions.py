"""What ends plain pytest's session (or does not) fails one item here, or one file: everything else runs."""

from pathlib import Path

import pytest
from stoppingkit import REST, Join, expected, falls, finished, item, with_hazards

from companion.messages import ItemFinished

IN_TESTS = ("sys_exit", "pytest_exit", "keyboard_interrupt", "breakpoint", "set_trace")
AT_IMPORT = ("sys_exit_at_import", "pytest_exit_at_import", "interrupt_at_import")
LANES = pytest.mark.parametrize("lane", ["interpreter", "process"])


@LANES
def test_what_ends_a_session_fails_its_item_and_the_rest_runs(tmp_path: Path, join: Join, lane: str) -> None:
    front = join(with_hazards(tmp_path / "project", *IN_TESTS, lane=lane))
    verdict = finished(front)
    assert front.outcomes() == expected(*IN_TESTS)
    assert (verdict.exit_code, verdict.problem) == (1, "")
    messages = [front.board.results[item(name)].message for name in IN_TESTS]
    said = ["SystemExit: 3", "pytest.exit: enough", "KeyboardInterrupt", "companion debug", "companion debug"]
    assert [words for words, message in zip(said, messages, strict=True) if words not in message] == []
    lines = [front.board.results[item(name)].line for name in IN_TESTS]
    assert lines == [9, 9, 6, 6, 9]
    assert len([event for event in front.seen if isinstance(event, ItemFinished)]) == len(front.outcomes())


@LANES
def test_a_file_that_ends_the_session_when_imported_is_an_error_and_the_rest_runs(
    tmp_path: Path, join: Join, lane: str
) -> None:
    front = join(with_hazards(tmp_path / "project", *AT_IMPORT, "skip_at_import", lane=lane))
    verdict = finished(front)
    assert front.outcomes() == {REST: "passed", **{f"test_{name}.py": "error" for name in AT_IMPORT}}
    assert (verdict.exit_code, verdict.problem) == (1, "")
    assert "no database" in front.board.results["test_pytest_exit_at_import.py"].message
    assert falls(front.seen) == 0


DATABASE = """
import pytest


@pytest.fixture(scope="session", autouse=True)
def database():
    pytest.exit("no database")
"""


@LANES
def test_a_session_fixture_that_gives_up_fails_every_item_with_its_words(
    tmp_path: Path, join: Join, lane: str
) -> None:
    root = with_hazards(tmp_path / "project", "sys_exit", lane=lane)
    (root / "conftest.py").write_text(DATABASE, "utf-8")
    front = join(root)
    finished(front)
    assert front.outcomes() == dict.fromkeys(expected("sys_exit"), "error")
    assert all("pytest.exit: no database" in result.message for result in front.board.red())
