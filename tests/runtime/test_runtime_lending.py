"""Large blobs between real interpreters: lent, not copied, and given back."""

from collections.abc import Iterator
from concurrent import interpreters
from typing import Any, cast

import pytest
from runtime_inside import address
from runtime_kit import DEADLINE, SETTINGS, ending, inside, working

from companion.errors import BrokenResourceError, CodecError, EndOfChannel, WouldBlock
from companion.messages import Message, OpenDocument, Ping, Pong, Status
from companion.runtime.channel import (
    InterpreterReceiveChannel,
    InterpreterSendChannel,
    open_channel,
    open_receive,
)
from companion.runtime.channel.line import RETURNED
from companion.runtime.channel.signal import Signal
from companion.runtime.codec import LARGE
from companion.runtime.interpreter import Worker


@pytest.fixture
def ends() -> Iterator[tuple[InterpreterSendChannel, InterpreterReceiveChannel]]:
    send, keeper = open_channel(4)
    yield send, open_receive(keeper.handle)
    del keeper


def document(size: int, number: int = 0) -> OpenDocument:
    return OpenDocument("p", number, bytes(size))


def data_of(message: Message) -> memoryview:
    assert isinstance(message, OpenDocument)
    assert isinstance(message.data, memoryview)
    return message.data


def loans(send: InterpreterSendChannel) -> int:
    return len(cast("Any", send)._loans)


def test_ten_megabytes_are_not_copied_on_their_way() -> None:
    with working("addresses") as worker:
        blob = bytes(range(256)) * 40_000
        worker.send.send(OpenDocument("p", 0, blob), DEADLINE)
        seen = worker.receive.receive(DEADLINE)
        assert isinstance(seen, Status)
        assert int(seen.source) == address(blob)

        own = worker.receive.receive(DEADLINE)
        assert isinstance(own, OpenDocument)
        assert address(own.data) == int(own.path)
        assert own.data == blob
        worker.receive.release(own)
        worker.send.drain(DEADLINE)
        assert loans(worker.ends[0]) == 0


def test_drain_waits_for_what_is_lent(ends: tuple[InterpreterSendChannel, InterpreterReceiveChannel]) -> None:
    send, receive = ends
    send.send(document(LARGE + 1))
    message = receive.receive(DEADLINE)
    with pytest.raises(TimeoutError):
        send.drain(0.05)
    receive.release(message)
    send.drain(DEADLINE)
    assert loans(send) == 0


def test_released_views_cannot_be_read(ends: tuple[InterpreterSendChannel, InterpreterReceiveChannel]) -> None:
    send, receive = ends
    send.send(document(LARGE + 1))
    message = receive.receive(DEADLINE)
    view = data_of(message)
    for _ in range(2):
        receive.release(message)
    with pytest.raises(ValueError, match="released"):
        bytes(view)


def test_pending_releases_each_before_the_next(
    ends: tuple[InterpreterSendChannel, InterpreterReceiveChannel],
) -> None:
    send, receive = ends
    for number in range(4):
        send.send(document(LARGE + 1, number))
    seen: list[memoryview] = []
    for message in receive.pending():
        seen.append(data_of(message))
        assert len(seen[-1]) == LARGE + 1
        for earlier in seen[:-1]:
            with pytest.raises(ValueError, match="released"):
                len(earlier)
    send.drain(DEADLINE)


def test_a_reader_that_keeps_everything_stops_the_sender(
    ends: tuple[InterpreterSendChannel, InterpreterReceiveChannel],
) -> None:
    send, receive = ends
    kept: list[Message] = []
    for _ in range(4):
        send.send(document(LARGE + 1))
        kept.append(receive.receive(DEADLINE))
    with pytest.raises(WouldBlock):
        send.send_nowait(Ping(1))
    receive.release(kept.pop())
    send.send_nowait(Ping(1))


def test_what_is_back_is_taken_in_before_the_count_tells_of_it(
    ends: tuple[InterpreterSendChannel, InterpreterReceiveChannel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old count may be seen for a moment: a sender may not fall asleep because of it."""
    send, receive = ends
    uncounted: list[Signal] = []

    def give(room: Signal, _count: int) -> None:
        uncounted.append(room)

    kept: list[Message] = []
    for number in range(4):
        send.send(document(LARGE + 1, number))
        kept.append(receive.receive(DEADLINE))
    with monkeypatch.context() as patch:
        patch.setattr(Signal, "give", give)
        receive.release(kept.pop())
    send.send_nowait(Ping(1))
    assert loans(send) == 3
    assert receive.receive(DEADLINE) == Ping(1)
    with monkeypatch.context() as patch:
        patch.setattr(Signal, "give", give)
        while kept:
            receive.release(kept.pop())
    send.drain(0)
    assert loans(send) == 0
    for room in uncounted:
        room.give(RETURNED)
    send.send(document(LARGE + 1))
    receive.release(receive.receive(DEADLINE))
    send.send(Ping(2))
    assert loans(send) == 0


def test_a_view_that_is_still_read_is_not_given_back(
    ends: tuple[InterpreterSendChannel, InterpreterReceiveChannel],
) -> None:
    send, receive = ends
    send.send(document(LARGE + 1))
    message = receive.receive(DEADLINE)
    reading = memoryview(cast("Any", _Exporter(data_of(message))))
    with pytest.raises(BufferError):
        receive.release(message)
    with pytest.raises(TimeoutError):
        send.drain(0)
    assert len(reading) == LARGE + 1
    reading.release()
    receive.release(message)
    send.drain(DEADLINE)


class _Exporter:
    """Hands out the buffer of a view, as a parser would take it."""

    def __init__(self, view: memoryview) -> None:
        self._view = view

    def __buffer__(self, _flags: int) -> memoryview:
        return self._view


def test_closing_gives_everything_back(ends: tuple[InterpreterSendChannel, InterpreterReceiveChannel]) -> None:
    send, receive = ends
    for _ in range(3):
        send.send(document(LARGE + 1))
    views = [data_of(receive.receive(DEADLINE)) for _ in range(3)]
    held = memoryview(cast("Any", _Exporter(views[0])))
    receive.close()
    with pytest.raises(BrokenResourceError):
        send.drain(DEADLINE)
    assert loans(send) == 1  # that of the view which is still read
    assert held[0] == 0


def test_a_message_that_is_refused_is_given_back() -> None:
    worker = Worker("test", inside("unknown_message"), SETTINGS)
    worker.start()
    with pytest.raises(CodecError):
        worker.receive.receive(DEADLINE)
    assert worker.join(DEADLINE), "it ends once its blob is back"
    assert not worker.failure


def test_views_are_passed_on(ends: tuple[InterpreterSendChannel, InterpreterReceiveChannel]) -> None:
    """A small view is lent too: a copy of a reference to another interpreter's memory would be nobody's."""
    send, receive = ends
    data = b"small"
    send.send(OpenDocument("p", 0, memoryview(data)))
    message = receive.receive(DEADLINE)
    assert data_of(message) == data
    assert loans(send) == 1
    receive.release(message)
    send.drain(DEADLINE)


def test_the_lender_fails_before_its_loan_is_back() -> None:
    worker = Worker("test", ending("lend_and_fail"), SETTINGS)
    worker.start()
    message = worker.receive.receive(DEADLINE)
    worker.send.send(Pong(1), DEADLINE)
    assert worker.join(DEADLINE)
    assert worker.interpreter not in {one.id for one in interpreters.list_all()}
    rubbish = [bytes(400_000 + number) for number in range(100)]
    assert data_of(message) == b"lent" * 100_000
    worker.receive.release(message)
    assert rubbish
    with pytest.raises(EndOfChannel):
        worker.receive.receive(DEADLINE)
