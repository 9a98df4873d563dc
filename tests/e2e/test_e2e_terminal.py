"""The terminal fronts as people start them: real processes, real files, real output."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from enginekit import Front, plain_outcomes, save
from terminalkit import JsonTerminal, break_function

Project = Callable[[str], Path]
RED = "tests/test_discounts.py::test_voucher_from_exactly_its_minimum_on"


@pytest.fixture
def watch(join: Callable[[Path], Front]) -> Iterator[Callable[[Path], JsonTerminal]]:
    """`companion watch --json` on a root; a front of the test's own sees to it that the engine ends."""
    terminals: list[JsonTerminal] = []

    def start(root: Path) -> JsonTerminal:
        terminal = JsonTerminal("watch", str(root), "--json")
        terminals.append(terminal)
        terminal.until("ready")
        join(root)
        return terminal

    yield start
    for terminal in terminals:
        terminal.end()


def companion(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "companion.cli", *arguments],
        capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_watch_follows_the_edits(project: Project, watch: Callable[[Path], JsonTerminal]) -> None:
    root = project("shop")
    terminal = watch(root)
    first = terminal.verdict()
    assert (first["selected"], first["failed"], first["skipped"]) == (97, 1, 1)
    save(root / "src/shop/discounts.py", "amount > self.minimum", "amount >= self.minimum")
    change = terminal.until("change")
    assert (change["files"], change["trigger"]) == (["src/shop/discounts.py"], "disk")
    selected = terminal.until("selected")
    assert selected["skipped"] > 0
    assert {item["why"].partition(":")[0] for item in selected["items"]} == {"calls shop.discounts"}
    assert terminal.verdict()["failed"] == 0
    assert terminal.outcomes()[RED] == "passed"


def test_test_is_a_one_shot_with_pytests_exit_codes(project: Project, join: Callable[[Path], Front]) -> None:
    root = project("shop")
    join(root)
    red = companion("test", str(root))
    assert red.returncode == 1
    assert RED in red.stdout
    assert "1 failed, 94 passed, 1 skipped, 1 xfailed" in red.stdout
    save(root / "src/shop/discounts.py", "amount > self.minimum", "amount >= self.minimum")
    assert companion("test", str(root)).returncode == 0
    assert companion("test", str(root), "--all").returncode == 0


@pytest.mark.parametrize(("name", "code"), [("green", 0), ("empty", 5), ("syntax_error", 1), ("broken_conftest", 1)])
def test_exit_codes(project: Project, join: Callable[[Path], Front], name: str, code: int) -> None:
    root = project(name)
    join(root)
    assert companion("test", str(root)).returncode == code


def test_doctor_lists_the_interpreters(project: Project, join: Callable[[Path], Front]) -> None:
    root = project("green")
    join(root).resident()
    said = companion("doctor", str(root))
    assert said.returncode == 0, said.stdout + said.stderr
    for word in ("watcher", "runner", "refactorer", "interpreter", "memory", "libcst"):
        assert word in said.stdout or word == "libcst"


def test_a_folder_that_is_not_there() -> None:
    said = companion("test", "/no/such/folder")
    assert said.returncode == 4
    assert len(said.stderr.strip().splitlines()) == 1


@pytest.mark.timeout(300)  # a download, whose build takes its time
@pytest.mark.network
@pytest.mark.parametrize(
    ("package", "module", "function"),
    [("sqlparse", "sqlparse/filters/tokens.py", "process"), ("boltons", "boltons/mathutils.py", "clamp")],
)
def test_real_packages(
    sdist: Callable[[str], Path], watch: Callable[[Path], JsonTerminal], package: str, module: str, function: str
) -> None:
    """A package's own suite: what pytest says, before an edit, after it, and after it is undone."""
    root = sdist(package)
    terminal = watch(root)
    terminal.verdict()
    green = plain_outcomes(root)
    assert terminal.outcomes() == green
    undo = break_function(root / module, function)
    assert terminal.verdict()["failed"] > 0
    assert terminal.outcomes() == plain_outcomes(root)
    undo()
    assert terminal.verdict()["failed"] == 0
    assert terminal.outcomes() == green


def test_arguments_for_pytest_narrow_one_run_only(project: Project, join: Callable[[Path], Front]) -> None:
    root = project("shop")
    narrow = companion("test", str(root), "--", "-k", "test_money")
    assert narrow.returncode == 0, narrow.stdout + narrow.stderr
    front = join(root)
    known = len(front.outcomes())
    assert 0 < known < 97
    whole = companion("test", str(root))
    assert whole.returncode == 1
    assert "1 failed, 94 passed, 1 skipped, 1 xfailed" in whole.stdout
    named = companion("test", f"{root}/tests/test_money.py")
    assert named.returncode == 0, named.stdout + named.stderr
    assert "19 passed, 1 xfailed" in named.stdout
