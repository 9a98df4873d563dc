"""Arguments for pytest belong to the front that gave them: nobody else's answer is narrowed by them."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from enginekit import Front, write
from terminalkit import JsonTerminal

from companion.messages import RequestRun, RunFinished, Scope

Project = Callable[[str], Path]
Join = Callable[[Path], Front]
Start = Callable[..., JsonTerminal]
RED = "tests/test_discounts.py::test_voucher_from_exactly_its_minimum_on"
SLOW_AND_RED = "import time\n\n\ndef test_slow():\n    time.sleep(1.5)\n\n\ndef test_red():\n    assert False\n"


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a front as a person does, with ``--json``."""
    terminals: list[JsonTerminal] = []

    def begin(command: str, root: Path, *words: str) -> JsonTerminal:
        terminals.append(JsonTerminal(command, str(root), "--json", *words))
        return terminals[-1]

    yield begin
    for terminal in terminals:
        terminal.end()


COUNTED = """
import pathlib


def count(name):
    with (pathlib.Path(__file__).parent.parent / "ran").open("a") as out:
        out.write(f"{name} ")


def test_one():
    count("one")


def test_two():
    count("two")
"""


def test_a_fresh_engine_runs_a_narrowed_request_once_and_the_whole_for_whoever_comes_next(
    project: Project, join: Join, start: Start
) -> None:
    root = project("empty")
    with (root / "pyproject.toml").open("a", encoding="utf-8") as out:
        out.write("\n[tool.companion]\ncoverage = false\n")  # which would run all once more
    write(root / "test_counted.py", COUNTED)
    ran = root.parent / "ran"
    assert start("test", root, "--", "-k", "one").wait() == 0
    front = join(root)
    front.until(RunFinished, lambda run: run.selected == 2)
    assert ran.read_text("utf-8").split() == ["one", "one", "two"]
    assert set(front.outcomes()) == {"test_counted.py::test_one", "test_counted.py::test_two"}


def test_who_asks_after_a_narrowed_run_hears_of_what_it_left_out(project: Project, join: Join, start: Start) -> None:
    root = project("shop")
    watch = start("watch", root, "--", "-k", "money")
    watch.until("ready")
    join(root)
    assert watch.verdict()["failed"] == 0
    asked = start("test", root)
    assert asked.wait() == 1
    asked.until("item", lambda item: item["id"] == RED and item["outcome"] == "failed")


def test_who_asks_during_a_narrowed_run_hears_of_what_it_left_out(project: Project, join: Join, start: Start) -> None:
    root = project("empty")
    write(root / "test_two.py", SLOW_AND_RED)
    watch = start("watch", root, "--", "-k", "slow")
    watch.until("ready")
    join(root)
    watch.until("selected", lambda selected: [item["id"] for item in selected["items"]] == ["test_two.py::test_slow"])
    asked = start("test", root)
    assert watch.verdict()["passed"] == 1
    assert asked.wait() == 1


@pytest.mark.parametrize(("scope", "name"), [("paths", "test_two"), ("items", "test_two.py")])
def test_what_a_narrowed_run_of_a_file_leaves_out_stays_red(
    project: Project, join: Join, scope: Scope, name: str
) -> None:
    root = project("empty")
    write(root / "test_two.py", SLOW_AND_RED)
    front = join(root)
    assert front.verdict().failed == 1
    front.send(RequestRun(77, scope, (name,), ("-k", "slow")))
    assert front.until(RunFinished, lambda run: run.passed == 1).failed == 0
    front.run("changed")
    front.verdict()
    assert front.red() == ["test_two.py::test_red"]


def test_who_asks_with_arguments_hears_of_nothing_else(project: Project, join: Join, start: Start) -> None:
    root = project("empty")
    write(root / "test_two.py", SLOW_AND_RED)
    watch = start("watch", root, "--", "-k", "red")
    watch.until("ready")
    join(root)
    assert watch.verdict()["failed"] == 1
    assert start("test", root, "--", "-k", "slow").wait() == 0
    assert start("test", root).wait() == 1


ENDS = "def pytest_sessionfinish(session):\n    session.exitstatus = 1\n"
LEAKS = (
    "class Leak:\n    def __del__(self):\n        raise ValueError\n\n\n"
    "def test_one():\n    leak = Leak()\n    leak.me = leak\n"
)


@pytest.mark.parametrize("lane", ["interpreter", "process"])
@pytest.mark.parametrize(
    "files",
    [
        {"conftest.py": ENDS, "test_one.py": "def test_one():\n    pass\n"},
        {"pytest.ini": "[pytest]\nfilterwarnings = error\n", "test_one.py": LEAKS},
    ],
    ids=["hook", "unraisable"],
)
def test_what_pytest_itself_says_at_its_end_counts(
    project: Project, join: Join, start: Start, files: dict[str, str], lane: str
) -> None:
    root = project("empty")
    write(root / "pyproject.toml", f'[tool.companion]\nlane = "{lane}"\n')
    for name, text in files.items():
        write(root / name, text)
    join(root)
    plain = subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=root, capture_output=True, check=False)
    asked = start("test", root)
    assert (asked.wait(), plain.returncode) == (1, 1), plain.stdout.decode()
    asked.until("status", lambda status: status["health"] == "error")
    for name in files:
        write(root / name, "def test_one():\n    pass\n" if name.startswith("test_") else "")
    assert start("test", root, "--all").wait() == 0
