"""Outboxes: in order, without ever waiting, up to a bound."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Literal

import pytest
from runtime_kit import nothing_left
from runtime_pairs import Pair, pair_of

from companion.errors import BrokenResourceError, ClosedResourceError, CodecError, EndOfChannel
from companion.messages import Message, OpenDocument, Ping, Stop
from companion.runtime.channel import InterpreterSendChannel
from companion.runtime.outbox import InterpreterOutbox, Outbox, StreamOutbox
from companion.runtime.stream import StreamSendChannel

BOUND = 2000
"""Messages that may wait; more than any channel itself holds here."""
type Play = Callable[[Outbox, Pair], Coroutine[Any, Any, None]]


@pytest.fixture(params=["eventfd", "stream"])
def kind(request: pytest.FixtureRequest) -> Literal["eventfd", "stream"]:
    chosen: Literal["eventfd", "stream"] = request.param
    return chosen


def played(kind: Literal["eventfd", "stream"], play: Play) -> None:
    """In a loop of its own; what its exception handler hears of fails the test."""
    problems: list[dict[str, Any]] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: problems.append(context))
        with pair_of(kind) as pair:
            if isinstance(pair.send, StreamSendChannel):
                outbox: Outbox = StreamOutbox(pair.send, BOUND)
            else:
                assert isinstance(pair.send, InterpreterSendChannel)
                outbox = InterpreterOutbox(pair.send, BOUND)
            await play(outbox, pair)
            outbox.close()
            outbox.close()

    with nothing_left():
        asyncio.run(run())
    assert not problems


async def read(pair: Pair, count: int) -> list[Message]:
    """So many messages, slowly: at most three in each round of the loop."""
    seen: list[Message] = []
    while len(seen) < count:
        await asyncio.sleep(0)
        seen += pair.receive.pending(min(3, count - len(seen)))
    return seen


def is_idle(pair: Pair) -> bool:
    """Whether the loop has nothing of this channel to look after."""
    loop = asyncio.get_running_loop()
    if isinstance(pair.send, StreamSendChannel):
        return not loop.remove_writer(pair.send.fileno())
    assert isinstance(pair.send, InterpreterSendChannel)
    return not loop.remove_reader(pair.send.room_fileno())


def test_order_is_kept_for_a_slow_reader(kind: Literal["eventfd", "stream"]) -> None:
    async def play(outbox: Outbox, pair: Pair) -> None:
        for serial in range(1000):
            outbox.put(Ping(serial))
        seen = await read(pair, 500)
        for serial in range(1000, 1500):
            outbox.put(Ping(serial))
        seen += await read(pair, 1000)
        assert seen == [Ping(serial) for serial in range(1500)]
        await asyncio.sleep(0)
        assert is_idle(pair)

    played(kind, play)


def test_a_message_of_many_pieces_arrives_between_others(kind: Literal["eventfd", "stream"]) -> None:
    async def play(outbox: Outbox, pair: Pair) -> None:
        large = OpenDocument("p", 1, bytes(1_000_000))
        outbox.put(Ping(1))
        outbox.put(large)
        outbox.put(Ping(2))
        seen: list[Message] = []
        while len(seen) < 3:
            await asyncio.sleep(0)
            for message in pair.receive.pending():
                seen.append(message)
                assert not isinstance(message, OpenDocument) or bytes(message.data) == large.data
        assert [type(message) for message in seen] == [Ping, OpenDocument, Ping]

    played(kind, play)


def test_a_reader_that_is_too_far_behind(kind: Literal["eventfd", "stream"]) -> None:
    async def play(outbox: Outbox, _pair: Pair) -> None:
        with pytest.raises(BrokenResourceError, match="behind"):  # noqa: PT012 - one of these is too many
            for serial in range(2 * BOUND):
                outbox.put(Ping(serial))

    played(kind, play)


def test_a_reader_that_is_gone(kind: Literal["eventfd", "stream"]) -> None:
    """Its end is heard of where it is read: here what is put is dropped."""

    async def play(outbox: Outbox, pair: Pair) -> None:
        pair.receive.close()
        for serial in range(3):
            outbox.put(Ping(serial))
        await asyncio.sleep(0)
        assert is_idle(pair)

    played(kind, play)


def test_a_reader_that_goes_while_something_waits(kind: Literal["eventfd", "stream"]) -> None:
    async def play(outbox: Outbox, pair: Pair) -> None:
        for serial in range(1000):
            outbox.put(Ping(serial))
        await read(pair, 10)
        pair.receive.close()
        for _ in range(3):
            await asyncio.sleep(0)
        outbox.put(Stop())
        assert is_idle(pair), "else it would be woken for ever"

    played(kind, play)


def test_what_is_no_message_is_its_senders_mistake(kind: Literal["eventfd", "stream"]) -> None:
    """And nobody else's: what waits before and after it arrives."""

    async def play(outbox: Outbox, pair: Pair) -> None:
        with pytest.raises(CodecError):
            outbox.put(Ping(2**64))
        for serial in range(1000):
            outbox.put(Ping(serial))
            if serial % 100 == 0:
                with pytest.raises(CodecError):
                    outbox.put(Ping(2**64))
        assert await read(pair, 1000) == [Ping(serial) for serial in range(1000)]

    played(kind, play)


def test_closing_forgets_what_waits(kind: Literal["eventfd", "stream"]) -> None:
    async def play(outbox: Outbox, pair: Pair) -> None:
        for serial in range(1000):
            outbox.put(Ping(serial))
        await asyncio.sleep(0)
        outbox.close()
        seen: list[Message] = []
        with pytest.raises((EndOfChannel, BrokenResourceError)):  # noqa: PT012 - after some messages
            while True:
                seen += pair.receive.pending()
        assert seen == [Ping(serial) for serial in range(len(seen))]
        assert len(seen) < 1000
        with pytest.raises(ClosedResourceError):
            outbox.put(Stop())

    played(kind, play)


def test_closing_when_nothing_waits_loses_nothing(kind: Literal["eventfd", "stream"]) -> None:
    async def play(outbox: Outbox, pair: Pair) -> None:
        outbox.put(Ping(1))
        outbox.put(Stop())
        outbox.close()
        assert await read(pair, 2) == [Ping(1), Stop()]
        with pytest.raises(EndOfChannel):
            pair.receive.receive_nowait()

    played(kind, play)
