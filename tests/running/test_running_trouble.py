"""Spares that cannot start, die, hang, or do not end, as the runner meets them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from runnerkit import ITEM_TIMEOUT, START_TIMEOUT, Office
from sparekit import desk

from companion.messages import (
    EVERYTHING,
    CancelRun,
    FileFinished,
    ItemFinished,
    NeedSpare,
    SpareEnded,
    SpareLeftBehind,
    SpareLost,
    Status,
    Warm,
)  # fmt: skip
from companion.store.marker import Marker
from companion.workers.running.clock import GRACE, PATIENCE
from companion.workers.running.pool import MOST_LEFT

FILES = ("test_a.py", "test_b.py", "test_c.py", "test_d.py")
A, B, C, D = FILES


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    (tmp_path / ".companion").mkdir()
    for file in FILES:
        (tmp_path / file).write_text("def test_x(): pass\n")
    with desk() as made:
        office = Office(made, tmp_path)
        yield office
        office.close()


# --- that do not end --------------------------------------------------------------------------------------


def test_a_file_that_keeps_an_interpreter_runs_in_a_process_from_then_on(office: Office) -> None:
    serial = office.blocked(A)
    assert "lane:test_a.py" not in office.statuses(), "it may still end"
    office.hear(SpareLeftBehind(serial))
    told = office.statuses()["lane:test_a.py"]
    assert told == Status("lane:test_a.py", "ok", f"{A} runs in the process lane: {_reason(told)}")
    assert office.runs_in("process", A)
    assert office.runs_in("interpreter", B)


def test_one_that_ends_after_all_proves_nothing(office: Office) -> None:
    for _ in range(2 * MOST_LEFT):
        office.hear(SpareEnded(office.blocked(A), ""))
    assert set(office.statuses()) == {"session"}
    assert office.runs_in("interpreter", A)


def test_cancelled_again_and_again_one_file_keeps_two_interpreters(office: Office) -> None:
    """Whoever saves in quick succession need not wait until the first one counts as left behind."""
    serials = [office.blocked(A), office.blocked(A)]
    assert "lane:test_a.py" in office.statuses()
    assert office.runs_in("process", A)
    for serial in serials:
        office.hear(SpareLeftBehind(serial))
    assert office.statuses() == {}, "told once"
    assert office.runs_in("process", A)


def test_the_number_of_interpreters_that_are_left_behind_is_bounded(office: Office) -> None:
    assert MOST_LEFT == 3
    serials = [office.blocked(file) for file in FILES]
    for serial in serials[:-1]:
        office.hear(SpareLeftBehind(serial))
    assert "lane" not in office.statuses()
    office.give()
    waiting = [far for far in office.spares if far.ready.lane == "interpreter" and not far.gone]
    assert len(waiting) == 1
    office.hear(SpareLeftBehind(serials[-1]))
    told = office.statuses()["lane"]
    assert told.health == "warning"
    assert "4 interpreters" in told.message
    assert all(file in told.message for file in FILES)
    assert "restart companion" in told.message
    assert waiting[0].gone, "what waited there is not needed"
    for file in FILES:
        assert office.runs_in("process", file)
    assert office.runs_in("process", "test_other.py")
    assert {far.ready.lane for far in office.give()} <= {"process"}


def test_what_waits_for_an_interpreter_when_the_lane_is_given_up_runs_in_a_process(office: Office) -> None:
    serials = [office.blocked(file) for file in FILES]
    for serial in serials[:-1]:
        office.hear(SpareLeftBehind(serial))
    office.order("test_e.py")
    office.begin(office.at_work("interpreter"), "test_e.py::x")
    office.cancel()
    office.order("test_f.py")  # its spare was asked for, and has not come
    office.hear(SpareLeftBehind(serials[-1]))
    assert office.at_work("process").order is not None
    assert office.nobody_works("interpreter")


def test_one_that_ends_later_is_counted_off(office: Office) -> None:
    serials = [office.blocked(file) for file in FILES]
    for serial in serials[:-1]:
        office.hear(SpareLeftBehind(serial))
    office.hear(SpareEnded(serials[0], ""))
    office.hear(SpareLeftBehind(serials[-1]))
    assert "lane" not in office.statuses()
    assert office.runs_in("interpreter", "test_other.py")
    assert office.runs_in("process", A), "it took long enough"


def test_what_is_not_known_is_counted_all_the_same(office: Office) -> None:
    """Threads of tests that ended well may keep an interpreter too."""
    for serial in range(100, 100 + MOST_LEFT + 1):
        office.hear(SpareLeftBehind(serial))
    assert "not known" in office.statuses()["lane"].message
    assert office.runs_in("process", A)


def test_a_runner_that_is_started_anew_is_told_what_was_left(office: Office, tmp_path: Path) -> None:
    serial = office.blocked(A)
    Path(Marker(str(tmp_path)).entry(serial)).write_text(f"{B}\n{A}\n")
    with desk() as made:
        second = Office(made, tmp_path)
        second.hear(SpareLeftBehind(serial))
        assert second.runs_in("process", A)
        assert second.runs_in("interpreter", B)
        second.close()


def test_a_session_that_never_ends_after_its_last_item_is_thrown_away(office: Office) -> None:
    office.order(A)
    far = office.at_work("interpreter")
    office.begin(far, f"{A}::x")
    office.finish(far, f"{A}::x")
    assert office.end().passed == 1
    assert not far.gone, "what it imported is still to be heard"
    office.loop.advance(START_TIMEOUT)
    assert far.gone
    assert office.desk.dropped() == [far.serial]


# --- that are cancelled before they have begun ------------------------------------------------------------


def test_a_spare_that_is_becoming_warm_serves_the_next_run(office: Office) -> None:
    """However quickly saves follow each other."""
    (far,) = office.give(warm=False)
    for _ in range(5):
        office.order(A)
        office.hear(CancelRun(office.generation))
        end = office.end()
        assert (end.cancelled, end.unfinished) == (True, (A,))
        office.loop.advance(10 * PATIENCE)
    office.order(A)
    far.say(Warm(1.0, "9.0", ""))
    office.loop.turn()
    assert office.at_work("interpreter") is far
    assert office.desk.dropped() == []


# --- that cannot start, or die before they are warm -------------------------------------------------------


def dies(office: Office, serial: int, reason: str) -> None:
    """The spare is gone, and the host says how it ended once it has been asked to throw it away."""
    far = office.spares[serial - 1]
    far.die()
    office.loop.turn()
    assert serial in office.desk.dropped()
    office.hear(SpareEnded(serial, reason))


def in_processes(office: Office) -> None:
    """As where no interpreter can run these tests."""
    office.give(warm=False)
    office.order(A, B)
    far = office.spares[-1]
    far.say(Warm(0.1, "9.0", "fork not supported for isolated subinterpreters"))
    office.loop.turn()
    assert far.gone
    office.desk.dropped()


def test_how_a_process_ended_before_it_was_warm_is_told_and_no_file_is_blamed(office: Office) -> None:
    in_processes(office)
    (far,) = office.give(warm=False)
    dies(office, far.serial, "exit code 1: ModuleNotFoundError: No module named 'encodings'")
    end = office.end()
    assert "exit code 1: ModuleNotFoundError: No module named 'encodings'" in end.problem
    assert (end.exit_code, end.unfinished) == (4, (A, B))
    told = office.statuses()["runner"]
    assert (told.health, told.message) == ("error", end.problem)
    assert "set python in [tool.companion]" in end.problem
    assert not office.desk.take(ItemFinished) + office.desk.take(FileFinished)
    assert len(office.desk.take(NeedSpare)) <= 1, "and it is not tried for each file"


def test_once_a_spare_is_warm_again_that_is_told(office: Office) -> None:
    in_processes(office)
    (far,) = office.give(warm=False)
    dies(office, far.serial, "exit code 1")
    office.end()
    assert office.statuses()["runner"].health == "error"
    assert office.runs_in("process", A)
    assert office.statuses()["runner"].health == "ok"


def test_an_interpreter_that_ends_before_it_is_warm_moves_everything(office: Office) -> None:
    (far,) = office.give(warm=False)
    office.order(A)
    dies(office, far.serial, "AttributeError: no such thing here")
    process = office.at_work("process")
    office.begin(process, f"{A}::x")
    office.finish(process, f"{A}::x")
    assert office.end().passed == 1
    assert office.runs_in("process", B)


def test_the_host_may_be_late_or_silent(office: Office) -> None:
    in_processes(office)
    (far,) = office.give(warm=False)
    far.die()
    office.loop.turn()
    office.loop.advance(GRACE)
    assert "the sender closed the channel" in office.end().problem
    office.hear(SpareEnded(far.serial, "signal SIGKILL"))
    office.loop.advance(1000.0)


def test_a_process_that_never_becomes_warm_blames_no_file(office: Office) -> None:
    in_processes(office)
    (far,) = office.give(warm=False)
    office.loop.advance(START_TIMEOUT)
    assert far.gone
    end = office.end()
    assert f"nothing happened for {START_TIMEOUT:g} s" in end.problem
    assert end.unfinished == (A, B)
    assert not office.desk.take(ItemFinished)


def test_a_spare_that_could_not_be_started(office: Office) -> None:
    office.desk.take(NeedSpare)
    office.order(A)
    office.hear(SpareLost(0, "interpreter", "no more threads"))
    end = office.end()
    assert (end.problem, end.unfinished) == ("no more threads", (A,))
    assert office.statuses()["runner"] == Status("runner", "error", "no more threads")
    assert office.runs_in("interpreter", A), "it is tried again with the next run"


def test_a_spare_that_dies_while_it_waits_is_replaced_when_it_is_needed(office: Office) -> None:
    (far,) = office.give()
    dies(office, far.serial, "exit code 1")
    assert office.statuses() == {}
    assert office.runs_in("interpreter", A)


# --- that die or hang at work -----------------------------------------------------------------------------


def test_an_item_that_cannot_be_interrupted_fails_and_its_file_moves(office: Office) -> None:
    office.order(A)
    far = office.at_work("interpreter")
    office.begin(far, f"{A}::x", f"{A}::y")
    office.loop.advance(ITEM_TIMEOUT + GRACE)
    assert far.gone
    process = office.at_work("process")
    office.begin(process, f"{A}::y")
    office.finish(process, f"{A}::y")
    assert (office.end().passed, [m.outcome for m in office.desk.take(ItemFinished)]) == (1, ["failed", "passed"])
    assert office.runs_in("process", A)


@pytest.mark.parametrize("left", [True, False])
def test_what_the_host_says_of_a_spare_after_everything_is_over(office: Office, left: bool) -> None:
    serial = office.blocked(A)
    for _ in range(3):
        office.hear(SpareLeftBehind(serial) if left else SpareEnded(serial, ""))
    office.hear(SpareEnded(serial, "at last"))
    office.hear(SpareEnded(serial, "at last"))
    assert office.runs_in("interpreter", B)


def test_a_cancelled_run_whose_spare_died_ends(office: Office) -> None:
    office.order()
    far = office.at_work("interpreter")
    office.begin(far, f"{A}::x")
    far.die()
    office.loop.turn()
    office.hear(CancelRun(office.generation))
    office.loop.advance(GRACE)
    end = office.end()
    assert end.cancelled
    assert set(end.unfinished) <= {A, EVERYTHING}


def _reason(status: Status) -> str:
    return status.message.partition(": ")[2]
