"""Channels between interpreters: bounded, woken at once, honest about the other side.

A channel is a bounded `concurrent.interpreters.Queue` with a signal for each direction, because the queue's own
blocking calls poll (gh-143017). The closing laws are trio's: using a closed end raises ClosedResourceError, sending
to a closed receiver BrokenResourceError, receiving from a closed sender yields what it sent and then EndOfChannel.

Large blobs (see `codec.LARGE`) are lent, not copied: the receiver gets views of the sender's memory, which stays
alive until `release`. An interpreter that closes loses what it sent and nobody read: `drain` first.

Each end belongs to one thread at a time. The interpreter that calls `open_channel` keeps both ends until the
channel is no longer used: they own its descriptors.
"""

from collections.abc import Callable

from companion.messages import Handle
from companion.runtime.channel.line import LARGEST_BOUND, Line
from companion.runtime.channel.protocol import ReceiveChannel, SendChannel
from companion.runtime.channel.receiver import InterpreterReceiveChannel
from companion.runtime.channel.sender import InterpreterSendChannel
from companion.runtime.doorbell import Doorbell

__all__ = [
    "LARGEST_BOUND", "InterpreterReceiveChannel", "InterpreterSendChannel", "ReceiveChannel", "SendChannel",
    "open_channel", "open_receive", "open_send",
]  # fmt: skip


def open_channel(
    maxsize: int, *, bell: Callable[[], Doorbell] = Doorbell.create
) -> tuple[InterpreterSendChannel, InterpreterReceiveChannel]:
    """A new channel for at most ``maxsize`` unread messages (1 to `LARGEST_BOUND`)."""
    line = Line.create(maxsize, bell)
    return InterpreterSendChannel(line), InterpreterReceiveChannel(line)


def open_send(handle: Handle) -> InterpreterSendChannel:
    """The sending end of a channel that another interpreter opened."""
    return InterpreterSendChannel(Line(handle))


def open_receive(handle: Handle) -> InterpreterReceiveChannel:
    """The receiving end of a channel that another interpreter opened."""
    return InterpreterReceiveChannel(Line(handle))
