"""Doorbells of both kinds, and waiting with real timeouts."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator

import pytest
from runtime_kit import DEADLINE, nothing_left
from runtime_pairs import Aside

from companion.runtime.doorbell import Doorbell
from companion.runtime.fds import Deadline, Waiter

KINDS = (Doorbell.create, Doorbell.of_sockets, *((Doorbell.of_event,) if hasattr(os, "eventfd") else ()))


@pytest.fixture(params=KINDS)
def bell(request: pytest.FixtureRequest) -> Iterator[Doorbell]:
    make: Callable[[], Doorbell] = request.param
    with nothing_left():
        made = make()
        yield made
        made.close()


def test_silent_until_rung(bell: Doorbell) -> None:
    assert not bell.wait(0)
    bell.ring()
    assert bell.wait(0)
    assert bell.wait(0)


def test_rung_often_it_is_silent_after_one_look(bell: Doorbell) -> None:
    for _ in range(5000):
        bell.ring()
    bell.clear()
    assert not bell.wait(0)
    bell.clear()
    bell.ring()
    assert bell.wait(0)


def test_it_never_waits_to_ring(bell: Doorbell) -> None:
    """A socket's buffer is full after some thousands, and an eventfd's count after 2**64 - 2."""
    if bell.ends[0] == bell.ends[1]:
        os.eventfd_write(bell.fileno(), 2**64 - 2)
    for _ in range(300_000 if bell.ends[0] != bell.ends[1] else 3):
        bell.ring()
    assert bell.wait(0)
    bell.clear()
    assert not bell.wait(0)


def test_another_end_of_the_same_bell(bell: Doorbell) -> None:
    other = Doorbell(bell.ends)
    other.ring()
    assert bell.wait(0)
    bell.clear()
    assert not other.wait(0)


def test_it_wakes_a_waiting_thread(bell: Doorbell) -> None:
    for _ in range(50):
        listener = Aside(lambda: bell.wait(DEADLINE))
        bell.ring()
        assert listener.result()
        bell.clear()


def test_no_ring_is_lost(bell: Doorbell) -> None:
    """Look only after clearing: a ring between looking and waiting is heard then."""
    count = 3000
    box: list[int] = []

    def produce() -> None:
        for number in range(count):
            box.append(number)
            bell.ring()

    producer = Aside(produce)
    seen: list[int] = []
    while len(seen) < count:
        assert bell.wait(DEADLINE)
        bell.clear()
        seen += box[len(seen) :]
    producer.result()
    assert seen == list(range(count))


@pytest.mark.parametrize("timeout", [0.0, 0.0004, 0.05])
def test_timeouts_are_never_cut(bell: Doorbell, timeout: float) -> None:
    start = time.monotonic()
    assert not bell.wait(timeout)
    assert time.monotonic() - start >= timeout


@pytest.mark.parametrize("timeout", [-1.0, -1e300])
def test_a_timeout_in_the_past_is_none(bell: Doorbell, timeout: float) -> None:
    assert not bell.wait(timeout)


@pytest.mark.parametrize("timeout", [1e8, 1e300, float("inf")])
def test_timeouts_longer_than_the_system_knows(bell: Doorbell, timeout: float) -> None:
    bell.ring()
    assert bell.wait(timeout)


def test_writable() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    waiter = Waiter(writer, writable=True)
    assert waiter.wait(0)
    with contextlib.suppress(BlockingIOError):
        while os.write(writer, bytes(65536)):
            pass
    assert not waiter.wait(0)
    os.close(reader)
    assert waiter.wait(0), "the other side is gone: writing now tells so"
    os.close(writer)


def test_deadline() -> None:
    assert Deadline(None).left() is None
    left = Deadline(1000.0).left()
    assert left is not None
    assert 0 < left <= 1000
    for seconds in (0.0, -1.0):
        with pytest.raises(TimeoutError):
            Deadline(seconds).left()


def test_closing_gives_the_descriptors_back() -> None:
    for make in KINDS:
        bell = make()
        bell.close()
        for fd in bell.ends:
            with pytest.raises(OSError, match="descriptor"):
                os.fstat(fd)
