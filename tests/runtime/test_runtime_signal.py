"""No signal between the ends of a channel is lost, whoever sleeps, spins or watches with an event loop."""

import random
import select
import time
from collections.abc import Callable, Iterator

import pytest
from runtime_kit import DEADLINE, working
from runtime_pairs import Aside

from companion.errors import EndOfChannel, WouldBlock
from companion.messages import Message, Ping
from companion.runtime.channel import InterpreterReceiveChannel, open_channel, signal
from companion.runtime.interpreter import Worker

ROUNDS = 3000


@pytest.fixture(scope="module")
def echo() -> Iterator[Worker]:
    with working("echo") as worker:
        yield worker


@pytest.fixture(params=[0, 20, signal.SPINS], ids=["never spins", "hardly spins", "spins"])
def spins(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How long this side stays awake; the workers have the module's own figure."""
    monkeypatch.setattr(signal, "SPINS", request.param)


def busily(seconds: float) -> None:
    """Stay on the processor, so that the pause is as short as it says."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


@pytest.mark.usefixtures("spins")
def test_pauses_around_the_moment_of_falling_asleep(echo: Worker) -> None:
    chance = random.Random(1)
    for number in range(ROUNDS):
        busily(chance.choice((0.0, 20e-6, 50e-6, 60e-6, 100e-6)) * chance.random())
        echo.send.send(Ping(number), DEADLINE)
        assert echo.receive.receive(DEADLINE) == Ping(number)


def by_poll(receive: InterpreterReceiveChannel) -> Iterator[Message]:
    poll = select.poll()
    poll.register(receive.fileno(), select.POLLIN)
    while poll.poll(DEADLINE * 1000):
        yield from receive.pending()


def by_turns(receive: InterpreterReceiveChannel) -> Iterator[Message]:
    """A blocking read, then what an event loop does, then a look."""
    poll = select.poll()
    while True:
        yield receive.receive(DEADLINE)
        poll.register(receive.fileno(), select.POLLIN)
        assert poll.poll(DEADLINE * 1000)
        yield from receive.pending(1)
        try:
            yield receive.receive_nowait()
        except WouldBlock:
            continue


@pytest.mark.usefixtures("spins")
@pytest.mark.parametrize("way", [by_poll, by_turns])
def test_ways_of_listening(way: Callable[[InterpreterReceiveChannel], Iterator[Message]]) -> None:
    """A channel that is mostly full or mostly empty, by turns, between two threads."""
    send, receive = open_channel(3)
    chance = random.Random(2)

    def give() -> None:
        for number in range(ROUNDS):
            if not number % 7:
                busily(chance.random() * 100e-6)
            send.send(Ping(number), DEADLINE)
        send.drain(DEADLINE)
        send.close()

    giver = Aside(give)
    seen: list[Message] = []
    with pytest.raises(EndOfChannel):
        seen.extend(_noting(seen, way(receive)))
    giver.result()
    assert seen == [Ping(number) for number in range(ROUNDS)]


def _noting(seen: list[Message], messages: Iterator[Message]) -> list[Message]:
    for message in messages:
        seen.append(message)  # noqa: PERF402 - kept even if the channel ends
    return []


@pytest.mark.usefixtures("spins")
def test_a_sender_that_waits_for_room_is_told() -> None:
    """Its reader sleeps and wakes at random; both ends use their blocking calls."""
    send, receive = open_channel(1)
    chance = random.Random(3)

    def take() -> list[Message]:
        taken: list[Message] = []
        for _ in range(ROUNDS):
            if chance.random() < 0.2:
                busily(chance.random() * 100e-6)
            taken.append(receive.receive(DEADLINE))
        return taken

    reader = Aside(take)
    for number in range(ROUNDS):
        send.send(Ping(number), DEADLINE)
    send.drain(DEADLINE)
    assert reader.result() == [Ping(number) for number in range(ROUNDS)]


def test_an_event_loop_is_rung_for_what_was_sent_before_it_watched() -> None:
    send, receive = open_channel(4)
    send.send(Ping(1), DEADLINE)
    assert receive.receive(DEADLINE) == Ping(1)  # awake: not rung for the next
    send.send(Ping(2), DEADLINE)
    poll = select.poll()
    poll.register(receive.fileno(), select.POLLIN)
    assert poll.poll(0)
    assert list(receive.pending()) == [Ping(2)]


def test_an_event_loop_is_rung_for_an_end_that_came_before_it_watched() -> None:
    send, receive = open_channel(4)
    reader = Aside(lambda: receive.receive(DEADLINE))
    send.send(Ping(1), DEADLINE)
    send.close()
    assert reader.result() == Ping(1)  # whichever rings it has heard
    poll = select.poll()
    poll.register(receive.fileno(), select.POLLIN)
    assert poll.poll(0)
    with pytest.raises(EndOfChannel):
        list(receive.pending())


def test_an_event_loop_is_not_rung_for_nothing() -> None:
    _send, receive = open_channel(4)
    poll = select.poll()
    poll.register(receive.fileno(), select.POLLIN)
    assert not poll.poll(0)


def test_the_count_goes_round() -> None:
    send, receive = open_channel(4)
    for number in range(1000):
        send.send(Ping(number), DEADLINE)
        assert receive.receive(DEADLINE) == Ping(number)
        with pytest.raises(TimeoutError):
            receive.receive(0)
