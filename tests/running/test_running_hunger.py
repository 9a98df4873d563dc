"""Memory that tests in interpreters take, with a clock and a measure of our own."""

from collections.abc import Generator
from pathlib import Path

import pytest
from sparekit import Desk, Far, config, desk

from companion.messages import EngineFull, Interrupt, Lane
from companion.workers.running.hunger import LOOK, Hunger
from companion.workers.running.line import Line
from companion.workers.running.run import Batch

MB = 1_000_000
REASON = "tests took more than 100 MB of the engine's memory"


class Table:
    """Lines at which somebody eats; ``taken`` is the engine's memory."""

    def __init__(self, desk: Desk, tmp_path: Path, most: int) -> None:
        self.desk = desk
        self.taken = 500 * MB
        self.told: list[tuple[int, str]] = []
        self.lines: list[tuple[Line, Far]] = []
        self.hunger = Hunger(
            desk, config(tmp_path, interpreter_memory=most), self.hungry, measure=lambda: self.taken
        )  # fmt: skip

    def hungry(self, line: Line, reason: str) -> None:
        self.told.append((line.spare, reason))

    def line(self, serial: int, lane: Lane = "interpreter", running: str = "") -> tuple[Line, Far]:
        far = Far(serial, lane)
        line = Line(far.ready, self.desk.loop, lambda _line, _message: None)
        self.lines.append((line, far))
        line.batch = Batch(lane, ())
        line.batch.current = running
        self.hunger.began(line)
        return line, far

    def takes(self, megabytes: int) -> None:
        self.taken = (500 + megabytes) * MB
        self.desk.loop.advance(LOOK)

    @property
    def full(self) -> bool:
        return bool(self.desk.take(EngineFull))


@pytest.fixture
def table(tmp_path: Path) -> Generator[Table]:
    with desk() as made:
        table = Table(made, tmp_path, 100)
        yield table
        for line, far in table.lines:
            line.close()
            far.die()


def test_nothing_is_looked_at_while_nothing_runs(table: Table) -> None:
    assert table.desk.loop.pending == []
    line, _ = table.line(1)
    table.takes(0)
    assert table.desk.loop.pending == [LOOK]
    table.hunger.ended(line)
    table.takes(1_000)
    assert table.desk.loop.pending == []
    assert (table.told, table.full) == ([], False)


def test_processes_have_their_own_memory(table: Table) -> None:
    table.line(1, "process")
    assert table.desk.loop.pending == []


def test_no_limit(tmp_path: Path) -> None:
    with desk() as made:
        Table(made, tmp_path, 0).line(1)
        assert made.loop.pending == []


def test_what_runs_is_told_to_end_once(table: Table) -> None:
    line, far = table.line(1, running="a.py::x")
    table.takes(99)
    assert table.told == []
    for _ in range(3):
        table.takes(101)
    assert table.told == [(line.spare, REASON)]
    assert far.told() == [Interrupt(REASON)]
    assert not table.full


def test_what_no_interrupt_stops_ends_the_engine(table: Table) -> None:
    table.line(1, running="a.py::x")
    table.takes(150)
    table.takes(201)
    assert table.full
    assert table.desk.loop.pending == [], "it is told once"


def test_a_file_that_is_imported_cannot_be_interrupted(table: Table) -> None:
    _, far = table.line(1)
    table.takes(150)
    assert (table.told, far.told(), table.full) == ([], [], False)
    table.takes(250)
    assert table.full


def test_each_of_several_moves(table: Table) -> None:
    table.line(1, running="a.py::x")
    table.line(2, running="b.py::x")
    table.takes(150)
    assert [spare for spare, _ in table.told] == [1, 2]


def test_what_earlier_sessions_left_does_not_count(table: Table) -> None:
    line, _ = table.line(1, running="a.py::x")
    table.takes(90)
    table.hunger.ended(line)
    table.line(2, running="b.py::x")
    table.takes(180)
    assert table.told == []
    table.takes(191)
    assert [spare for spare, _ in table.told] == [2]


def test_a_session_aside_from_the_run_is_interrupted_too(table: Table) -> None:
    """A trial: which item it is at, nobody knows."""
    line, far = table.line(1)
    line.batch = None
    table.takes(101)
    assert Interrupt(REASON) in far.told()
    table.takes(102)
    assert far.told() == [], "once"
