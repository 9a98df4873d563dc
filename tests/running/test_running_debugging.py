"""One item that is debugged beside the runs, as the runner meets it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from runnerkit import ITEM_TIMEOUT, START_TIMEOUT, Office
from sparekit import Far, desk

from companion.config import Config
from companion.messages import (
    Collected,
    DebugEnded,
    DebuggerListens,
    DebugItem,
    DebugItems,
    DebugListens,
    ItemFinished,
    ItemStarted,
    Outdated,
    Project,
    RunItems,
    SessionFinished,
    SpareLost,
    StopDebug,
    Warm,
)  # fmt: skip
from companion.workers.running.debugging import INTERNAL, Debugging

FILE = "test_a.py"
ITEM = f"{FILE}::test_x"
DONE = ItemFinished(0, ITEM, "failed", 9.0, "process", "assert 0", FILE, 1, (), "", ())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    (tmp_path / ".companion").mkdir()
    (tmp_path / FILE).write_text("def test_x(): assert 0\n")
    with desk() as made:
        office = Office(made, tmp_path)
        yield office
        office.close()


def debugged(office: Office, session: int = 1) -> Far:
    """The spare that was told to wait for a debugger's client."""
    looked(office, SessionFinished(0, 0, 0.1, (), (), (), ""), session)
    return waiting(office)


def looked(office: Office, end: SessionFinished, session: int = 1) -> None:
    """It was looked for, and this is what came of that."""
    office.hear(DebugItem(session, ITEM))
    office.give()
    for far in office.spares:
        far.told()
    (found,) = (far for far in office.spares if type(far.order) is RunItems and not far.gone)
    assert found.order is not None
    assert found.order.arguments == ("--collect-only", ITEM)
    found.say(end)
    office.loop.turn()
    office.give()


def waiting(office: Office) -> Far:
    for far in office.spares:
        far.told()
    (found,) = (far for far in office.spares if isinstance(far.order, DebugItems) and not far.gone)
    assert isinstance(found.order, DebugItems)
    assert (found.ready.lane, found.order.arguments) == ("process", (ITEM,))
    return found


def test_its_port_and_its_outcome_are_told_to_nobody_else(office: Office) -> None:
    far = debugged(office, 5)
    far.say(DebuggerListens("127.0.0.1", 5678))
    office.loop.turn()
    assert office.desk.take(DebugListens) == [DebugListens(5, "127.0.0.1", 5678)]
    far.say(Collected(0, (ITEM,), (), (), 0), ItemStarted(0, ITEM), DONE, SessionFinished(0, 1, 9.0, (), (), (), ""))
    office.loop.turn()
    assert office.desk.take(DebugEnded) == [DebugEnded(5, 1, (DONE,), "")]
    assert office.desk.take(ItemFinished) == []
    assert far.serial in office.desk.dropped()


@pytest.mark.parametrize(("exit_code", "problem"), [(4, "pytest: not found: /shop/test_a.py::test_x"), (5, "")])
def test_what_is_not_there_waits_for_nobody(office: Office, exit_code: int, problem: str) -> None:
    looked(office, SessionFinished(0, exit_code, 0.1, (), (), (), problem))
    (end,) = office.desk.take(DebugEnded)
    assert (end.exit_code, end.items) == (exit_code, ())
    assert end.problem == f"there is no test {ITEM}: companion test -- --collect-only lists all"


def test_what_cannot_be_imported_may_be_debugged(office: Office) -> None:
    looked(office, SessionFinished(0, 1, 0.1, (), (), (), ""))
    waiting(office)


def test_what_has_run_is_not_looked_for(office: Office) -> None:
    office.order(FILE)
    far = office.at_work("interpreter")
    office.begin(far, ITEM)
    office.finish(far, ITEM)
    office.over(far)
    assert office.end().passed == 1
    office.hear(DebugItem(1, ITEM))
    office.give()
    waiting(office)


def test_it_takes_its_time(office: Office) -> None:
    far = debugged(office)
    far.say(DebuggerListens("127.0.0.1", 1), Collected(0, (ITEM,), (), (), 0), ItemStarted(0, ITEM))
    office.loop.turn()
    office.loop.advance(100 * (ITEM_TIMEOUT + START_TIMEOUT))
    assert not far.gone


def test_runs_go_on_beside_it(office: Office) -> None:
    far = debugged(office)
    assert office.runs_in("interpreter", FILE)
    assert not far.gone


def test_a_second_one_takes_its_place(office: Office) -> None:
    first = debugged(office, 1)
    second = debugged(office, 2)
    assert first.gone
    assert first.serial in office.desk.dropped()
    second.say(DebuggerListens("127.0.0.1", 2))
    office.loop.turn()
    assert office.desk.take(DebugListens) == [DebugListens(2, "127.0.0.1", 2)]
    assert office.desk.take(DebugEnded) == []  # the engine has told it


def test_only_its_own_session_is_stopped(office: Office) -> None:
    far = debugged(office, 2)
    office.hear(StopDebug(1))
    assert not far.gone
    office.hear(StopDebug(2))
    assert far.gone
    office.hear(StopDebug(2))
    assert office.desk.take(DebugEnded) == []


def test_a_process_that_ends_is_told(office: Office) -> None:
    debugged(office).die()
    office.loop.turn()
    (end,) = office.desk.take(DebugEnded)
    assert (end.exit_code, end.problem) == (INTERNAL, "the process that was debugged ended before its test did")


def test_what_keeps_it_from_beginning_is_told(office: Office) -> None:
    far = debugged(office)
    far.say(SessionFinished(0, 4, 0.0, (), (), (), "it has no debugpy"))
    office.loop.turn()
    assert office.desk.take(DebugEnded) == [DebugEnded(1, 4, (), "it has no debugpy")]
    office.hear(DebugItem(2, ITEM))
    office.hear(SpareLost(0, "process", "no memory"))
    assert office.desk.take(DebugEnded) == [DebugEnded(2, INTERNAL, (), "no memory")]
    office.hear(DebugItem(3, ITEM))
    for cold in office.give(warm=False):
        cold.say(Warm(0.1, "", "pytest cannot be imported"))
    office.loop.turn()
    assert office.desk.take(DebugEnded) == [DebugEnded(3, INTERNAL, (), "pytest cannot be imported")]


def test_a_spare_that_is_out_of_date_is_replaced(office: Office) -> None:
    old = debugged(office)
    old.say(Outdated())
    office.loop.turn()
    office.give()
    assert waiting(office) is not old


def test_what_runs_far_away_is_refused(tmp_path: Path) -> None:
    project = Project(("ssh", "there", "python"), "3.14.0", ("process",), (), "")
    with desk() as made:
        pool: Any = None  # never asked for a spare
        debugging = Debugging(made, Config(root=str(tmp_path)), project, pool, print, known=lambda _: True)
        debugging.handle(DebugItem(3, ITEM))
        (end,) = made.take(DebugEnded)
    assert (end.request, end.exit_code) == (3, INTERNAL)
    assert end.problem.startswith("the tests run by ssh there python, where no debugger can be attached from here")
