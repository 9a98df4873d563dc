"""The laws of closing (trio's), each side at each moment, for every kind of channel."""

from collections.abc import Callable, Iterator

import pytest
from runtime_kit import DEADLINE
from runtime_pairs import KINDS, Aside, Kind, Pair, pair_of

from companion.errors import BrokenResourceError, ClosedResourceError, CodecError, EndOfChannel
from companion.messages import Ping, Status, Stop


@pytest.fixture(params=KINDS)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    kind: Kind = request.param
    with pair_of(kind) as made:
        yield made


def test_the_sender_closes_an_empty_channel(pair: Pair) -> None:
    pair.send.close()
    for _ in range(2):
        with pytest.raises(EndOfChannel):
            pair.receive.receive_nowait()
        with pytest.raises(EndOfChannel):
            pair.receive.receive(DEADLINE)


def test_what_was_sent_before_closing_arrives(pair: Pair) -> None:
    for serial in range(3):
        pair.send.send(Ping(serial), DEADLINE)
    pair.send.close()
    assert [pair.receive.receive(DEADLINE) for _ in range(3)] == [Ping(0), Ping(1), Ping(2)]
    with pytest.raises(EndOfChannel):
        pair.receive.receive_nowait()


def test_the_sender_closes_a_full_channel_once_it_is_drained(pair: Pair) -> None:
    sent = pair.fill()

    def end() -> None:
        pair.send.drain(DEADLINE)
        pair.send.close()

    ending = Aside(end)
    assert [pair.receive.receive(DEADLINE) for _ in sent] == sent
    ending.result()
    with pytest.raises(EndOfChannel):
        pair.receive.receive(DEADLINE)


def test_the_sender_closes_while_the_receiver_waits(pair: Pair) -> None:
    reader = Aside(lambda: pair.receive.receive(DEADLINE))
    pair.send.close()
    with pytest.raises(EndOfChannel):
        reader.result()


def test_the_receiver_closes(pair: Pair) -> None:
    pair.send.send(Ping(1), DEADLINE)
    pair.receive.close()
    for _ in range(2):
        with pytest.raises(BrokenResourceError):
            pair.send.send_nowait(Stop())
        with pytest.raises(BrokenResourceError):
            pair.send.send(Stop(), DEADLINE)


def test_the_receiver_closes_a_full_channel(pair: Pair) -> None:
    pair.fill()
    pair.receive.close()
    for _ in range(2):
        with pytest.raises(BrokenResourceError):
            pair.send.drain(DEADLINE)
    with pytest.raises(BrokenResourceError):
        pair.send.send(Stop(), DEADLINE)


def test_the_receiver_closes_while_the_sender_waits(pair: Pair) -> None:
    pair.fill()
    writer = Aside(lambda: pair.send.send(Stop(), DEADLINE))
    pair.receive.close()
    with pytest.raises(BrokenResourceError):
        writer.result()


def test_a_closed_sender(pair: Pair) -> None:
    pair.send.close()
    calls: tuple[Callable[[], object], ...] = (
        lambda: pair.send.send(Stop(), DEADLINE),
        lambda: pair.send.send_nowait(Stop()),
        lambda: pair.send.drain(DEADLINE),
    )
    for call in calls:
        with pytest.raises(ClosedResourceError):
            call()


def test_a_closed_receiver(pair: Pair) -> None:
    pair.send.send(Ping(1), DEADLINE)
    pair.receive.close()
    calls: tuple[Callable[[], object], ...] = (
        lambda: pair.receive.receive(DEADLINE),
        pair.receive.receive_nowait,
        lambda: next(pair.receive.pending()),
    )
    for call in calls:
        with pytest.raises(ClosedResourceError):
            call()
    pair.receive.release(Ping(1))


def test_a_receiver_that_is_closed_by_what_it_receives(pair: Pair) -> None:
    for serial in range(2):
        pair.send.send(Ping(serial), DEADLINE)
    messages = pair.receive.pending()
    assert next(messages) == Ping(0)
    pair.receive.close()
    with pytest.raises(ClosedResourceError):
        next(messages)


@pytest.mark.parametrize("order", ["srsr", "rsrs", "ssrr", "rrss"])
def test_closing_twice_in_any_order(pair: Pair, order: str) -> None:
    for end in order:
        (pair.send if end == "s" else pair.receive).close()
    with pytest.raises(ClosedResourceError):
        pair.send.send_nowait(Stop())
    with pytest.raises(ClosedResourceError):
        pair.receive.receive_nowait()


def test_a_closed_sender_says_so_although_the_receiver_is_gone_too(pair: Pair) -> None:
    pair.receive.close()
    pair.send.close()
    with pytest.raises(ClosedResourceError):
        pair.send.send_nowait(Stop())


def test_a_message_that_cannot_be_sent_leaves_the_channel_usable(pair: Pair) -> None:
    for _ in range(10):
        with pytest.raises(CodecError):
            pair.send.send(Ping(2**64), DEADLINE)
        with pytest.raises(CodecError):
            pair.send.send_nowait(Status("s", "ok", object()))  # type: ignore[arg-type]  # on purpose
    pair.send.send(Ping(1), DEADLINE)
    assert pair.receive.receive(DEADLINE) == Ping(1)
