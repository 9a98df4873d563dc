"""The loop of an agent: timers, in order."""

import time
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest

from companion.workers.loop import Loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


def test_timers_fire_in_order_of_their_time(loop: Loop) -> None:
    seen: list[str] = []
    for seconds, name in ((0.03, "c"), (0.01, "a"), (0.02, "b"), (-1.0, "past")):
        loop.call_later(seconds, lambda name=name: seen.append(name))  # type: ignore[misc]  # bound now
    loop.call_later(0.04, loop.stop)
    start = time.monotonic()
    loop.run()
    assert seen == ["past", "a", "b", "c"]
    assert time.monotonic() - start >= 0.04


def test_timers_of_one_moment_fire_in_the_order_they_were_set(loop: Loop) -> None:
    seen: list[int] = []

    def note(number: int) -> Callable[[], None]:
        return lambda: seen.append(number)

    timers = [loop.call_later(0.0, note(number)) for number in range(20)]
    for timer in timers:
        timer.when = timers[0].when
    loop.call_later(0.0, loop.stop)
    loop.run()
    assert seen == list(range(20))


def test_a_cancelled_timer_never_fires(loop: Loop) -> None:
    seen: list[str] = []
    first = loop.call_later(0.0, lambda: seen.append("first"))
    later = loop.call_later(0.01, lambda: seen.append("later"))
    loop.call_later(0.0, later.cancel)
    first.cancel()
    first.cancel()
    end = loop.call_later(0.02, loop.stop)
    loop.run()
    assert not seen
    end.cancel()


def test_cancelled_timers_do_not_keep_it_awake_or_full(loop: Loop) -> None:
    for _ in range(1000):
        loop.call_later(1000.0, lambda: None).cancel()
    loop.call_later(0.0, loop.stop)
    loop.run()
    assert cast("Any", loop)._patience() is None, "nothing is waited for"


def test_timers_that_set_timers_fire_all(loop: Loop) -> None:
    seen: list[int] = []

    def step(number: int) -> None:
        seen.append(number)
        loop.call_later(0.0, (lambda: step(number + 1)) if number < 50 else loop.stop)

    loop.call_later(0.0, lambda: step(0))
    loop.run()
    assert seen == list(range(51))


def test_it_can_run_again(loop: Loop) -> None:
    ended: list[int] = []
    for number in range(2):
        loop.call_later(0.0, loop.stop)
        loop.run()
        ended.append(number)
    assert ended == [0, 1]
