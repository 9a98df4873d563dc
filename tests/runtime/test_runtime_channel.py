"""Channels between interpreters: what is left of them, and what may happen between two steps of one side."""

import _interpqueues
from concurrent import interpreters
from typing import Any, cast

import pytest
from runtime_kit import DEADLINE, Held

from companion.errors import EndOfChannel, WouldBlock
from companion.messages import OpenDocument, Ping
from companion.runtime.channel import (
    LARGEST_BOUND,
    InterpreterReceiveChannel,
    InterpreterSendChannel,
    open_channel,
    open_receive,
)
from companion.runtime.codec import LARGE
from companion.runtime.doorbell import Doorbell


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


def test_a_sender_that_ends_while_the_receiver_looks() -> None:
    """It sends and closes just after the receiver has found the queue empty: its message is not the end."""
    send, receive = open_channel(4)
    line: Any = cast("Any", receive)._line
    queue: interpreters.Queue = line.queue

    class Late:
        empty = queue.empty
        put_nowait = queue.put_nowait

        def get_nowait(self) -> object:
            try:
                return queue.get_nowait()
            except interpreters.QueueEmpty:
                line.queue = queue
                send.send(Ping(1))
                send.close()
                raise

    line.queue = Late()
    with pytest.raises(WouldBlock):
        receive.receive_nowait()
    assert receive.receive(DEADLINE) == Ping(1)
    with pytest.raises(EndOfChannel):
        receive.receive(DEADLINE)
