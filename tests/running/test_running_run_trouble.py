"""One run, by hand: conftests that break, processes that die, tests that hang."""

import pytest
from runkit import Driver, Suite, begun, collected, finished, ids, session

from companion.messages import EVERYTHING, FileFinished, ItemFinished, NeedsProcess
from companion.workers.running.run import Batch


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


@pytest.mark.parametrize("exit_code", [2, 7])
def test_a_session_that_a_test_ends_owes_the_rest(exit_code: int) -> None:
    batch = Batch("process", ("a.py", "b.py"), ("a.py", "b.py"))
    run, _ = begun(batch)
    run.collected(batch, collected("a.py::x", "a.py::y", "b.py::x"))
    run.item_finished(batch, finished("a.py::x", "passed"))
    run.session_finished(batch, session(exit_code))
    end = run.finished(1.0)
    assert (end.unfinished, end.exit_code, end.cancelled) == (("a.py", "b.py"), exit_code, False)


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
    (killed,) = (item for item in driver.told if isinstance(item, ItemFinished) and item.outcome == "failed")
    assert (killed.path, killed.line) == ("lib/a.py", 6), "where it is defined"
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


def test_a_file_that_takes_its_process_along_when_everything_is_imported() -> None:
    batch = Batch("process", ("--strict",), known=("a.py", "b.py"))
    run, told = begun(batch)
    batch.importing = "b.py"
    run.lost(batch, "signal SIGSEGV")
    assert ids(told) == []
    (rest,) = run.queue
    assert (rest.arguments, rest.files, rest.known) == (("--strict",), (), ("a.py",))
    assert rest.left_out == ("b.py",)
    run.started(rest)
    run.collected(rest, collected("a.py::x"))
    run.item_finished(rest, finished("a.py::x", "passed"))
    run.session_finished(rest, session())
    assert ids(told) == ["b.py", "a.py::x"]
    end = run.finished(1.0)
    assert (end.errors, end.passed, end.unfinished, end.problem) == (1, 1, (), "")


def test_what_is_imported_after_the_last_test_file_blames_none() -> None:
    batch = Batch("process", ())
    run, _ = begun(batch)
    batch.importing = ""
    run.lost(batch, "exit code 1")
    assert "before it had collected anything" in run.finished(1.0).problem


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
    assert driver.lanes.reason("a.py") == "did not end within 60 s and was given up"


def test_an_item_that_hangs_in_a_file_that_has_moved_runs_again() -> None:
    suite = Suite({"a.py::fork": "fork", "a.py::hang": "hang"})
    driver = Driver(suite, [Batch("interpreter", (), ())])
    driver.start()
    first = driver.run.active[0]
    while first in driver.run.active:
        driver.advance(first)
    assert [(batch.lane, batch.files, batch.deselect) for batch in driver.run.queue] == [("process", ("a.py",), ())]
    assert driver.shown() == {}


def test_without_any_process_the_problem_is_told() -> None:
    batch = Batch("process", ())
    run, _ = begun(batch)
    run.fail_to_start(batch, "there is no pytest")
    end = run.finished(1.0)
    assert (end.problem, end.exit_code, end.unfinished) == ("there is no pytest", 4, (EVERYTHING,))


def test_items_that_only_the_abandoned_session_collected_are_not_selected() -> None:
    """Their ids hold the time, say."""
    first = Batch("interpreter", ())
    run, told = begun(first)
    run.collected(first, collected("a.py::at[12:00]", "a.py::x"))
    run.needs_process(first, NeedsProcess(".", "an extension"))
    run.session_finished(first, session())
    (second,) = run.queue
    run.started(second)
    run.collected(second, collected("a.py::at[12:01]", "a.py::x"))
    for node_id in second.collected or ():
        run.item_finished(second, finished(node_id, "passed"))
    run.complete(second)
    end = run.finished(1.0)
    assert (end.selected, end.passed) == (2, 2)
    assert ids(told) == ["a.py::at[12:01]", "a.py::x"]


@pytest.mark.parametrize("refused_for", ["a.py", "."])
def test_an_item_that_hangs_where_its_file_cannot_stay_is_not_blamed(refused_for: str) -> None:
    """Refused a thread, it may wait for one for ever; the process lane tells."""
    batch = Batch("interpreter", ())
    run, told = begun(batch)
    run.collected(batch, collected("a.py::x", "b.py::x"))
    run.needs_process(batch, NeedsProcess(refused_for, "daemon threads are disabled"))
    batch.current = "a.py::x"
    run.hung(batch, 60.0)
    assert ids(told) == []
    (rest,) = run.queue
    assert (rest.lane, rest.files, rest.deselect) == ("process", ("a.py", "b.py"), ())
