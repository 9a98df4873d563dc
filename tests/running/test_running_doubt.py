"""A red that passes when it is run again may come from how the run was divided: then it is run in one session."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from runnerkit import Office
from sparekit import Far, desk

from companion.messages import ItemFinished, Outcome, Release

FILES = ("test_a.py", "test_b.py")
SLOW = 1_000_000
"""Bytes of a file that is worth a spare of its own."""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    for name in FILES:
        (tmp_path / name).write_text("#" * SLOW)
    with desk() as host:
        made = Office(host, tmp_path, lane="auto")
        yield made
        made.close()


def at_work(office: Office) -> list[Far]:
    office.give()
    return [far for far in office.spares if office.works(far) and not far.gone]


def ends(office: Office, far: Far, *items: str, outcome: Outcome = "passed") -> None:
    office.begin(far, *items)
    for item in items:
        where = item.partition("::")[0]
        far.say(ItemFinished(office.generation, item, outcome, 1.0, "process", "", where, 1, (), "long", ()))
    office.over(far)


def test_what_only_a_divided_run_shows_is_run_as_plain_pytest_would(office: Office) -> None:
    office.order()
    first, second = at_work(office)
    ends(office, first, "test_a.py::x", outcome="failed")
    ends(office, second, "test_b.py::x")
    for arguments in (("test_a.py::x",), ("test_a.py",)):
        (probe,) = at_work(office)
        assert probe.order is not None
        assert probe.order.arguments == arguments
        ends(office, probe, "test_a.py::x")
    (plain,) = at_work(office)
    assert plain.order is not None
    assert (plain.order.arguments, plain.order.left_out, plain.order.only) == ((), (), ())
    office.begin(plain, "test_a.py::x", "test_b.py::x")
    office.give()
    assert not any(isinstance(message, Release) for message in plain.told()), "nothing is taken from it"
    said: list[tuple[str, Outcome]] = [("test_a.py::x", "passed"), ("test_b.py::x", "failed")]
    for item, outcome in said:
        where = item.partition("::")[0]
        plain.say(ItemFinished(office.generation, item, outcome, 1.0, "process", "", where, 1, (), "long", ()))
    office.over(plain)
    end = office.end()
    assert (end.passed, end.failed, end.exit_code) == (1, 1, 1), "its word counts"


def test_who_stops_a_run_while_reds_are_looked_at_again_gets_no_further_one(office: Office) -> None:
    """One of two was no red in truth already, which would have everything run once more."""
    office.order()
    first, second = at_work(office)
    ends(office, first, "test_a.py::x", outcome="failed")
    ends(office, second, "test_b.py::x", outcome="failed")
    for _ in range(2):  # alone, and with its file
        probe = at_work(office)[0]
        assert probe.order is not None
        assert probe.order.arguments[0].startswith("test_a.py")
        ends(office, probe, "test_a.py::x")
    (probe,) = at_work(office)
    assert probe.order is not None
    assert probe.order.arguments == ("test_b.py::x",)
    office.cancel()
    assert at_work(office) == []


def test_a_spare_that_somebody_ends_while_it_waits_is_replaced(office: Office) -> None:
    office.order()
    for far, item in zip(at_work(office), ("test_a.py::x", "test_b.py::x"), strict=True):
        ends(office, far, item)
    office.end()
    office.give()
    (waiting,) = (far for far in office.spares if not far.gone and far.order is None)
    waiting.die()
    office.loop.turn()
    (fresh,) = office.give()
    assert fresh.ready.lane == waiting.ready.lane
