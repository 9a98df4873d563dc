"""Tests that end, block or outlive their host: told by name, kept where they can be killed, and nothing falls."""

import time
from pathlib import Path

import pytest
from enginekit import Front, wait_gone
from stoppingkit import REST, Join, expected, falls, finished, item, print_seconds_until_back, with_hazards

from companion.messages import ItemStarted, Status
from companion.store.marker import Marker

GUARDED = {
    "exit_now": "exit code 3",
    "abort": "signal SIGABRT",
    "kill_term": "signal SIGTERM",
    "kill_hard": "signal SIGKILL",
    "timer": "signal SIGALRM",
    "close_all": "the test process ended",
}
"""What an interpreter does not let happen, and how it ends a process."""
FELLING = {"segfault": "signal SIGSEGV", "kill_by_child": "signal SIGKILL"}
"""What nothing can keep from an interpreter's whole engine."""
LATE = ("exit_at_end", "hang_at_end", "endless_thread")
"""What shows only when all tests are over, which have passed."""
HANGING = ("regex_bomb", "endless_loop", "stubborn_loop", "endless_wait")
LIMIT = "item-timeout = 1"


def test_what_ends_a_process_fails_its_item_and_the_rest_runs(tmp_path: Path, join: Join) -> None:
    ends = GUARDED | FELLING
    front = join(with_hazards(tmp_path / "project", *ends, *LATE, lane="process"))
    finished(front)
    assert front.outcomes() == {**expected(*LATE, outcome="passed"), **expected(*ends)}
    messages = {name: front.board.results[item(name)].message for name in ends}
    assert {name: how for name, how in ends.items() if how not in messages[name]} == {}
    assert falls(front.seen) == 0


def test_what_an_interpreter_refuses_is_tried_in_a_process_at_once(tmp_path: Path, join: Join) -> None:
    front = join(with_hazards(tmp_path / "project", *GUARDED))
    finished(front)
    assert front.outcomes() == expected(*GUARDED)
    assert falls(front.seen) == 0
    assert {front.board.results[item(name)].lane for name in GUARDED} == {"process"}


@pytest.mark.parametrize("name", FELLING)
def test_an_engine_that_falls_is_back_and_its_file_is_remembered(tmp_path: Path, join: Join, name: str) -> None:
    root = with_hazards(tmp_path / "project", name)
    front = join(root)
    print_seconds_until_back(front, name)
    finished(front)
    assert front.outcomes() == expected(name)
    assert FELLING[name] in front.board.results[item(name)].message
    assert falls(front.seen) == 1
    front.end()
    assert wait_gone(front.engine)
    assert Marker(str(root)).quarantined() == {f"test_{name}.py"}
    again = join(root)
    finished(again)
    assert again.outcomes() == expected(name)
    assert falls(again.seen) == 0


def test_a_file_that_ends_every_host_when_imported(tmp_path: Path, join: Join) -> None:
    files = {REST: "passed", "test_segfault_at_import.py": "error"}
    front = join(with_hazards(tmp_path / "project", "segfault_at_import", lane="process"))
    finished(front)
    assert front.outcomes() == files
    assert "signal SIGSEGV" in front.board.results["test_segfault_at_import.py"].message


@pytest.mark.parametrize("lane", ["interpreter", "process"])
def test_what_hangs_fails_within_its_time_and_the_rest_runs(tmp_path: Path, join: Join, lane: str) -> None:
    front = join(with_hazards(tmp_path / "project", *HANGING, lane=lane, options=LIMIT))
    finished(front)
    assert front.outcomes() == expected(*HANGING)
    assert all("did not end within 1 s" in front.board.results[item(name)].message for name in HANGING)
    assert falls(front.seen) == 0


SMALL = "item-timeout = 8\ninterpreter-memory = 50"


def test_what_eats_memory_in_an_interpreter_moves_to_a_process(tmp_path: Path, join: Join) -> None:
    front = join(with_hazards(tmp_path / "project", "hungry", options=SMALL))
    front.until(Status, lambda status: "took more than 50 MB" in status.message)
    finished(front)
    assert front.outcomes() == expected("hungry")
    assert front.board.results[item("hungry")].lane == "process"
    assert falls(front.seen) == 0


def test_what_eats_memory_and_cannot_be_interrupted_ends_the_engine_in_time(tmp_path: Path, join: Join) -> None:
    front = join(with_hazards(tmp_path / "project", "hungry_in_c", options=SMALL.replace("8", "60")))
    print_seconds_until_back(front, "hungry_in_c")
    front.until(ItemStarted, lambda started: started.id == item("hungry_in_c"))
    front.end()
    assert falls(front.seen) == 1
    assert Marker(str(front.root)).quarantined() == {"test_hungry_in_c.py"}


def test_a_function_for_the_end_that_would_end_the_engine(tmp_path: Path, join: Join) -> None:
    front = join(with_hazards(tmp_path / "project", "exit_at_end"))
    finished(front)
    until_gone(front, "spare 1")
    assert front.outcomes() == expected("exit_at_end", outcome="passed")
    assert falls(front.seen) == 0


def until_gone(front: Front, spare: str) -> None:
    end = time.monotonic() + 40.0
    while spare in {agent.name for agent in front.diagnose().agents}:
        assert time.monotonic() < end


@pytest.mark.parametrize("name", ["hang_at_end", "endless_thread"])
def test_what_keeps_an_interpreter_from_its_end_moves_to_a_process(tmp_path: Path, join: Join, name: str) -> None:
    front = join(with_hazards(tmp_path / "project", name, options="start-timeout = 8\nitem-timeout = 3"))
    finished(front)
    assert {result.lane for result in front.board.results.values()} == {"interpreter"}
    front.until(Status, lambda status: status.source == f"lane:test_{name}.py")
    front.run("all")
    finished(front)
    assert front.outcomes() == expected(name, outcome="passed")
    assert front.board.results[item(name)].lane == "process"
    assert front.board.results[REST].lane == "interpreter"
