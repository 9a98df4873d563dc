"""Arguments for pytest belong to the front that gave them: nobody else's answer is narrowed by them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from enginekit import Front, write
from terminalkit import JsonTerminal

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


def test_who_asks_with_arguments_hears_of_nothing_else(project: Project, join: Join, start: Start) -> None:
    root = project("empty")
    write(root / "test_two.py", SLOW_AND_RED)
    watch = start("watch", root, "--", "-k", "red")
    watch.until("ready")
    join(root)
    assert watch.verdict()["failed"] == 1
    assert start("test", root, "--", "-k", "slow").wait() == 0
    assert start("test", root).wait() == 1
