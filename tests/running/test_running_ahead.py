"""A session that was begun ahead and gives itself up as its order comes: the order is another spare's, and no red."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from runnerkit import Office
from sparekit import Far, desk

from companion.messages import FileChange, Foresee, Outdated, RunTests, SpareEnded

FILE = "test_a.py"
SOON = 0.2
"""Seconds after a run by which the next one has been begun."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    (tmp_path / ".companion").mkdir()
    (tmp_path / FILE).write_text("")
    with desk() as made:
        office = Office(made, tmp_path, "auto")
        yield office
        office.close()


def save(office: Office) -> None:
    office.generation += 1
    (office.root / FILE).write_text(f"x = {office.generation}\n")
    change = FileChange(FILE, "modified", "1", "2", (), None)
    office.hear(RunTests(office.generation, "changed", (change,), (), ()))


def run(office: Office, far: Far) -> None:
    """It is green."""
    office.begin(far, f"{FILE}::x")
    office.finish(far, f"{FILE}::x")
    office.over(far)
    end = office.end()
    assert (end.passed, end.failed, end.unfinished) == (1, 0, ())
    office.hear(SpareEnded(far.serial, ""))


def begun(office: Office) -> Far:
    """The spare that has begun with the next save's session."""
    save(office)  # the first run is of everything
    run(office, office.at_work("process"))
    save(office)
    run(office, office.at_work("process"))
    office.desk.loop.advance(SOON)
    office.give()
    for far in office.spares:
        far.told()
    (found,) = (far for far in office.spares if not far.gone and isinstance(far.order, Foresee))
    found.order = None
    return found


@pytest.mark.parametrize("how", ["dies", "stands back", "serves"])
def test_the_order_is_carried_out(office: Office, how: str) -> None:
    far = begun(office)
    save(office)
    assert office.at_work("process") is far
    if how == "dies":
        far.die()
        office.loop.turn()
        office.hear(SpareEnded(far.serial, "exit code 1"))
    elif how == "stands back":
        far.say(Outdated())
        office.loop.turn()
    if how != "serves":
        far.order = None
    other = office.at_work("process")
    assert (other is far) == (how == "serves")
    run(office, other)


def test_nothing_is_begun_because_of_a_run_that_another_one_followed(office: Office) -> None:
    """What comes next is not to be guessed from a run that was cut short."""
    for _ in range(2):
        save(office)
        run(office, office.at_work("process"))
    save(office)
    far = office.at_work("process")
    office.begin(far, f"{FILE}::x")
    assert office.cancel().cancelled
    office.desk.loop.advance(SOON)
    office.give()
    for other in office.spares:
        other.told()
    assert not any(isinstance(other.order, Foresee) for other in office.spares)
