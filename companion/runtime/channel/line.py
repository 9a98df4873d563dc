"""What both ends of a channel between interpreters share."""

from collections.abc import Callable
from concurrent import interpreters
from typing import Self, cast

from companion.messages import Handle
from companion.runtime.channel.signal import Signal
from companion.runtime.doorbell import Doorbell

LARGEST_BOUND = 128
"""What a receiver frees is released through a ring of about 300 places in the sender's interpreter, and what finds
no place is lost for good; so no more than this many messages, and this many views, may be under way. It is also less
than the 256 that a count in the state can tell apart."""

SENDER_CLOSED, RECEIVER_CLOSED, SENT, TAKEN, RETURNED, _RING_RECEIVER, _RING_SENDER = range(7)
"""Places in a channel's state, a byte each: flags, and counts modulo 256 of messages and of loans."""


class Line:
    """The queue there, the queue of what is given back, a signal for each, and a few bytes that both sides see.

    ``ready`` is given by the sender, ``room`` by the receiver. What waits is the difference of `SENT` and `TAKEN`.
    """

    __slots__ = ("_owner", "acks", "maxsize", "queue", "ready", "room", "state")

    def __init__(self, handle: Handle, *, owner: bool = False) -> None:
        queue, acks, ready, room, self.maxsize, self.state = cast(
            "tuple[int, int, tuple[int, int], tuple[int, int], int, memoryview]", handle
        )
        self.queue, self.acks = interpreters.Queue(queue), interpreters.Queue(acks)
        self.ready = Signal(Doorbell(ready), self.state, _RING_RECEIVER)
        self.room = Signal(Doorbell(room), self.state, _RING_SENDER)
        self._owner = owner

    @classmethod
    def create(cls, maxsize: int, bell: Callable[[], Doorbell]) -> Self:
        """A new one, which owns its descriptors; the receiver is rung until it says otherwise."""
        if not 1 <= maxsize <= LARGEST_BOUND:
            raise ValueError(f"a channel holds 1 to {LARGEST_BOUND} messages, not {maxsize}")
        queue, acks = interpreters.create_queue(maxsize), interpreters.create_queue(2 * LARGEST_BOUND)
        ready = bell()
        try:
            room = bell()
        except OSError:
            ready.close()
            raise
        state = memoryview(bytearray(7))
        state[_RING_RECEIVER] = 1
        return cls((queue.id, acks.id, ready.ends, room.ends, maxsize, state), owner=True)

    @property
    def handle(self) -> Handle:
        """Shareable; opens either end in any interpreter of this process."""
        return (self.queue.id, self.acks.id, self.ready.bell.ends, self.room.bell.ends, self.maxsize, self.state)

    @property
    def descriptors(self) -> frozenset[int]:
        """What it needs of the process's descriptor table."""
        return frozenset((*self.ready.bell.ends, *self.room.bell.ends))

    def mark_closed(self, side: int) -> None:
        """Tell the other side; again if it has been told already, for that may have failed."""
        self.state[side] = 1
        self.ready.bell.ring()
        self.room.bell.ring()

    def __del__(self) -> None:
        if getattr(self, "_owner", False):
            self.ready.bell.close()
            self.room.bell.close()
