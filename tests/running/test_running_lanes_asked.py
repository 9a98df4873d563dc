"""Where test files would run now: asked of the runner at any time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from runnerkit import Office
from sparekit import desk

from companion.messages import LaneRow, Lanes, RequestLanes

FILE = "test_a.py"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    (tmp_path / ".companion").mkdir()
    (tmp_path / FILE).write_text("def test_x(): pass\n")
    with desk() as made:
        office = Office(made, tmp_path)
        yield office
        office.close()


def rows(office: Office) -> tuple[LaneRow, ...]:
    office.hear(RequestLanes())
    (lanes,) = office.desk.take(Lanes)
    return lanes.rows


def test_it_is_told_before_anything_has_run(office: Office) -> None:
    assert [(row.files, row.example) for row in rows(office)] == [(1, FILE)]


def test_it_is_told_while_a_run_goes_on(office: Office) -> None:
    before = rows(office)
    office.order(FILE)
    office.begin(office.at_work("interpreter"), f"{FILE}::x")
    assert rows(office) == before


def test_it_is_told_right_after_an_edit(office: Office, tmp_path: Path) -> None:
    assert office.runs_in("interpreter", FILE)
    (tmp_path / FILE).write_text("def test_x(): assert 1\n")
    assert [(row.files, row.example) for row in rows(office)] == [(1, FILE)]
