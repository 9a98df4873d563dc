"""The sending end of a channel between interpreters."""

from concurrent import interpreters
from typing import cast

from companion.errors import BrokenResourceError, ClosedResourceError, WouldBlock
from companion.messages import Handle, Message
from companion.runtime.channel.line import LARGEST_BOUND, RECEIVER_CLOSED, RETURNED, SENDER_CLOSED, SENT, TAKEN, Line
from companion.runtime.codec import Packed, pack
from companion.runtime.fds import Deadline

type Lent = list[bytes | memoryview]


class InterpreterSendChannel:
    """The sending end of a channel between interpreters; see `SendChannel`."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._closed = False
        self._loans: dict[int, Lent] = {}
        self._lent = 0
        self._lending: Lent = []
        self._serial = 0
        self._returned = line.state[RETURNED]

    @property
    def handle(self) -> Handle:
        """What `open_send` takes in another interpreter."""
        return self._line.handle

    @property
    def descriptors(self) -> frozenset[int]:
        """What this channel needs of the process's descriptor table."""
        return self._line.descriptors

    def send(self, message: Message, timeout: float | None = None) -> None:
        packed, lent = self._packed(message)
        if self._offer(packed, lent):
            return
        deadline, room = Deadline(timeout), self._line.room
        while True:
            if room.spin(TAKEN, self._line.state[TAKEN]) and self._offer(packed, lent):
                return
            room.listen()
            try:
                if self._offer(packed, lent):
                    return
                room.wait(deadline)
            finally:
                room.ignore()

    def send_nowait(self, message: Message) -> None:
        packed, lent = self._packed(message)
        if self._offer(packed, lent):
            return
        self._line.room.listen()  # whoever waits for `room_fileno` now is rung
        if not self._offer(packed, lent):
            raise WouldBlock

    def room_fileno(self) -> int:
        """Readable when a full channel may have room again; for event loops, which call `clear_room` then."""
        return self._line.room.bell.fileno()

    def clear_room(self) -> None:
        """Stop being readable until the channel was full again and the other side takes something more."""
        self._line.room.ignore()
        self._line.room.bell.clear()

    def drain(self, timeout: float | None = None) -> None:
        if self._closed:
            raise ClosedResourceError("this end of the channel was closed")
        deadline, room = Deadline(timeout), self._line.room
        room.listen()
        try:
            while True:
                # The flag is read before the rest: a receiver takes and releases first and closes afterwards.
                closed = self._line.state[RECEIVER_CLOSED]
                self._collect()
                if not self._loans and self._line.queue.empty():
                    return
                if closed:
                    raise BrokenResourceError("the receiver closed the channel before it had read everything")
                room.wait(deadline)
        finally:
            room.ignore()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._line.mark_closed(SENDER_CLOSED)

    def disown(self) -> None:
        """Close on behalf of an interpreter that ended without doing so; callable from any thread."""
        self._line.mark_closed(SENDER_CLOSED)

    def _packed(self, message: Message) -> tuple[Packed, Lent]:
        """As it crosses, and what of it is lent."""
        if self._lending:
            self._lending = []
        return pack(message, self._lend), self._lending

    def _lend(self, data: bytes | memoryview) -> bytes | memoryview:
        if self._lent + len(self._lending) >= LARGEST_BOUND:
            return bytes(data)
        self._lending.append(data)
        return memoryview(data)

    def _offer(self, packed: Packed, lent: Lent) -> bool:
        """Put it where it is read; False if there is no room."""
        line = self._line
        if self._closed:
            raise ClosedResourceError("this end of the channel was closed")
        if self._loans:
            if line.state[RETURNED] != self._returned or len(self._loans) >= line.maxsize:
                self._collect()
            if len(self._loans) >= line.maxsize and not line.state[RECEIVER_CLOSED]:
                return False
        if line.state[RECEIVER_CLOSED]:
            raise BrokenResourceError("the receiver closed the channel")
        serial = self._serial + 1 if lent else 0
        try:
            line.queue.put_nowait((serial, packed))
        except interpreters.QueueFull:
            return False
        if lent:
            self._serial = serial
            self._loans[serial] = lent
            self._lent += len(lent)
        line.ready.give(SENT)
        return True

    def _collect(self) -> None:
        """Take in what was released: all that is in the queue, whether or not the count tells of it yet."""
        acks = self._line.acks
        for _ in range(acks.qsize()):
            self._returned = (self._returned + 1) & 255
            self._lent -= len(self._loans.pop(cast("int", acks.get_nowait()), ()))
