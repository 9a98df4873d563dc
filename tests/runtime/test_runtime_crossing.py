"""Conversations with real subinterpreters: every message both ways, without pickle or JSON, and nothing is lost."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import given, settings
from runtime_kit import DEADLINE, KINDS, SETTINGS, ending, inside, instances, unhurried, working
from runtime_pairs import Aside

from companion.errors import BrokenResourceError, EndOfChannel
from companion.messages import Message, OpenDocument, Ping, SpareReady, Status, Stop
from companion.runtime.channel import (
    open_channel,
)
from companion.runtime.codec import LARGE
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


def test_two_interpreters_talk_over_a_channel_that_a_third_opened() -> None:
    """As the runner does with its spares; a large blob goes through all three without being copied."""
    with working("echo", "spare") as spare, working("pass_on", "runner") as runner:
        send, receive = spare.ends
        handles = (send.handle, receive.handle)
        runner.send.send(SpareReady(1, "interpreter", handles), DEADLINE)
        for number in range(100):
            assert exchanged(runner, Ping(number)) == Ping(number)
        document = OpenDocument("p", 1, bytes(10 * LARGE))
        back = exchanged(runner, document)
        assert back == document
        runner.receive.release(back)


def test_a_waiting_reader_can_be_woken_without_a_message() -> None:
    send, receive = open_channel(4)
    for _ in range(20):
        reader = Aside(receive.receive_or_woken)
        send.send(Ping(1), DEADLINE)
        assert reader.result() == Ping(1)
    reader = Aside(receive.receive_or_woken)
    receive.wake()
    assert reader.result() is None
    send.send(Ping(2), DEADLINE)
    assert receive.receive_or_woken() == Ping(2), "what is there comes first"
    assert receive.receive_or_woken() is None
    send.close()
    with pytest.raises(EndOfChannel):
        receive.receive_or_woken()
