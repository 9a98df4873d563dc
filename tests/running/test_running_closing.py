"""What pytest says at its session's end, which no item explains."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from runnerkit import Office
from sparekit import Far, desk

from companion.core import verdict
from companion.messages import ItemFinished, NeedsProcess, Outcome, RunTests, SessionFinished, Status

REFUSED = verdict.bad(1, "")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    for name in ("a.py", "b.py"):
        (tmp_path / name).touch()
    with desk() as host:
        made = Office(host, tmp_path)
        yield made
        made.close()


def said(office: Office) -> Status | None:
    return office.statuses().get(verdict.SOURCE)


def run_of(office: Office, *files: str, outcome: Outcome = "passed", pytest_args: tuple[str, ...] = ()) -> Far:
    """A run of these files, or of both; every item has ended, the session has not."""
    office.generation += 1
    office.hear(RunTests(office.generation, "paths" if files else "all", (), files, pytest_args))
    far = office.at_work("interpreter")
    items = [f"{file}::x" for file in files or ("a.py", "b.py")]
    office.begin(far, *items)
    for item in items:
        far.say(ItemFinished(office.generation, item, outcome, 0.1, "interpreter", "", "a.py", 1, (), "", ()))
    office.loop.turn()
    office.end()
    return far


def over(office: Office, far: Far, exit_code: int, problem: str = "") -> Status | None:
    far.say(SessionFinished(office.generation, exit_code, 0.1, (), (), (), problem))
    office.loop.turn()
    return said(office)


def test_it_is_told_until_a_session_ends_well(office: Office) -> None:
    far = run_of(office)
    assert said(office) == verdict.OPEN
    assert over(office, far, 3, "it broke") == verdict.bad(3, "it broke")
    assert over(office, run_of(office), 0) == verdict.GOOD


def test_red_items_explain_it(office: Office) -> None:
    assert over(office, run_of(office, outcome="failed"), 1) == verdict.GOOD


def test_a_part_of_the_suite_says_nothing_about_the_whole(office: Office) -> None:
    over(office, run_of(office), 1)
    assert over(office, run_of(office, "a.py"), 0) is None
    assert over(office, run_of(office, "a.py", "b.py"), 0) == verdict.GOOD
    assert over(office, run_of(office, "a.py"), 1) is None


def test_a_session_that_does_not_come_to_its_end(office: Office) -> None:
    far = run_of(office)
    far.die()
    office.loop.turn()
    status = said(office)
    assert verdict.exit_code(status) == 1


def test_what_an_interpreter_cannot_hold_at_the_end_is_not_told(office: Office) -> None:
    far = run_of(office)
    far.say(NeedsProcess(".", "it forks"))
    assert over(office, far, 3, "it broke") == verdict.GOOD


def test_it_belongs_to_the_arguments_of_its_run(office: Office) -> None:
    over(office, run_of(office), 1)
    far = run_of(office, pytest_args=("-x",))
    assert over(office, far, 0) == verdict.GOOD
    assert over(office, run_of(office, "a.py"), 0) == REFUSED


@pytest.mark.parametrize(("status", "code"), [(None, 0), (verdict.GOOD, 0), (verdict.OPEN, 0), (REFUSED, 1)])
def test_the_code_can_be_read_from_the_status(status: Status | None, code: int) -> None:
    assert verdict.exit_code(status) == code
