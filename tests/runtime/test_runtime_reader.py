"""Reading channels of each kind on loops of each kind: laws about ends, and about handlers that raise."""

import asyncio
import os
from collections.abc import Callable
from typing import Any, cast

import pytest
from runtime_kit import nothing_left
from runtime_pairs import Kind, Pair, pair_of

from companion.errors import BrokenResourceError, CompanionError, EndOfChannel
from companion.messages import Message, Ping
from companion.runtime.reader import MessageReader, Readers
from companion.runtime.stream import StreamSendChannel
from companion.workers.loop import Loop


@pytest.fixture(params=["eventfd", "stream"])
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    return chosen


class Bench:
    """A channel, its reader on a loop that turns only when it is told to, and what that said."""

    def __init__(self, pair: Pair) -> None:
        self.pair, self.loop = pair, Turning()
        self.heard: list[Message] = []
        self.ends: list[CompanionError] = []
        self.react: Callable[[Message], None] = lambda _: None
        self.reader = MessageReader(self.loop, pair.receive, self._hear, self.ends.append)

    def _hear(self, message: Message) -> None:
        self.heard.append(message)
        self.react(message)

    def say(self, *serials: int) -> None:
        for serial in serials:
            self.pair.send.send_nowait(Ping(serial))


class Turning(Loop):
    """Calls back for what is readable now, and returns."""

    def turn(self, times: int = 1) -> None:
        for _ in range(times):
            self.call_later(0, self.stop)
            self.run()


def play(kind: Kind, script: Callable[[Bench], None]) -> None:
    with nothing_left():
        _play(kind, script)


def _play(kind: Kind, script: Callable[[Bench], None]) -> None:
    with pair_of(kind) as pair:
        bench = Bench(pair)
        script(bench)
        bench.reader.close()
        bench.reader.close()
        assert not cast("Any", bench.loop)._selector.get_map()
        bench.loop.close()


def test_what_arrives_is_heard_in_order(kind: Kind) -> None:
    def script(bench: Bench) -> None:
        bench.say(1, 2)
        bench.loop.turn()
        bench.say(3)
        bench.loop.turn()
        assert bench.heard == [Ping(1), Ping(2), Ping(3)]
        assert not bench.ends

    play(kind, script)


def test_an_end_comes_once_and_after_all_messages(kind: Kind) -> None:
    def script(bench: Bench) -> None:
        bench.say(1, 2)
        bench.pair.send.close()
        bench.loop.turn(3)
        assert bench.heard == [Ping(1), Ping(2)]
        assert [type(error) for error in bench.ends] == [EndOfChannel]

    play(kind, script)


def test_an_end_in_the_middle_of_a_message() -> None:
    def script(bench: Bench) -> None:
        assert isinstance(bench.pair.send, StreamSendChannel)
        os.write(bench.pair.send.fileno(), b"\0\0\0\7half")
        bench.pair.send.close()
        bench.loop.turn(3)
        assert [type(error) for error in bench.ends] == [BrokenResourceError]

    play("stream", script)


@pytest.mark.parametrize("error", [CompanionError, EndOfChannel, BrokenResourceError, LookupError])
def test_what_a_handler_raises_is_nobodys_end(kind: Kind, error: type[Exception]) -> None:
    """It reaches the loop, which may go on: nothing but that one message is lost."""

    def script(bench: Bench) -> None:
        def fail(message: Message) -> None:
            if message == Ping(1):
                raise error("our own mistake")

        bench.react = fail
        bench.say(1, 2, 3)
        bench.pair.send.close()
        with pytest.raises(error, match="our own mistake"):
            bench.loop.turn()
        assert not bench.ends
        bench.loop.turn(3)
        assert bench.heard == [Ping(1), Ping(2), Ping(3)]
        assert [type(end) for end in bench.ends] == [EndOfChannel]

    play(kind, script)


def test_closing_it_while_it_hands_on(kind: Kind) -> None:
    def script(bench: Bench) -> None:
        bench.react = lambda _: bench.reader.close()
        bench.say(1, 2)
        bench.pair.send.close()
        bench.loop.turn(3)
        assert bench.heard == [Ping(1)]
        assert not bench.ends, "who closes it knows"
        bench.reader.resume()
        bench.loop.turn()
        assert bench.heard == [Ping(1)]

    play(kind, script)


def test_pausing_it_while_it_hands_on(kind: Kind) -> None:
    def script(bench: Bench) -> None:
        bench.react = lambda _: bench.reader.pause()
        bench.say(1, 2, 3)
        bench.pair.send.close()
        bench.loop.turn(3)
        assert bench.heard == [Ping(1)]
        bench.reader.resume()
        bench.loop.turn(3)
        assert bench.heard == [Ping(1), Ping(2)]
        bench.react = lambda _: None
        bench.reader.resume()
        bench.reader.resume()
        bench.loop.turn(3)
        assert bench.heard == [Ping(1), Ping(2), Ping(3)]
        assert [type(end) for end in bench.ends] == [EndOfChannel]

    play(kind, script)


def test_on_asyncios_loop_too(kind: Kind) -> None:
    async def run(pair: Pair) -> None:
        loop = asyncio.get_running_loop()
        problems: list[object] = []
        heard: list[Message] = []
        loop.set_exception_handler(lambda _, context: problems.append(context["exception"]))
        over: asyncio.Future[CompanionError] = loop.create_future()

        def hear(message: Message) -> None:
            heard.append(message)
            if message == Ping(1):
                raise EndOfChannel("another channel's")

        readers: Readers = loop
        MessageReader(readers, pair.receive, hear, over.set_result)
        for serial in (1, 2):
            pair.send.send_nowait(Ping(serial))
        pair.send.close()
        assert isinstance(await over, EndOfChannel)
        assert heard == [Ping(1), Ping(2)]
        assert [str(problem) for problem in problems] == ["another channel's"]

    with pair_of(kind) as pair:
        asyncio.run(run(pair))
