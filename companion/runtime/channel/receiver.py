"""The receiving end of a channel between interpreters."""

import contextlib
from collections.abc import Generator
from concurrent import interpreters
from typing import cast

from companion.errors import BrokenResourceError, ClosedResourceError, CodecError, EndOfChannel, WouldBlock
from companion.messages import Handle, Message
from companion.runtime.channel.line import RECEIVER_CLOSED, RETURNED, SENDER_CLOSED, SENT, TAKEN, Line
from companion.runtime.codec import Packed, unpack, views
from companion.runtime.fds import Deadline


class InterpreterReceiveChannel:
    """The receiving end of a channel between interpreters; see `ReceiveChannel`."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._closed = False
        self._woken = False
        self._rung = False  # an event loop watches: awake or asleep, it has to be rung
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
        self._line.ready.bell.ring()

    def receive_or_woken(self) -> Message | None:
        """The next message, or None once `wake` was called. Raises as `receive`."""
        return self._await(None, wakeable=True)

    def fileno(self) -> int:
        self._be_rung()
        return self._line.ready.bell.fileno()

    def receive(self, timeout: float | None = None) -> Message:
        return cast("Message", self._await(timeout))  # None is for those that can be woken

    def receive_nowait(self) -> Message:
        message = self._take()
        if message is None:
            raise WouldBlock
        return message

    def pending(self, most: int = 64) -> Generator[Message]:
        if self._closed:
            raise ClosedResourceError("this end of the channel was closed")
        self._be_rung()
        is_empty = False
        self._line.ready.bell.clear()
        try:
            for _ in range(most):
                message = self._take()
                if message is None:
                    is_empty = True
                    return
                try:
                    yield message
                finally:
                    self.release(message)
        finally:
            if not is_empty and not self._closed:
                self._line.ready.bell.ring()  # there may be more, and an end stays an end for whoever looks again

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
        self._line.mark_closed(RECEIVER_CLOSED)

    def disown(self) -> None:
        """Close on behalf of an interpreter that ended without doing so; callable from any thread."""
        self._line.mark_closed(RECEIVER_CLOSED)

    def _be_rung(self) -> None:
        if not self._rung:
            self._rung = True
            self._line.ready.listen()
            if not self._line.queue.empty() or self._line.state[SENDER_CLOSED]:  # without a ring, or one heard before
                self._line.ready.bell.ring()

    def _await(self, timeout: float | None, *, wakeable: bool = False) -> Message | None:
        """The next message; awake for a moment, then asleep until the sender rings."""
        line, ready = self._line, self._line.ready
        # As many were sent as taken: the queue, which would raise, need not be asked.
        if ready.spin(SENT, line.state[TAKEN]) and (message := self._take()) is not None:
            return message
        deadline = Deadline(timeout)
        ready.listen()
        try:
            while (message := self._take()) is None:
                if wakeable and self._woken:
                    return None
                ready.wait(deadline)
            return message
        finally:
            if self._rung:
                ready.bell.ring()  # what else came meanwhile has been rung for, and that was heard here
            else:
                ready.ignore()

    def _take(self) -> Message | None:
        """The next message, if there is one."""
        if self._closed:
            raise ClosedResourceError("this end of the channel was closed")
        # The flag is read before the queue: a sender puts first and closes afterwards.
        ended = self._line.state[SENDER_CLOSED]
        try:
            item: object = self._line.queue.get_nowait()
        except interpreters.QueueEmpty:
            if ended:
                raise EndOfChannel("the sender closed the channel") from None
            return None
        self._line.room.give(TAKEN)
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

    def _give_back(self, serial: int, lent: list[memoryview]) -> None:
        for view in lent:
            view.release()
        if serial:
            self._line.acks.put_nowait(serial)
            self._line.room.give(RETURNED)
