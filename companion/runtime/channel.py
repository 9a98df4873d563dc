"""Channels between interpreters: bounded, woken at once, honest about the other side.

A channel is a bounded `concurrent.interpreters.Queue` with a doorbell for each direction, because the queue's own
blocking calls poll (gh-143017). The closing laws are trio's: using a closed end raises ClosedResourceError, sending
to a closed receiver BrokenResourceError, receiving from a closed sender yields what it sent and then EndOfChannel.

Large blobs (see `codec.LARGE`) are lent, not copied: the receiver gets views of the sender's memory, which stays
alive until `release`. An interpreter that closes loses what it sent and nobody read: `drain` first.

Each end belongs to one thread at a time. The interpreter that calls `open_channel` keeps both ends until the
channel is no longer used: they own its descriptors.
"""

import contextlib
from collections.abc import Callable, Generator
from concurrent import interpreters
from typing import Protocol, cast

from companion.errors import BrokenResourceError, ClosedResourceError, CodecError, EndOfChannel, WouldBlock
from companion.messages import Handle, Message
from companion.runtime.codec import Packed, pack, unpack, views
from companion.runtime.doorbell import Doorbell
from companion.runtime.fds import Deadline

LARGEST_BOUND = 128
"""What a receiver frees is released through a ring of about 300 places in the sender's interpreter, and what finds
no place is lost for good; so no more than this many messages, and this many views, may be under way."""

_SENDER_CLOSED, _RECEIVER_CLOSED = 0, 1


class SendChannel(Protocol):
    """The end that sends."""

    def send(self, message: Message, timeout: float | None = None) -> None:
        """Send, waiting while the channel is full. Raises TimeoutError, ClosedResourceError, BrokenResourceError."""

    def send_nowait(self, message: Message) -> None:
        """Send at once. Raises WouldBlock if the channel is full, and as `send`."""

    def drain(self, timeout: float | None = None) -> None:
        """Wait until the other side has taken all that was sent, and released what was lent. Raises TimeoutError."""

    def close(self) -> None:
        """No more is sent; what was sent can still be received. Harmless if closed already."""


class ReceiveChannel(Protocol):
    """The end that receives."""

    def fileno(self) -> int:
        """A descriptor that is readable when `pending` has something to say; for event loops."""
        ...

    def receive(self, timeout: float | None = None) -> Message:
        """The next message. Raises TimeoutError, ClosedResourceError, EndOfChannel."""
        ...

    def receive_nowait(self) -> Message:
        """The next message. Raises WouldBlock if there is none, and as `receive`."""
        ...

    def pending(self, most: int = 64) -> Generator[Message]:
        """What is there now, at most so many, each released once the next is asked for.

        Wakes again for the rest; so it does once it is closed, if it was not asked to its end.
        """
        ...

    def release(self, message: Message) -> None:
        """Give back the views that this message holds, if any; they cannot be used afterwards.

        Raises BufferError while something else reads one of them; then it can be tried again.
        """

    def close(self) -> None:
        """Receive no more; the sender is told. Harmless if closed already."""


class _Line:
    """What both ends of a channel share."""

    __slots__ = ("acks", "maxsize", "owner", "queue", "ready", "room", "state")

    def __init__(self, handle: Handle, *, owner: bool = False) -> None:
        queue, acks, ready, room, self.maxsize, self.state = cast(
            "tuple[int, int, tuple[int, int], tuple[int, int], int, memoryview]", handle
        )
        self.queue, self.acks = interpreters.Queue(queue), interpreters.Queue(acks)
        self.ready, self.room = Doorbell(ready), Doorbell(room)
        self.owner = owner

    @property
    def handle(self) -> Handle:
        """Shareable; opens either end in any interpreter of this process."""
        return (self.queue.id, self.acks.id, self.ready.ends, self.room.ends, self.maxsize, self.state)

    @property
    def descriptors(self) -> frozenset[int]:
        return frozenset((*self.ready.ends, *self.room.ends))

    def mark_closed(self, side: int) -> None:
        """Tell the other side; again if it has been told already, for that may have failed."""
        self.state[side] = 1
        self.ready.ring()
        self.room.ring()

    def __del__(self) -> None:
        if getattr(self, "owner", False):
            self.ready.close()
            self.room.close()


class InterpreterSendChannel:
    """The sending end of a channel between interpreters; see `SendChannel`."""

    def __init__(self, line: _Line) -> None:
        self._line = line
        self._closed = False
        self._loans: dict[int, list[bytes | memoryview]] = {}
        self._lent = 0
        self._serial = 0

    @property
    def handle(self) -> Handle:
        """What `open_send` takes in another interpreter."""
        return self._line.handle

    @property
    def descriptors(self) -> frozenset[int]:
        """What this channel needs of the process's descriptor table."""
        return self._line.descriptors

    def send(self, message: Message, timeout: float | None = None) -> None:
        with contextlib.suppress(WouldBlock):
            return self.send_nowait(message)
        deadline = Deadline(timeout)
        while True:
            self._line.room.clear()
            with contextlib.suppress(WouldBlock):
                return self.send_nowait(message)
            self._line.room.wait(deadline.left())

    def send_nowait(self, message: Message) -> None:
        if self._closed:
            raise ClosedResourceError("this end of the channel was closed")
        if self._loans:
            self._collect()
        if self._line.state[_RECEIVER_CLOSED]:
            raise BrokenResourceError("the receiver closed the channel")
        if len(self._loans) >= self._line.maxsize:
            raise WouldBlock
        lent: list[bytes | memoryview] = []

        def lend(data: bytes | memoryview) -> bytes | memoryview:
            if self._lent + len(lent) >= LARGEST_BOUND:
                return bytes(data)
            lent.append(data)
            return memoryview(data)

        self._put(pack(message, lend), lent)
        self._line.ready.ring()

    def room_fileno(self) -> int:
        """Readable when a full channel may have room again; for event loops, which call `clear_room` then."""
        return self._line.room.fileno()

    def clear_room(self) -> None:
        """Stop being readable until the other side takes something more."""
        self._line.room.clear()

    def drain(self, timeout: float | None = None) -> None:
        if self._closed:
            raise ClosedResourceError("this end of the channel was closed")
        deadline = Deadline(timeout)
        while True:
            self._line.room.clear()
            # The flag is read before the rest: a receiver takes and releases first and closes afterwards.
            closed = self._line.state[_RECEIVER_CLOSED]
            self._collect()
            if not self._loans and self._line.queue.empty():
                return
            if closed:
                raise BrokenResourceError("the receiver closed the channel before it had read everything")
            self._line.room.wait(deadline.left())

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._line.mark_closed(_SENDER_CLOSED)

    def disown(self) -> None:
        """Close on behalf of an interpreter that ended without doing so; callable from any thread."""
        self._line.mark_closed(_SENDER_CLOSED)

    def _put(self, packed: Packed, lent: list[bytes | memoryview]) -> None:
        serial = self._serial + 1 if lent else 0
        try:
            self._line.queue.put_nowait((serial, packed))
        except interpreters.QueueFull:
            raise WouldBlock from None
        if lent:
            self._serial = serial
            self._loans[serial] = lent
            self._lent += len(lent)

    def _collect(self) -> None:
        """Take in what was released."""
        while True:
            try:
                serial = self._line.acks.get_nowait()
            except interpreters.QueueEmpty:
                return
            self._lent -= len(self._loans.pop(cast("int", serial), ()))


class InterpreterReceiveChannel:
    """The receiving end of a channel between interpreters; see `ReceiveChannel`."""

    def __init__(self, line: _Line) -> None:
        self._line = line
        self._closed = False
        self._woken = False
        self._held: dict[int, tuple[Message, int, list[memoryview]]] = {}

    @property
    def handle(self) -> Handle:
        """What `open_receive` takes in another interpreter."""
        return self._line.handle

    @property
    def descriptors(self) -> frozenset[int]:
        """What this channel needs of the process's descriptor table."""
        return self._line.descriptors

    def wake(self) -> None:
        """Let `receive_or_woken` return; callable from any thread."""
        self._woken = True
        self._line.ready.ring()

    def receive_or_woken(self) -> Message | None:
        """The next message, or None once `wake` was called. Raises as `receive`."""
        while True:
            self._line.ready.clear()
            with contextlib.suppress(WouldBlock):
                return self.receive_nowait()
            if self._woken:
                return None
            self._line.ready.wait(None)

    def fileno(self) -> int:
        return self._line.ready.fileno()

    def receive(self, timeout: float | None = None) -> Message:
        with contextlib.suppress(WouldBlock):
            return self.receive_nowait()
        deadline = Deadline(timeout)
        while True:
            self._line.ready.clear()
            with contextlib.suppress(WouldBlock):
                return self.receive_nowait()
            self._line.ready.wait(deadline.left())

    def receive_nowait(self) -> Message:
        if self._closed:
            raise ClosedResourceError("this end of the channel was closed")
        item = self._take()
        self._line.room.ring()
        if not isinstance(item, tuple):
            raise BrokenResourceError("the sender's interpreter was closed before its messages were read")
        serial, packed = cast("tuple[int, Packed]", item)
        try:
            message = unpack(packed)
        except CodecError:
            self._give_back(serial, views(packed))
            raise
        if serial:
            self._held[id(message)] = (message, serial, views(packed))
        return message

    def pending(self, most: int = 64) -> Generator[Message]:
        if self._closed:
            raise ClosedResourceError("this end of the channel was closed")
        is_empty = False
        self._line.ready.clear()
        try:
            for _ in range(most):
                try:
                    message = self.receive_nowait()
                except WouldBlock:
                    is_empty = True
                    return
                try:
                    yield message
                finally:
                    self.release(message)
        finally:
            if not is_empty and not self._closed:
                self._line.ready.ring()  # there may be more, and an end stays an end for whoever looks again

    def release(self, message: Message) -> None:
        held = self._held.get(id(message))
        if held is not None:
            _, serial, lent = held
            self._give_back(serial, lent)
            del self._held[id(message)]

    def close(self) -> None:
        if self._closed:
            return
        for message, _, _ in list(self._held.values()):
            with contextlib.suppress(BufferError):  # somebody still reads it: it lives until they are done
                self.release(message)
        self._closed = True
        self._line.mark_closed(_RECEIVER_CLOSED)

    def disown(self) -> None:
        """Close on behalf of an interpreter that ended without doing so; callable from any thread."""
        self._line.mark_closed(_RECEIVER_CLOSED)

    def _give_back(self, serial: int, lent: list[memoryview]) -> None:
        for view in lent:
            view.release()
        if serial:
            self._line.acks.put_nowait(serial)
            self._line.room.ring()

    def _take(self) -> object:
        # The flag is read before the queue: a sender puts first and closes afterwards.
        ended = self._line.state[_SENDER_CLOSED]
        try:
            return self._line.queue.get_nowait()
        except interpreters.QueueEmpty:
            pass
        if ended:
            raise EndOfChannel("the sender closed the channel")
        raise WouldBlock


def open_channel(
    maxsize: int, *, bell: Callable[[], Doorbell] = Doorbell.create
) -> tuple[InterpreterSendChannel, InterpreterReceiveChannel]:
    """A new channel for at most ``maxsize`` unread messages (1 to `LARGEST_BOUND`)."""
    if not 1 <= maxsize <= LARGEST_BOUND:
        raise ValueError(f"a channel holds 1 to {LARGEST_BOUND} messages, not {maxsize}")
    queue, acks = interpreters.create_queue(maxsize), interpreters.create_queue(2 * LARGEST_BOUND)
    ready = bell()
    try:
        room = bell()
    except OSError:
        ready.close()
        raise
    state = memoryview(bytearray(2))
    line = _Line((queue.id, acks.id, ready.ends, room.ends, maxsize, state), owner=True)
    return InterpreterSendChannel(line), InterpreterReceiveChannel(line)


def open_send(handle: Handle) -> InterpreterSendChannel:
    """The sending end of a channel that another interpreter opened."""
    return InterpreterSendChannel(_Line(handle))


def open_receive(handle: Handle) -> InterpreterReceiveChannel:
    """The receiving end of a channel that another interpreter opened."""
    return InterpreterReceiveChannel(_Line(handle))
