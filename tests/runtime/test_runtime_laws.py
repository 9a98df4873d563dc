"""The laws of a channel that is open, for every kind of channel."""

import time
from collections.abc import Callable, Iterator

import pytest
from runtime_kit import DEADLINE
from runtime_pairs import KINDS, Aside, Kind, Pair, pair_of

from companion.errors import EndOfChannel, WouldBlock
from companion.messages import Ping, Stop
from companion.runtime.fds import Waiter

SHORT = 0.05
"""Seconds; a timeout that is cut to whole seconds is none."""


@pytest.fixture(params=KINDS)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    kind: Kind = request.param
    with pair_of(kind) as made:
        yield made


def ring(pair: Pair) -> bool:
    """Whether an event loop would be woken now."""
    return Waiter(pair.receive.fileno()).wait(0)


def test_first_in_first_out(pair: Pair) -> None:
    for serial in range(3):
        pair.send.send(Ping(serial), DEADLINE)
    assert [pair.receive.receive(DEADLINE) for _ in range(3)] == [Ping(0), Ping(1), Ping(2)]


def test_empty(pair: Pair) -> None:
    with pytest.raises(WouldBlock):
        pair.receive.receive_nowait()
    assert not list(pair.receive.pending())
    assert not ring(pair)


def test_bounded(pair: Pair) -> None:
    sent = pair.fill()
    with pytest.raises(WouldBlock):
        pair.send.send_nowait(Stop())
    assert pair.take(len(sent)) == sent
    pair.send.send_nowait(Stop())
    assert pair.take(1) == [Stop()]


def test_refilled_as_it_empties(pair: Pair) -> None:
    sent = pair.fill()
    for _ in range(20):
        assert pair.take(len(sent)) == sent
        assert pair.fill() == sent


@pytest.mark.parametrize("timeout", [0.0, SHORT])
def test_timeouts(pair: Pair, timeout: float) -> None:
    def timed(call: Callable[[], object]) -> None:
        start = time.monotonic()
        with pytest.raises(TimeoutError):
            call()
        assert time.monotonic() - start >= timeout

    timed(lambda: pair.receive.receive(timeout))
    sent = pair.fill()
    timed(lambda: pair.send.send(Stop(), timeout))
    timed(lambda: pair.send.drain(timeout))
    assert pair.take(len(sent)) == sent
    with pytest.raises(WouldBlock):
        pair.receive.receive_nowait()  # what timed out was not sent


@pytest.mark.parametrize("timeout", [1e9, float("inf"), None])
def test_long_timeouts(pair: Pair, timeout: float | None) -> None:
    reader = Aside(lambda: pair.receive.receive(timeout))
    pair.send.send(Ping(1), timeout)
    assert reader.result() == Ping(1)
    pair.send.drain(timeout)


def test_a_waiting_receiver_is_woken(pair: Pair) -> None:
    for serial in range(50):
        reader = Aside(lambda: pair.receive.receive(DEADLINE))
        pair.send.send(Ping(serial), DEADLINE)
        assert reader.result() == Ping(serial)


def test_a_waiting_sender_is_woken(pair: Pair) -> None:
    for _ in range(10):
        sent = pair.fill()
        writer = Aside(lambda: pair.send.send(Stop(), DEADLINE))
        assert [pair.receive.receive(DEADLINE) for _ in range(len(sent) + 1)] == [*sent, Stop()]
        writer.result()


def test_drain_waits_for_the_reader(pair: Pair) -> None:
    sent = pair.fill()
    drain = Aside(lambda: pair.send.drain(DEADLINE))
    assert [pair.receive.receive(DEADLINE) for _ in sent] == sent
    drain.result()


def test_many_through_a_small_channel(pair: Pair) -> None:
    count = 2000

    def write() -> None:
        for serial in range(count):
            pair.send.send(Ping(serial), DEADLINE)
        pair.send.close()

    writer = Aside(write)
    assert [pair.receive.receive(DEADLINE) for _ in range(count)] == [Ping(serial) for serial in range(count)]
    writer.result()
    with pytest.raises(EndOfChannel):
        pair.receive.receive(DEADLINE)


def test_pending_yields_what_is_there(pair: Pair) -> None:
    for serial in range(3):
        pair.send.send(Ping(serial), DEADLINE)
    assert ring(pair)
    assert list(pair.receive.pending()) == [Ping(0), Ping(1), Ping(2)]
    assert not ring(pair)
    pair.send.send(Ping(3), DEADLINE)
    assert ring(pair)
    assert list(pair.receive.pending()) == [Ping(3)]


def test_pending_wakes_again_for_the_rest(pair: Pair) -> None:
    sent = pair.fill()
    seen: list[object] = []
    while len(seen) < len(sent):
        pair.nudge()
        assert ring(pair)
        seen += pair.receive.pending(1)
    assert seen == sent


def test_pending_is_bounded(pair: Pair) -> None:
    """A flood does not hold up the reader's loop."""

    def write() -> None:
        for serial in range(5000):
            pair.send.send(Ping(serial), DEADLINE)

    writer = Aside(write)
    batches: list[int] = []
    while sum(batches) < 5000:
        assert Waiter(pair.receive.fileno()).wait(DEADLINE)
        batches.append(len(list(pair.receive.pending(8))))
    writer.result()
    assert max(batches) <= 8


def test_pending_that_is_not_asked_to_its_end(pair: Pair) -> None:
    for serial in range(4):
        pair.send.send(Ping(serial), DEADLINE)
    for serial in range(3):
        messages = pair.receive.pending()
        assert next(messages) == Ping(serial)
        messages.close()
        assert ring(pair), "the rest wakes"
    assert list(pair.receive.pending()) == [Ping(3)]


def test_pending_tells_the_end_each_time(pair: Pair) -> None:
    pair.send.send(Ping(1), DEADLINE)
    pair.send.close()
    seen: list[object] = []
    for _ in range(3):
        assert ring(pair)
        with pytest.raises(EndOfChannel):
            seen.extend(iter(pair.receive.pending()))
    assert not seen or seen == [Ping(1)]
