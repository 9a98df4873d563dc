"""Progress and screen as views of events."""

import pytest
from frontkit import CAUGHT_UP, JOINED, WELCOME, change, finished, item, selected, shown

from companion.core.board import Board
from companion.front.progress import Run, expected
from companion.messages import Disconnected, EngineEvent, ItemsGone, ItemStarted, RunAccepted

A, B = item("t.py::a"), item("t.py::b", "failed", "assert 0")


def run(*events: EngineEvent) -> Run:
    found = shown(*events)[0].progress.run
    assert found is not None
    return found


def share(*events: EngineEvent) -> float:
    return run(*events).share


def test_share_of_known_items() -> None:
    assert share(selected("t.py::a", "t.py::b"), A) == 0.5


def test_share_is_whole_at_the_end_only() -> None:
    assert share(selected("t.py::a"), A) == 0.99
    assert share(selected("t.py::a"), A, finished(passed=1)) == 1.0


def test_file_known_from_before_counts_its_items() -> None:
    assert share(A, B, selected("t.py"), A) == 0.5


def test_unknown_file_counts_files() -> None:
    assert share(A, selected("t.py", "new.py"), A, item("new.py::a")) == 0.5


def test_item_that_runs_twice_counts_once() -> None:
    twice = run(selected("t.py::a", "t.py::b"), B, item("t.py::b"))
    assert (twice.share, twice.red) == (0.5, {})


def test_item_that_is_gone_is_not_red() -> None:
    assert run(selected("t.py::b"), B, ItemsGone(1, ("t.py::b",))).red == {}


def test_other_generations_are_left_out() -> None:
    now = run(selected("t.py::a", generation=2), B, ItemStarted(1, "t.py::b"), finished(generation=1))
    assert (now.done, now.item, now.finished) == (set(), "", None)


def test_run_knows_its_change() -> None:
    saved, later = change("a.py", generation=1), change("b.py", generation=2)
    assert run(saved, later, selected("t.py::a", generation=1)).change == saved


def test_running_item() -> None:
    assert run(selected("t.py::a"), ItemStarted(1, "t.py::a")).item == "t.py::a"


@pytest.mark.parametrize("event", [WELCOME, CAUGHT_UP, change("a.py")])
def test_nothing_selected_is_no_run(event: EngineEvent) -> None:
    assert shown(event)[0].progress.run is None


def test_expected_of_nothing() -> None:
    assert expected(selected(), Board()) == 0


def test_lost_engine_takes_its_run_along() -> None:
    screen, _ = shown(*JOINED, selected("t.py::a"), Disconnected("killed"))
    assert (screen.lost, screen.caught_up, screen.progress.running) == ("killed", False, False)


def test_run_asked_for_here_has_its_label() -> None:
    screen, board = shown(*JOINED)
    screen.asked[5] = "all tests"
    for event in (RunAccepted(5, 7), RunAccepted(6, 8)):
        screen.apply(event, board, 0.0)
    assert (screen.labels, screen.asked) == ({7: "all tests"}, {})


def test_new_engine_is_caught_up_again() -> None:
    screen, _ = shown(*JOINED, Disconnected("killed"), *JOINED)
    assert (screen.lost, screen.caught_up) == ("", True)
