"""Bad input and hard tests: one clear sentence, the rest goes on, nothing is lost."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import Front, interpreters_first, plain_outcomes, wait_gone, write

from companion.errors import EngineUnavailableError
from companion.messages import Disconnected, ItemStarted, RunFinished, Status, StopRun
from companion.store.marker import Marker

Project = Callable[[str], Path]
Join = Callable[[Path], Front]


@pytest.mark.parametrize("name", ["green", "import_cycle", "needs_process", "captures", "not_utf8", "syntax_error"])
def test_every_outcome_is_pytests_own(project: Project, join: Join, name: str) -> None:
    root = project(name)
    front = join(root)
    front.verdict()
    assert front.outcomes() == plain_outcomes(root)


def test_failed_subtest_makes_its_item_failed(project: Project, join: Join) -> None:
    front = join(project("subtests"))
    front.verdict()
    assert front.outcomes() == {
        "test_unittest.py::SquaresTest::test_squares": "failed",
        "test_fixture.py::test_squares": "failed",
    }
    red = front.board.results["test_unittest.py::SquaresTest::test_squares"]
    assert red.message == "(number=2): AssertionError: 4 != 5"
    assert red.reports == ("setup passed", "subtest (number=2) failed", "call passed", "teardown passed")
    assert front.board.results["test_fixture.py::test_squares"].message == "[square] (number=2): assert (2 * 2) == 5"


def test_needs_process_ran_there_and_says_why(project: Project, join: Join) -> None:
    front = join(interpreters_first(project("needs_process")))
    front.verdict()
    assert {r.lane for r in front.board.results.values()} == {"process"}
    assert any("needs a process of its own" in s.message for s in front.board.statuses.values())


def test_test_that_ends_its_process_is_blamed_and_remembered(project: Project, join: Join) -> None:
    root = project("crash")
    front = join(root)
    front.until(RunFinished, lambda r: not r.cancelled and r.selected == 3)
    assert front.red() == ["test_exit.py::test_exit"]
    assert "exit code 3" in front.board.results["test_exit.py::test_exit"].message
    assert len([e for e in front.seen if isinstance(e, Disconnected)]) <= 1
    front.run("all")
    front.until(RunFinished, lambda r: not r.cancelled and r.selected == 3)
    assert len([e for e in front.seen if isinstance(e, Disconnected)]) <= 1
    assert front.red() == ["test_exit.py::test_exit"]


def test_hanging_items_fail_and_the_others_run(project: Project, join: Join) -> None:
    root = project("hang")
    with (root / "pyproject.toml").open("a", encoding="utf-8") as out:
        out.write("\n[tool.companion]\nitem-timeout = 1\n")
    front = join(root)
    verdict = front.verdict()
    assert (verdict.passed, verdict.failed) == (1, 2)
    assert all("did not end within 1 s" in front.board.results[i].message for i in front.red())


def test_no_tests(project: Project, join: Join) -> None:
    verdict = join(project("empty")).verdict()
    assert (verdict.selected, verdict.exit_code) == (0, 5)


def test_no_pytest(project: Project, join: Join) -> None:
    root = project("no_pytest")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(root / ".venv")], check=True)
    front = join(root)
    verdict = front.verdict()
    assert verdict.exit_code == 4
    assert "pytest" in verdict.problem
    assert "install pytest" in front.board.statuses["runner"].message


def test_broken_conftest_is_one_item_and_mending_it_clears_it(project: Project, join: Join) -> None:
    root = project("broken_conftest")
    front = join(root)
    front.verdict()
    assert front.red() == ["conftest.py"]
    assert "NameError" in front.board.results["conftest.py"].message
    write(root / "conftest.py", "base_dir = '.'\n")
    front.until(RunFinished, lambda r: r.passed > 0)
    assert front.red() == []
    assert "conftest.py" not in front.outcomes()


def test_configuration_broken_told_mended_and_taken_up(project: Project, join: Join) -> None:
    root = project("green")
    with (root / "pyproject.toml").open("a", encoding="utf-8") as out:
        out.write("\n[tool.companion]\nno-such-option = 1\n")
    front = join(root)
    assert front.verdict().passed == 3
    assert "no-such-option" in front.board.statuses["configuration"].message
    text = (root / "pyproject.toml").read_text("utf-8")
    write(root / "pyproject.toml", text.replace("no-such-option = 1", 'lane = "process"'))
    front.until(
        RunFinished, lambda r: r.passed == 3 and {x.lane for x in front.board.results.values()} == {"process"}
    )
    assert front.board.statuses["configuration"].health == "ok"
    assert front.resident()["runner"].state == "up"


def test_deleted_root_ends_the_engine_with_a_sentence(project: Project, join: Join) -> None:
    root = project("green")
    front = join(root)
    front.verdict()
    shutil.rmtree(root)
    with pytest.raises(EngineUnavailableError, match="not a folder"):
        front.until(RunFinished, lambda r: r.generation > 1000)
    assert wait_gone(front.engine)


def test_symlink_loop(project: Project, join: Join) -> None:
    root = project("green")
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\nnorecursedirs = ["loop"]\n', "utf-8")
    (root / "loop").symlink_to(root)
    (root / "itself").symlink_to("itself")
    front = join(root)
    assert front.verdict().passed == 3
    write(root / "test_more.py", "def test_more():\n    assert False\n")
    front.verdict()
    assert front.red() == ["test_more.py::test_more"]


@pytest.mark.network
def test_another_python_runs_in_the_process_lane(project: Project, join: Join) -> None:
    other = shutil.which("python3.11") or shutil.which("python3.12") or shutil.which("python3.10")
    if other is None:
        pytest.skip("no other Python on this machine")
    root = project("green")
    subprocess.run([other, "-m", "venv", str(root / ".venv")], check=True)
    python = str(root / ".venv" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "pytest"], check=True, capture_output=True)
    front = join(root)
    assert front.verdict().passed == 3
    assert {r.lane for r in front.board.results.values()} == {"process"}


HIDDEN = """
try:
    import libcst.native
    LOADED = True
except ImportError:
    LOADED = False


def test_loaded():
    assert LOADED
"""


def test_an_extension_that_refuses_behind_a_fallback_runs_in_the_process_lane(project: Project, join: Join) -> None:
    root = project("green")
    write(root / "test_hidden.py", HIDDEN)
    front = join(interpreters_first(root))
    front.verdict()
    assert front.outcomes() == plain_outcomes(root)
    assert {r.lane for r in front.board.results.values()} == {"process"}


@pytest.mark.parametrize(
    "line",
    ["os.kill(os.getpid(), 15)", "os.abort()", "os.nice(5)", "import locale; locale.setlocale(locale.LC_ALL, 'C')"],
)
def test_what_touches_the_whole_process_touches_no_engine(project: Project, join: Join, line: str) -> None:
    root = project("green")
    write(root / "test_touch.py", f"import os\n\n\ndef test_touch():\n    {line}\n")
    front = join(interpreters_first(root))
    verdict = front.verdict()
    ends = "kill" in line or "abort" in line
    assert verdict.failed == int(ends)
    assert front.board.results["test_touch.py::test_touch"].lane == "process"
    assert not [e for e in front.seen if isinstance(e, Disconnected)]
    if ends:
        assert "signal SIG" in front.board.results["test_touch.py::test_touch"].message


def test_what_is_a_test_is_asked_again_when_the_configuration_changes(project: Project, join: Join) -> None:
    root = project("green")
    front = join(root)
    front.verdict()
    before = front.outcomes()
    write(root / "pytest.ini", "[pytest]\npython_files = check_*.py\n")
    write(root / "check_more.py", "def test_more():\n    pass\n")
    front.until(RunFinished, lambda r: not r.cancelled and set(front.outcomes()) == {"check_more.py::test_more"})
    (root / "pytest.ini").unlink()
    front.until(RunFinished, lambda r: not r.cancelled and front.outcomes() == before)


BLOCKS = "test_block.py::test_block"


def test_a_test_that_cannot_be_interrupted_leaves_one_interpreter_behind_and_no_more(
    project: Project, join: Join
) -> None:
    """It is one long call of C code, and whoever saves cancels it, again and again."""
    root = interpreters_first(project("green"))
    write(root / "test_block.py", "def test_block():\n    sum(range(10**12))\n")
    front = join(root)
    cancel_while_it_runs(front, BLOCKS)
    front.until(Status, lambda status: status.source == "lane:test_block.py")
    for _ in range(2):
        front.run("paths", "test_block.py")
        cancel_while_it_runs(front, BLOCKS)
    interpreters = [a for a in front.diagnose().agents if a.name.startswith("spare") and a.interpreter >= 0]
    assert [a.state for a in interpreters if a.state != "spare"] == ["left behind"]


def cancel_while_it_runs(front: Front, item: str) -> None:
    front.until(ItemStarted, lambda started: started.id == item)
    front.send(StopRun())
    front.until(RunFinished, lambda run: run.cancelled)


def test_a_file_that_takes_the_engine_along_when_it_is_imported_does_so_once(project: Project, join: Join) -> None:
    root = interpreters_first(project("green"))
    write(root / "test_segfault.py", "import ctypes\n\nctypes.string_at(0)\n")
    front = join(root)
    front.until(RunFinished, lambda run: not run.cancelled and run.passed == 3)
    assert front.red() == ["test_segfault.py"]
    assert "signal SIGSEGV" in front.board.results["test_segfault.py"].message
    assert front.board.results["test_words.py::test_no_words"].lane == "interpreter"
    assert len([e for e in front.seen if isinstance(e, Disconnected)]) == 1


def test_an_engine_that_ends_in_order_suspects_nobody(project: Project, join: Join) -> None:
    root = interpreters_first(project("hang"))
    front = join(root)
    front.until(ItemStarted)
    assert list((root / ".companion" / "running").iterdir())
    front.end()
    assert wait_gone(front.engine)
    marker = Marker(str(root))
    marker.take_suspects()
    assert marker.quarantined() == frozenset()


PICKY = """\
#!/bin/sh
case "$*" in
    *import_module*) echo "ModuleNotFoundError: No module named 'nothing_like_it'" >&2; exit 1 ;;
    *) exec "{python}" "$@" ;;
esac
"""


def test_a_python_that_runs_and_cannot_run_tests_is_told_with_its_own_words(project: Project, join: Join) -> None:
    root = project("green")
    write(root / "picky", PICKY.format(python=sys.executable))
    (root / "picky").chmod(0o755)
    with (root / "pyproject.toml").open("a", encoding="utf-8") as out:
        out.write('\n[tool.companion]\npython = "./picky"\nlane = "process"\n')
    front = join(root)
    verdict = front.verdict()
    assert verdict.exit_code == 4
    assert "exit code 1: ModuleNotFoundError: No module named 'nothing_like_it'" in verdict.problem
    assert front.board.statuses["runner"].message == verdict.problem
    assert front.red() == [], "no file is to blame"
    write(root / "picky", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (root / "picky").chmod(0o755)
    front.run("all")
    front.until(RunFinished, lambda run: run.passed == 3)
    assert front.board.statuses["runner"].health == "ok"


def test_what_a_configuration_has_broken_is_well_again_once_it_is_mended(project: Project, join: Join) -> None:
    root = project("green")
    front = join(root)
    front.verdict()
    written = (root / "pyproject.toml").read_text("utf-8")
    write(root / "pyproject.toml", f'{written}\n[tool.companion]\npython = "/no/such/python"\n')
    front.until(Status, lambda s: s.source == "runner" and s.health == "error")
    write(root / "pyproject.toml", written)
    front.until(Status, lambda s: s.source == "runner" and s.health == "ok")
    front.until(RunFinished, lambda r: r.passed > 0)
    told = [s for s in front.seen if isinstance(s, Status)]
    assert not [s for s in told if s.source.startswith("agent:")], "nothing is wrong with an agent that starts anew"
    assert not [s for s in front.board.statuses.values() if s.health != "ok"]
