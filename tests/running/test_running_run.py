"""One run, by hand: what is shown when, and what goes on where."""

from collections.abc import Callable

import pytest
from runkit import Driver, Suite, collected, finished, session

from companion.messages import (
    EVERYTHING,
    FileFinished,
    ItemFinished,
    ItemStarted,
    NeedsProcess,
    Selected,
    SelectedItem,
)  # fmt: skip
from companion.workers.running.memory import LaneMemory
from companion.workers.running.run import Batch, Run

FORK = "fork not supported for isolated subinterpreters"


def begun(*batches: Batch, lanes: LaneMemory | None = None) -> tuple[Run, list[object]]:
    """A run whose batches have their spares, and what it tells."""
    told: list[object] = []
    memory = LaneMemory() if lanes is None else lanes
    run = Run(1, list(batches), reasons={"": "all", "a.py": "changed"}, lanes=memory, known=5, emit=told.append)
    for batch in batches:
        run.started(batch)
    return run, told


def ids(told: list[object]) -> list[str]:
    return [m.id for m in told if isinstance(m, ItemFinished)]


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
    assert told[0] == Selected(1, (SelectedItem("a.py::x", "changed"), SelectedItem("b.py::x", "all")), 3)
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


def test_everything_runs_in_the_process_lane_if_the_session_itself_needs_it() -> None:
    batch = Batch("interpreter", ("--ignore=c.py",), known=("a.py",))
    lanes = LaneMemory()
    run, told = begun(batch, lanes=lanes)
    run.needs_process(batch, NeedsProcess(".", FORK))
    run.session_finished(batch, session(4, "pytest: it broke"))
    (again,) = run.queue
    assert (again.lane, again.arguments, again.files, again.known) == ("process", ("--ignore=c.py",), (), ("a.py",))
    assert (lanes.process_only, told) == (FORK, [])


@pytest.mark.parametrize("exit_code", [3, 4])
def test_pytest_may_say_that_it_collected_nothing_before_it_complains(exit_code: int) -> None:
    """``file or directory not found`` does: nothing of it was run, and nothing of it is gone."""
    batch = Batch("process", ("a.py", "gone.py"), ("a.py", "gone.py"))
    run, told = begun(batch)
    run.collected(batch, collected())
    run.session_finished(batch, session(exit_code, "pytest: file or directory not found: gone.py"))
    end = run.finished(1.0)
    assert (end.unfinished, end.problem, end.exit_code) == (("a.py", "gone.py"), "pytest: " + end.problem[8:], 4)
    assert not any(isinstance(message, FileFinished) for message in told)


def test_a_broken_conftest_leaves_what_is_elsewhere() -> None:
    files = ("a.py", "sub/b.py", "sub/c.py")
    batch = Batch("process", files, files)
    run, _ = begun(batch)
    run.item_finished(batch, finished("sub/conftest.py", "error"))
    run.session_finished(batch, session(4, "sub/conftest.py cannot be imported"))
    assert [(b.arguments, b.files) for b in run.queue] == [(("a.py",), ("a.py",))]
    assert run.unfinished == ["sub/b.py", "sub/c.py"]


def test_a_class_that_cannot_be_collected_is_not_gone() -> None:
    batch = Batch("process", ("a.py",), ("a.py",))
    run, told = begun(batch)
    run.item_finished(batch, finished("a.py::TestBroken", "error"))
    run.collected(batch, collected("a.py::x"))
    run.item_finished(batch, finished("a.py::x", "passed"))
    run.complete(batch)
    assert told[-1] == FileFinished(1, "a.py", ("a.py::x", "a.py::TestBroken"))


def test_files_below_a_folder_that_cannot_be_collected_are_not_gone() -> None:
    batch = Batch("process", (), known=("a.py", "sub/b.py", "old.py"))
    run, told = begun(batch)
    run.item_finished(batch, finished("sub", "error"))
    run.collected(batch, collected("a.py::x"))
    run.item_finished(batch, finished("a.py::x", "passed"))
    run.complete(batch)
    files = {m.path: m.items for m in told if isinstance(m, FileFinished)}
    assert files == {"a.py": ("a.py::x",), "old.py": (), "sub": ("sub",)}


def test_a_session_that_a_test_ends_owes_the_rest() -> None:
    batch = Batch("process", ("a.py", "b.py"), ("a.py", "b.py"))
    run, _ = begun(batch)
    run.collected(batch, collected("a.py::x", "a.py::y", "b.py::x"))
    run.item_finished(batch, finished("a.py::x", "passed"))
    run.session_finished(batch, session(2))
    end = run.finished(1.0)
    assert (end.unfinished, end.exit_code, end.cancelled) == (("a.py", "b.py"), 2, False)


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


def test_a_test_that_takes_its_process_along_is_blamed_and_the_rest_goes_on() -> None:
    driver = Driver(
        Suite({"a.py::x": "ok", "a.py::kill": "kill", "a.py::y": "ok", "b.py::x": "ok"}), [Batch("process", ())]
    )
    end = driver.play()
    assert driver.shown() == {
        "a.py::x": ["passed"],
        "a.py::kill": ["failed"],
        "a.py::y": ["passed"],
        "b.py::x": ["passed"],
    }
    assert driver.told_files() == {"a.py": ("a.py::x", "a.py::kill", "a.py::y"), "b.py": ("b.py::x",)}
    assert (end.passed, end.failed, end.exit_code, end.unfinished) == (3, 1, 1, ())


def test_only_what_was_asked_for_goes_on_after_a_crash() -> None:
    driver = Driver(Suite({"a.py::kill": "kill", "a.py::y": "ok", "a.py::not_asked": "ok"}), [
        Batch("process", ("a.py::kill", "a.py::y"), ("a.py",), whole=False)
    ])  # fmt: skip
    driver.play()
    assert driver.shown() == {"a.py::kill": ["failed"], "a.py::y": ["passed"]}
    assert driver.told_files() == {}


def test_a_file_that_takes_its_process_along_when_imported() -> None:
    driver = Driver(Suite({"a.py::x": "ok", "b.py::x": "ok"}, {"a.py": "kill"}), [
        Batch("process", ("a.py", "b.py"), ("a.py", "b.py"))
    ])  # fmt: skip
    end = driver.play()
    assert driver.shown() == {"a.py": ["error"], "b.py::x": ["passed"]}
    assert driver.told_files() == {"a.py": ("a.py",), "b.py": ("b.py::x",)}
    assert (end.errors, end.passed, end.selected) == (1, 1, 2)


def test_a_process_that_always_ends_before_the_first_test() -> None:
    batch = Batch("process", ("a.py",), ("a.py",))
    run, told = begun(batch)
    run.item_finished(batch, finished("a.py::TestBroken", "error"))
    run.collected(batch, collected("a.py::x"))
    run.lost(batch, "exit code 3")
    assert run.done
    assert ids(told) == ["a.py::TestBroken", "a.py"]


def test_an_item_that_hangs_fails_and_the_rest_runs_in_a_process() -> None:
    suite = Suite({"a.py::x": "ok", "a.py::hang": "hang", "a.py::y": "ok"})
    driver = Driver(suite, [Batch("interpreter", (), ())])
    driver.play()
    assert driver.shown() == {"a.py::x": ["passed"], "a.py::hang": ["failed"], "a.py::y": ["passed"]}
    assert driver.lanes.moved == {"a.py": "did not end within 60 s and was given up"}


def test_without_any_process_the_problem_is_told() -> None:
    batch = Batch("process", ())
    run, _ = begun(batch)
    run.fail_to_start(batch, "there is no pytest")
    end = run.finished(1.0)
    assert (end.problem, end.exit_code, end.unfinished) == ("there is no pytest", 4, (EVERYTHING,))


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
    assert end.passed == sum(outcome in {"passed", "xfailed", "xpassed"} for outcome in outcomes)
