"""A spare's end is the runner's to know of, once; a defect of the runner's own is not taken for one."""

from collections.abc import Generator
from contextlib import contextmanager

import pytest

from companion.errors import EndOfChannel
from companion.messages import Message, Ping, SpareReady
from companion.runtime.channel import InterpreterSendChannel, open_channel
from companion.workers.loop import Loop
from companion.workers.running.line import Line, LineEnded


class Spare:
    """The other side of a line, and what the line said of it."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.said: list[Message] = []
        self._orders, self._theirs = open_channel(4)
        self.send: InterpreterSendChannel
        self.send, self._ours = open_channel(4)
        handles = (self._orders.handle, self._ours.handle)
        self.line = Line(SpareReady(1, "interpreter", handles), self.loop, self.hear)

    def hear(self, _line: Line, message: Message) -> None:
        self.said.append(message)
        if message == Ping(1):
            raise EndOfChannel("another channel's")

    def turn(self) -> None:
        self.loop.call_later(0, self.loop.stop)
        self.loop.run()


@contextmanager
def spare() -> Generator[Spare]:
    made = Spare()
    yield made
    made.line.close()
    made.line.close()
    made.loop.close()


def test_its_end_is_told_once() -> None:
    with spare() as one:
        one.send.send_nowait(Ping(2))
        one.send.close()
        for _ in range(3):
            one.turn()
        assert [type(message) for message in one.said] == [Ping, LineEnded]


def test_a_defect_of_ours_is_not_its_end() -> None:
    with spare() as one:
        one.send.send_nowait(Ping(1))
        one.send.send_nowait(Ping(2))
        with pytest.raises(EndOfChannel, match="another channel's"):
            one.turn()
        one.turn()
        assert one.said == [Ping(1), Ping(2)]
