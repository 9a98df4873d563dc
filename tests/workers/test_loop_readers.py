"""The loop of an agent: readers that come and go, and exceptions that reach whoever runs it."""

import os
from collections.abc import Iterator

import pytest

from companion.runtime.doorbell import Doorbell
from companion.workers.loop import Loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


class Bells:
    """Doorbells that are closed at the end."""

    def __init__(self) -> None:
        self.made: list[Doorbell] = []

    def __call__(self, *, rung: bool = True) -> Doorbell:
        self.made.append(Doorbell.create())
        if rung:
            self.made[-1].ring()
        return self.made[-1]


@pytest.fixture
def bells() -> Iterator[Bells]:
    made = Bells()
    yield made
    for bell in made.made:
        bell.close()


def test_a_reader_is_called_as_long_as_there_is_something(loop: Loop, bells: Bells) -> None:
    bell, seen = bells(), [0]

    def read() -> None:
        seen[0] += 1
        if seen[0] == 3:
            bell.clear()
            loop.call_later(0.0, loop.stop)

    loop.add_reader(bell.fileno(), read)
    loop.run()
    assert seen == [3]


def test_a_reader_that_another_removes_is_not_called(loop: Loop, bells: Bells) -> None:
    """Both are readable in one round; whichever is called first removes the other."""
    pair = [bells(), bells()]
    called: list[int] = []

    def read(number: int) -> None:
        called.append(number)
        pair[number].clear()
        loop.remove_reader(pair[1 - number].fileno())
        loop.call_later(0.0, loop.stop)

    loop.add_reader(pair[0].fileno(), lambda: read(0))
    loop.add_reader(pair[1].fileno(), lambda: read(1))
    loop.run()
    assert len(called) == 1


def test_a_reader_that_takes_anothers_number_is_not_called_for_it(loop: Loop, bells: Bells) -> None:
    """A descriptor is closed, and its number is at once that of a new one, which has nothing to say."""
    pair = [bells(), bells()]
    silent = bells(rung=False)
    called: list[str] = []

    def read(number: int) -> None:
        called.append("rung")
        pair[number].clear()
        other = pair[1 - number].fileno()
        loop.remove_reader(other)
        os.dup2(silent.fileno(), other)
        loop.add_reader(other, lambda: called.append("silent"))
        loop.call_later(0.0, loop.stop)

    loop.add_reader(pair[0].fileno(), lambda: read(0))
    loop.add_reader(pair[1].fileno(), lambda: read(1))
    loop.run()
    assert called == ["rung"]


def test_a_reader_removes_itself(loop: Loop, bells: Bells) -> None:
    bell, called = bells(), [0]

    def stop_later() -> None:
        loop.call_later(0.0, loop.stop)

    def read() -> None:
        called[0] += 1
        loop.remove_reader(bell.fileno())
        loop.call_later(0.0, stop_later)

    loop.add_reader(bell.fileno(), read)
    loop.run()
    assert called == [1]


def test_a_callback_adds_a_reader(loop: Loop, bells: Bells) -> None:
    bell = bells()
    loop.call_later(0.0, lambda: loop.add_reader(bell.fileno(), loop.stop))
    loop.run()


def test_after_stop_nothing_more_is_called(loop: Loop, bells: Bells) -> None:
    """Neither the other readers of the round, nor timers that are due."""
    called: list[str] = []

    def end() -> None:
        called.append("end")
        loop.stop()

    loop.call_later(0.0, lambda: called.append("timer"))
    for _ in range(5):
        loop.add_reader(bells().fileno(), end)
    loop.run()
    assert called == ["end"]


def test_a_timer_that_sets_itself_again_leaves_readers_their_turn(loop: Loop, bells: Bells) -> None:
    """How an agent does long work in pieces: messages must get in between."""
    turns, bell = 0, bells(rung=False)

    def again() -> None:
        nonlocal turns
        turns += 1
        assert turns < 100, "the reader starves"
        bell.ring()
        loop.call_later(0.0, again)

    loop.call_later(0.0, again)
    loop.add_reader(bell.fileno(), loop.stop)
    loop.run()
    assert turns == 1


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, SystemExit])
def test_exceptions_reach_whoever_runs_it(loop: Loop, bells: Bells, kind: type[BaseException]) -> None:
    def fail() -> None:
        raise kind("on purpose")

    loop.call_later(0.0, fail)
    with pytest.raises(kind, match="on purpose"):
        loop.run()
    loop.add_reader(bells().fileno(), fail)
    with pytest.raises(kind, match="on purpose"):
        loop.run()


def test_closing_leaves_the_descriptors_to_their_owners(bells: Bells) -> None:
    loop, bell = Loop(), bells()
    loop.add_reader(bell.fileno(), loop.stop)
    loop.call_later(1000.0, loop.stop)
    loop.close()
    assert bell.wait(0)
