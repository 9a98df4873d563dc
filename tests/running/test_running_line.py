"""The runner's side of a conversation: everything is heard, in order, once, and then its end."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sparekit import WARM, Desk, Far, desk

from companion.messages import CancelRun, Interrupt, ItemStarted, Lane, Message, Prepare, SpareReady
from companion.runtime.lent import lend
from companion.runtime.stream import stream_pair
from companion.workers.running.line import Line, LineEnded

LANES: list[Lane] = ["interpreter", "process"]


class Hearing:
    """A line, and what it has heard."""

    def __init__(self, desk: Desk, lane: Lane) -> None:
        self.far = Far(7, lane)
        self.heard: list[Message] = []
        self.loop = desk.loop
        self.then: Callable[[], None] = lambda: None
        self.line = Line(self.far.ready, desk.loop, self.hear)

    def hear(self, line: Line, message: Message) -> None:
        assert line is self.line
        self.heard.append(message)
        self.then()

    def end(self) -> None:
        self.line.close()
        self.far.die()


@pytest.fixture(params=LANES)
def hearing(request: pytest.FixtureRequest) -> Iterator[Hearing]:
    with desk() as made:
        hearing = Hearing(made, request.param)
        yield hearing
        hearing.end()


def started(number: int) -> ItemStarted:
    return ItemStarted(1, f"a.py::{number}")


def test_everything_is_heard_in_order(hearing: Hearing) -> None:
    said = [WARM, *map(started, range(50))]
    hearing.far.say(*said)
    hearing.loop.turn()
    assert hearing.heard == said


def test_the_spare_is_told_in_order(hearing: Hearing) -> None:
    told = [CancelRun(1), Interrupt("late"), CancelRun(2)]
    for message in told:
        hearing.line.send(message)
    assert hearing.far.told() == told


def test_the_end_is_heard_once_and_last(hearing: Hearing) -> None:
    hearing.far.say(WARM, started(1))
    hearing.far.die()
    hearing.loop.turn()
    hearing.loop.turn()
    assert hearing.heard[:2] == [WARM, started(1)]
    assert [type(message) for message in hearing.heard[2:]] == [LineEnded]


def test_a_spare_that_dies_before_it_says_anything(hearing: Hearing) -> None:
    hearing.line.send(Prepare("/", "process", (), (), 0, "", ""))
    hearing.far.die()
    hearing.loop.turn()
    assert [type(message) for message in hearing.heard] == [LineEnded]


def test_to_talk_to_a_spare_that_is_gone_is_no_error(hearing: Hearing) -> None:
    hearing.far.die()
    for _ in range(3):
        hearing.line.send(CancelRun(1))
    hearing.loop.turn()
    assert [type(message) for message in hearing.heard] == [LineEnded], "its end is heard where everything is"


def test_nothing_is_heard_once_it_is_closed(hearing: Hearing) -> None:
    hearing.far.say(WARM)
    hearing.line.close()
    hearing.line.close()
    hearing.loop.turn()
    assert hearing.heard == []
    assert hearing.far.gone


def test_what_is_heard_may_close_it(hearing: Hearing) -> None:
    """The rest of what has come already is not heard, nor its end."""
    hearing.then = hearing.line.close
    hearing.far.say(started(1), started(2))
    hearing.loop.turn()
    hearing.far.die()
    hearing.loop.turn()
    assert hearing.heard == [started(1)]


def test_its_end_may_close_it(hearing: Hearing) -> None:
    hearing.then = hearing.line.close
    hearing.far.die()
    hearing.loop.turn()
    assert [type(message) for message in hearing.heard] == [LineEnded]


def test_two_lines_do_not_mix() -> None:
    with desk() as made:
        first, second = Hearing(made, "interpreter"), Hearing(made, "process")
        second.far.say(started(2))
        first.far.die()
        made.loop.turn()
        second.far.say(started(3))
        made.loop.turn()
        assert [type(message) for message in first.heard] == [LineEnded]
        assert second.heard == [started(2), started(3)]
        first.end()
        second.end()


@pytest.mark.parametrize("noise", [b"\0", b"\xff" * 20, b"Traceback (most recent call last):\n" * 3])
def test_what_is_no_message_ends_it(noise: bytes) -> None:
    """A process may write anything to its descriptor before we have it."""
    near, far = stream_pair()
    heard: list[Message] = []
    with desk() as made:
        line = Line(SpareReady(1, "process", lend(near)), made.loop, lambda _line, m: heard.append(m))
        far.sendall(noise)
        far.close()
        made.loop.turn()
        assert [type(message) for message in heard] == [LineEnded]
        line.close()
    near.close()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not list them")
@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("first", ["line", "far"])
def test_no_descriptor_stays(lane: Lane, first: str) -> None:
    before = descriptors()
    with desk() as made:
        hearing = Hearing(made, lane)
        hearing.far.say(WARM)
        if first == "far":
            hearing.far.die()
            made.loop.turn()
        hearing.end()
        del hearing
    assert descriptors() == before


def descriptors() -> int:
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))
