"""How long items may run, by a clock of our own: each deadline once, and none after the spare is given up."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sparekit import Desk, Far, config, desk

from companion.messages import CancelRun, Interrupt, Lane, Message
from companion.workers.running.clock import GRACE, PATIENCE, ItemClock
from companion.workers.running.line import Line

LIMIT, START = 10.0, 30.0
LANES: list[Lane] = ["interpreter", "process"]


class Watched:
    """Lines under one clock, and what it found."""

    def __init__(self, desk: Desk, root: Path) -> None:
        self.desk = desk
        self.log: list[tuple[object, ...]] = []
        self.fars: list[Far] = []
        self.clock = ItemClock(
            desk.loop,
            config(root, item_timeout=LIMIT, start_timeout=START),
            hung=lambda line, item: self.log.append(("hung", line.spare, item)),
            stalled=lambda line, seconds: self.log.append(("stalled", line.spare, seconds)),
        )

    def line(self, lane: Lane = "process") -> Line:
        far = Far(len(self.fars) + 1, lane)
        self.fars.append(far)
        return Line(far.ready, self.desk.loop, lambda _line, _message: None)

    def abandoned(self, line: Line) -> None:
        self.log.append(("abandoned", line.spare))

    def told(self, line: Line) -> list[Message]:
        return self.fars[line.spare - 1].told()

    def advance(self, seconds: float) -> None:
        self.desk.loop.advance(seconds)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    with desk() as made:
        watched = Watched(made, tmp_path)
        yield watched
        for far in watched.fars:
            far.die()


def test_an_item_in_time_is_left_alone(watched: Watched) -> None:
    line = watched.line("interpreter")
    for _ in range(5):
        watched.clock.started(line, "a::x")
        watched.advance(LIMIT - 0.1)
        watched.clock.between(line)
        watched.advance(START - 0.1)
    watched.clock.stopped(line)
    watched.advance(1000.0)
    assert watched.log == []
    assert watched.told(line) == []


def test_an_item_in_an_interpreter_is_interrupted_and_then_given_up(watched: Watched) -> None:
    line = watched.line("interpreter")
    watched.clock.started(line, "a::x")
    watched.advance(LIMIT)
    assert watched.told(line) == [Interrupt("did not end within 10 s")]
    watched.advance(GRACE - 0.1)
    assert watched.log == []
    watched.advance(0.1)
    assert watched.log == [("hung", line.spare, "a::x")]
    watched.advance(1000.0)
    assert watched.log == [("hung", line.spare, "a::x")], "once"


def test_an_item_that_ends_when_interrupted_is_not_given_up(watched: Watched) -> None:
    line = watched.line("interpreter")
    watched.clock.started(line, "a::x")
    watched.advance(LIMIT)
    watched.clock.between(line)
    watched.clock.started(line, "a::y")
    watched.advance(LIMIT - 0.1)
    assert watched.log == []


def test_an_item_in_a_process_is_given_up_at_once(watched: Watched) -> None:
    line = watched.line("process")
    watched.clock.started(line, "a::x")
    watched.advance(LIMIT)
    assert watched.log == [("hung", line.spare, "a::x")]
    assert watched.told(line) == [], "it is killed, not asked"


@pytest.mark.parametrize("lane", LANES)
def test_nothing_happens_between_items(watched: Watched, lane: Lane) -> None:
    line = watched.line(lane)
    watched.clock.between(line)
    watched.advance(START - 0.1)
    assert watched.log == []
    watched.advance(0.1)
    assert watched.log == [("stalled", line.spare, START)]
    assert watched.told(line) == ([Interrupt("nothing happened for 30 s")] if lane == "interpreter" else [])


def test_sessions_may_take_as_long_to_begin_as_items_to_run(tmp_path: Path) -> None:
    with desk() as made:
        slow = Watched(made, tmp_path)
        slow.clock = ItemClock(
            made.loop,
            config(tmp_path, item_timeout=500.0, start_timeout=START),
            hung=lambda _line, _item: None,
            stalled=lambda line, seconds: slow.log.append(("stalled", line.spare, seconds)),
        )
        line = slow.line()
        slow.clock.between(line)
        slow.advance(499.0)
        assert slow.log == []
        slow.advance(1.0)
        assert slow.log == [("stalled", line.spare, 500.0)]
        slow.fars[0].die()


@pytest.mark.parametrize("lane", LANES)
def test_a_cancelled_item_gets_a_moment(watched: Watched, lane: Lane) -> None:
    line = watched.line(lane)
    watched.clock.started(line, "a::x")
    watched.clock.cancel(line, 4, watched.abandoned)
    assert watched.told(line) == [CancelRun(4)]
    watched.advance(PATIENCE - 0.01)
    assert watched.log == []
    watched.advance(0.01)
    assert watched.log == [("abandoned", line.spare)]
    assert watched.told(line) == ([Interrupt("cancelled")] if lane == "interpreter" else [])
    watched.advance(1000.0)
    assert watched.log == [("abandoned", line.spare)], "its own deadline no longer counts"


def test_to_cancel_again_gives_no_more_time(watched: Watched) -> None:
    line = watched.line()
    watched.clock.cancel(line, 4, watched.abandoned)
    for _ in range(3):
        watched.advance(PATIENCE / 4)
        watched.clock.cancel(line, 4, watched.abandoned)
    watched.advance(PATIENCE / 4)
    assert watched.log == [("abandoned", line.spare)]
    assert watched.told(line) == [CancelRun(4)]


def test_items_that_follow_do_not_save_a_cancelled_spare(watched: Watched) -> None:
    """It may not have heard yet that it is cancelled."""
    line = watched.line()
    watched.clock.cancel(line, 4, watched.abandoned)
    for item in range(5):
        watched.advance(PATIENCE / 10)
        watched.clock.started(line, f"a::{item}")
        watched.clock.between(line)
    watched.advance(PATIENCE / 2)
    assert watched.log == [("abandoned", line.spare)]


def test_a_spare_that_is_given_up_has_no_deadline(watched: Watched) -> None:
    line = watched.line()
    watched.clock.cancel(line, 4, watched.abandoned)
    watched.clock.stopped(line)
    watched.clock.stopped(line)
    watched.advance(1000.0)
    assert watched.log == []
    assert watched.desk.loop.pending == []


def test_a_cancelled_spare_whose_batch_is_complete_is_timed_again(watched: Watched) -> None:
    line = watched.line()
    watched.clock.cancel(line, 4, watched.abandoned)
    watched.clock.stopped(line)
    watched.clock.between(line)
    watched.advance(START)
    assert watched.log == [("stalled", line.spare, START)]


def test_spares_do_not_mix(watched: Watched) -> None:
    first, second = watched.line("interpreter"), watched.line("process")
    watched.clock.started(first, "a::x")
    watched.advance(LIMIT / 2)
    watched.clock.started(second, "b::x")
    watched.clock.cancel(first, 1, watched.abandoned)
    watched.advance(LIMIT / 2)
    assert watched.log == [("abandoned", first.spare)]
    watched.advance(LIMIT / 2)
    assert watched.log == [("abandoned", first.spare), ("hung", second.spare, "b::x")]


def test_many_items_leave_one_deadline(watched: Watched) -> None:
    line = watched.line()
    for number in range(100):
        watched.clock.started(line, f"a::{number}")
        watched.clock.between(line)
    assert watched.desk.loop.pending == [START]
