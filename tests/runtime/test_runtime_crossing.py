"""Conversations with real subinterpreters: every message both ways, without pickle or JSON, and nothing is lost."""

import _interpqueues
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import given, settings
from runtime_kit import DEADLINE, KINDS, SETTINGS, Held, ending, inside, instances, unhurried, working

from companion.errors import BrokenResourceError, EndOfChannel
from companion.messages import Message, OpenDocument, Ping, Status, Stop
from companion.runtime.channel import (
    LARGEST_BOUND,
    InterpreterReceiveChannel,
    InterpreterSendChannel,
    open_channel,
    open_receive,
)
from companion.runtime.codec import LARGE
from companion.runtime.doorbell import Doorbell
from companion.runtime.interpreter import Worker


@pytest.fixture(scope="module")
def echo() -> Iterator[Worker]:
    """A worker that sends back what it gets, in an interpreter where pickle and JSON only raise."""
    with working("echo_without_pickle") as worker:
        yield worker


def exchanged(worker: Worker, message: Message) -> Message:
    worker.send.send(message, DEADLINE)
    return worker.receive.receive(DEADLINE)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.__name__ != "Stop"], ids=lambda kind: kind.__name__)
def test_every_message_class_both_ways(kind: type[Message], echo: Worker) -> None:
    @settings(unhurried, max_examples=10)
    @given(instances(kind))
    def there_and_back(message: Message) -> None:
        back = exchanged(echo, message)
        assert back == message
        echo.receive.release(back)

    there_and_back()


def test_large_and_small_blobs_both_ways(echo: Worker) -> None:
    for size in (0, 1, LARGE, LARGE + 1, 10 * LARGE):
        document = OpenDocument("p", size, bytes([size % 251]) * size)
        back = exchanged(echo, document)
        assert back == document
        assert isinstance(back, OpenDocument)
        assert isinstance(back.data, memoryview if size > LARGE else bytes)
        echo.receive.release(back)
        echo.send.drain(DEADLINE)


def test_what_would_be_pickled_does_not_get_through() -> None:
    """The proof that the tests above prove something: past the codec, a queue pickles what it cannot share."""
    worker = Worker("test", inside("echo_without_pickle"), SETTINGS)
    worker.start()
    cast("Any", worker.send)._line.queue.put_nowait((0, ("Ping", [1])))
    worker.send.send(Ping(1))
    with pytest.raises(EndOfChannel):
        worker.receive.receive(DEADLINE)
    assert worker.join(DEADLINE)
    assert "unpickled" in worker.failure


def test_an_interpreter_that_drains_before_it_closes_loses_nothing() -> None:
    with working("pour") as worker:
        worker.send.send(Status("0", "ok", "5000"), DEADLINE)
        worker.send.send(Stop(), DEADLINE)
        assert [worker.receive.receive(DEADLINE) for _ in range(5000)] == [Ping(number) for number in range(5000)]
        with pytest.raises(EndOfChannel):
            worker.receive.receive(DEADLINE)
        assert worker.join(DEADLINE)


def test_an_interpreter_that_does_not_drain_is_found_out() -> None:
    """What it left is announced as lost, and then the channel comes to its end."""
    worker = Worker("test", ending("send_and_fail"), SETTINGS)
    worker.start()
    assert worker.join(DEADLINE)
    seen: list[object] = []
    for _ in range(2):
        try:
            seen.append(worker.receive.receive(DEADLINE))
        except (BrokenResourceError, EndOfChannel) as error:
            seen.append(type(error))
    assert seen == [BrokenResourceError, EndOfChannel]


@pytest.mark.parametrize("bell", [Doorbell.create, Doorbell.of_sockets])
def test_nothing_is_left_of_two_hundred_channels(bell: Any) -> None:
    def live() -> None:
        send, keeper = open_channel(4, bell=bell)
        receive = open_receive(keeper.handle)
        send.send(OpenDocument("p", 0, bytes(LARGE + 1)))
        receive.receive(DEADLINE)
        receive.close()
        send.close()

    live()
    before = Held.now(), len(_interpqueues.list_all())
    for _ in range(200):
        live()
    assert (Held.now(), len(_interpqueues.list_all())) == before


@pytest.mark.parametrize("maxsize", [0, -1, LARGEST_BOUND + 1])
def test_channels_have_a_bound(maxsize: int) -> None:
    with pytest.raises(ValueError, match="holds"):
        open_channel(maxsize)


def test_no_descriptor_is_left_if_none_is_left() -> None:
    made: list[Doorbell] = []

    def bell() -> Doorbell:
        if made:
            raise OSError(24, "Too many open files")
        made.append(Doorbell.create())
        return made[-1]

    before = Held.now()
    with pytest.raises(OSError, match="Too many"):
        open_channel(4, bell=bell)
    assert Held.now() == before


def test_a_receiver_that_ends_while_the_sender_drains() -> None:
    """It releases what it holds and closes, just after the sender has looked for releases: nothing was lost."""
    send, keeper = open_channel(4)
    receive: InterpreterReceiveChannel = open_receive(keeper.handle)
    send.send(OpenDocument("p", 0, bytes(LARGE + 1)))
    message = receive.receive(DEADLINE)

    class Late(InterpreterSendChannel):
        def _collect(self) -> None:
            super()._collect()
            receive.release(message)
            receive.close()

    late = Late(cast("Any", send)._line)
    cast("Any", late)._loans.update(cast("Any", send)._loans)
    late.drain(DEADLINE)
