"""One run, by hand: what is shown when, and what goes on where."""

from collections.abc import Callable

import pytest
from runkit import begun, collected, finished, ids, session

from companion.messages import (
    EVERYTHING,
    Collected,
    FileFinished,
    ItemFinished,
    ItemStarted,
    NeedsProcess,
    Selected,
    SelectedItem,
)  # fmt: skip
from companion.workers.running.memory import LaneMemory
from companion.workers.running.run import Batch

FORK = "fork not supported for isolated subinterpreters"


def test_results_are_held_until_their_file_has_ended() -> None:
    batch = Batch("interpreter", ())
    run, told = begun(batch)
    run.collected(batch, collected("a.py::x", "a.py::y", "b.py::x"))
    run.item_finished(batch, finished("a.py::x", "passed"))
    assert ids(told) == []
    run.item_finished(batch, finished("a.py::y", "failed"))
    assert ids(told) == ["a.py::x", "a.py::y"]
    run.item_finished(batch, finished("b.py::x", "passed"))
    assert batch.all_finished
    run.complete(batch)
    assert told[-2:] == [FileFinished(1, "a.py", ("a.py::x", "a.py::y")), FileFinished(1, "b.py", ("b.py::x",))]


@pytest.mark.parametrize("batch", [Batch("process", ()), Batch("interpreter", (), ("a.py",))])
def test_results_are_shown_at_once_where_the_lane_is_sure(batch: Batch) -> None:
    run, told = begun(batch, lanes=LaneMemory(proven={"a.py"}))
    run.collected(batch, collected("a.py::x", "a.py::y"))
    run.item_finished(batch, finished("a.py::x", "passed"))
    assert ids(told) == ["a.py::x"]


def test_what_was_selected_is_told_before_any_result() -> None:
    first, second = Batch("process", ("a.py",), ("a.py",)), Batch("interpreter", ("b.py",), ("b.py",))
    run, told = begun(first, second)
    run.collected(first, collected("a.py::x"))
    first.current = "a.py::x"
    run.still_running(first, ItemStarted(1, "a.py::x"))
    run.item_finished(first, finished("a.py::x", "passed"))
    assert told == []
    run.collected(second, collected("b.py::x"))
    assert told[0] == Selected(1, (SelectedItem("a.py::x", "changed"), SelectedItem("b.py::x", "all")), 5, 2)
    assert [type(message) for message in told[1:]] == [ItemStarted, ItemFinished]


def test_a_file_that_needs_a_process_runs_there_whole_and_nothing_of_it_was_shown() -> None:
    batch = Batch("interpreter", ("a.py", "b.py"), ("a.py", "b.py"))
    run, told = begun(batch)
    run.collected(batch, collected("a.py::x", "a.py::y", "b.py::x"))
    run.item_finished(batch, finished("a.py::x", "passed"))
    run.needs_process(batch, NeedsProcess("a.py::y", FORK))
    run.item_finished(batch, finished("a.py::y", "failed"))
    run.item_finished(batch, finished("b.py::x", "passed"))
    run.complete(batch)
    assert ids(told) == ["b.py::x"]
    (again,) = run.queue
    assert (again.lane, again.arguments, again.deselect) == ("process", ("a.py",), ())
    assert told[-1] == FileFinished(1, "b.py", ("b.py::x",))


def test_a_proven_file_that_needs_a_process_runs_there_whole_and_counts_once() -> None:
    """What only its first session had is not counted, nor is what that session said of the others."""
    first = Batch("interpreter", (), known=("a.py", "b.py"))
    run, told = begun(first, lanes=LaneMemory(proven={"a.py", "b.py"}))
    run.collected(first, collected("a.py::x", "a.py::at[12:00]", "a.py::y", "b.py::x"))
    for node_id in ("a.py::x", "a.py::at[12:00]"):
        run.item_finished(first, finished(node_id, "failed"))
    run.needs_process(first, NeedsProcess("a.py::y", FORK))
    run.item_finished(first, finished("a.py::y", "failed"))
    run.item_finished(first, finished("b.py::x", "passed"))
    run.complete(first)
    (again,) = run.queue
    assert (again.arguments, again.deselect) == (("a.py",), ())
    run.started(again)
    run.collected(again, collected("a.py::x", "a.py::at[12:01]", "a.py::y"))
    for node_id in again.collected or ():
        run.item_finished(again, finished(node_id, "passed"))
    run.complete(again)
    end = run.finished(1.0)
    assert ids(told) == ["a.py::x", "a.py::at[12:00]", "b.py::x", "a.py::x", "a.py::at[12:01]", "a.py::y"]
    assert told[-1] == FileFinished(1, "a.py", ("a.py::x", "a.py::at[12:01]", "a.py::y"))
    assert (end.selected, end.passed, end.failed, end.exit_code) == (4, 4, 0, 0)


def test_of_a_file_that_an_interpreter_died_in_what_was_shown_runs_again() -> None:
    first = Batch("interpreter", ("a.py", "b.py"), ("a.py", "b.py"))
    run, _ = begun(first, lanes=LaneMemory(proven={"a.py", "b.py"}))
    run.collected(first, collected("b.py::x", "b.py::y", "a.py::x", "a.py::y"))
    for node_id in ("b.py::x", "a.py::x"):
        run.item_finished(first, finished(node_id, "passed"))
    first.current = "a.py::y"
    run.lost(first, "nothing happened for 60 s")
    assert [(b.files, b.deselect) for b in run.queue] == [(("b.py", "a.py"), ("b.py::x",))]


def test_everything_runs_in_the_process_lane_if_the_session_itself_needs_it() -> None:
    batch = Batch("interpreter", ("--ignore=c.py",), known=("a.py",))
    lanes = LaneMemory()
    run, told = begun(batch, lanes=lanes)
    run.needs_process(batch, NeedsProcess(".", FORK))
    run.session_finished(batch, session(4, "pytest: it broke"))
    (again,) = run.queue
    assert (again.lane, again.arguments, again.files, again.known) == ("process", ("--ignore=c.py",), (), ("a.py",))
    assert (lanes.process_only, told) == (FORK, [])


@pytest.mark.parametrize("moment", range(6))
def test_cancelled_at_each_moment(moment: int) -> None:
    """In the queue, before collecting, between two items, in a file that needs a process, at the end."""
    active, waiting = Batch("interpreter", ("a.py", "b.py"), ("a.py", "b.py")), Batch("process", ())
    run, told = begun(active)
    run.queue.append(waiting)
    steps: list[Callable[[], None]] = [
        lambda: run.collected(active, collected("a.py::x", "a.py::y", "b.py::x")),
        lambda: run.item_finished(active, finished("a.py::x", "passed")),
        lambda: run.item_finished(active, finished("a.py::y", "passed")),
        lambda: run.needs_process(active, NeedsProcess("b.py::x", FORK)),
        lambda: run.item_finished(active, finished("b.py::x", "failed")),
    ]
    for step in steps[:moment]:
        step()
    run.cancel()
    assert run.queue == []
    run.session_finished(active, session(2))
    assert run.done
    end = run.finished(1.0)
    shown = {"a.py"} if moment >= 3 else set[str]()
    assert (set(end.unfinished), end.cancelled, end.exit_code) == ({EVERYTHING, "a.py", "b.py"} - shown, True, 2)
    assert {m.path for m in told if isinstance(m, FileFinished)} == shown


@pytest.mark.parametrize(
    ("outcomes", "exit_code"),
    [
        (["passed"], 0), (["passed", "failed"], 1), (["error"], 1), ([], 5), (["skipped"], 0),
        (["xfailed", "xpassed"], 0),
    ],
)  # fmt: skip
def test_exit_codes_are_pytests(outcomes: list[str], exit_code: int) -> None:
    batch = Batch("process", ())
    run, _ = begun(batch)
    names = [f"a.py::{number}" for number in range(len(outcomes))]
    run.collected(batch, collected(*names))
    for name, outcome in zip(names, outcomes, strict=True):
        run.item_finished(batch, finished(name, outcome))  # type: ignore[arg-type]  # of the table above
    run.complete(batch)
    end = run.finished(1.0)
    assert (end.exit_code, end.selected) == (exit_code, len(outcomes))
    assert (end.passed, end.xfailed, end.xpassed) == tuple(map(outcomes.count, ("passed", "xfailed", "xpassed")))


def test_what_is_deselected_is_counted_once() -> None:
    """Also where what is left of a session runs in another, or all of it once more."""
    batch = Batch("process", ("-ka",), ("a.py", "b.py"))
    run, _ = begun(batch)
    run.collected(batch, Collected(1, ("a.py::x", "b.py::x"), (), (), 7))
    batch.current = "a.py::x"
    run.lost(batch, "signal SIGKILL")
    (rest,) = run.queue
    run.started(rest)
    run.collected(rest, Collected(1, ("b.py::x",), (), (), 3))
    run.item_finished(rest, finished("b.py::x", "passed"))
    run.complete(rest)
    again = Batch("process", ("-ka",), ("a.py", "b.py"))
    run.once_more(again)
    run.started(again)
    run.collected(again, Collected(1, ("a.py::x", "b.py::x"), (), (), 7))
    run.complete(again)
    assert run.finished(1.0).deselected == 7


def test_nothing_waits_for_a_lane_that_is_no_longer_there() -> None:
    """A session is asked to leave files, or gives its batch back, while another one is refused as a whole."""
    first, second, third = (Batch("interpreter", (f"{name}.py",), (f"{name}.py",)) for name in "abc")
    second.files = second.arguments = ("b.py", "d.py")
    run, _ = begun(first, second, third)
    run.collected(first, collected("a.py::x"))
    run.collected(second, collected("b.py::x", "d.py::x"))
    run.needs_process(first, NeedsProcess(".", FORK))
    taken = run.released(second, ("d.py::x",))
    run.give_back(third)
    assert taken is not None
    assert [batch.lane for batch in (taken, third)] == ["process", "process"]
    assert run.queue == [taken, third]


def test_nothing_is_taken_over_once_a_run_is_cancelled() -> None:
    batch = Batch("process", ())
    run, _ = begun(batch)
    run.collected(batch, collected("a.py::x", "b.py::x"))
    run.cancel()
    assert run.released(batch, ("b.py::x",)) is None
    assert run.queue == []
    assert batch.owed() == ("a.py", "b.py"), "it is still its own"
