"""What waits to be sent, for senders that must never wait: the engine's loop and the fronts' loops."""

import asyncio
from collections import deque
from typing import Protocol

from companion.errors import BrokenResourceError, WouldBlock
from companion.messages import Message
from companion.runtime.channel import InterpreterSendChannel
from companion.runtime.codec import pack
from companion.runtime.stream import StreamSendChannel

BOUND = 200_000
"""Messages that may wait for one reader; one that falls further behind is cut off."""


class Outbox(Protocol):
    """Sends in order, without ever waiting."""

    def put(self, message: Message) -> None:
        """Send now or as soon as there is room; dropped if the reader is gone, whose end is heard where it is read.

        Raises BrokenResourceError if the reader is too far behind, CodecError if this is no message.
        """

    def close(self) -> None:
        """Forget what waits and close the channel."""


class InterpreterOutbox:
    """An outbox for a channel to another interpreter."""

    def __init__(self, channel: InterpreterSendChannel, bound: int = BOUND) -> None:
        self._channel, self._bound = channel, bound
        self._waiting: deque[Message] = deque()
        self._loop = asyncio.get_running_loop()

    def put(self, message: Message) -> None:
        if not self._waiting:
            try:
                return self._channel.send_nowait(message)
            except WouldBlock:
                self._loop.add_reader(self._channel.room_fileno(), self._flush)
            except BrokenResourceError:
                return None
        _append(self._waiting, message, self._bound)
        return None

    def close(self) -> None:
        self._loop.remove_reader(self._channel.room_fileno())
        self._waiting.clear()
        self._channel.close()

    def _flush(self) -> None:
        self._channel.clear_room()
        try:
            while self._waiting:
                self._channel.send_nowait(self._waiting[0])
                self._waiting.popleft()
        except WouldBlock:
            return
        except BrokenResourceError:
            self._waiting.clear()
        self._loop.remove_reader(self._channel.room_fileno())


class StreamOutbox:
    """An outbox for a channel to another process."""

    def __init__(self, channel: StreamSendChannel, bound: int = BOUND) -> None:
        self._channel, self._bound = channel, bound
        self._waiting: deque[Message] = deque()
        self._loop = asyncio.get_running_loop()
        self._writing = False

    @property
    def settled(self) -> bool:
        """Nothing waits to be sent."""
        return not self._waiting and not self._channel.unsent

    def put(self, message: Message) -> None:
        if self._writing:
            _append(self._waiting, message, self._bound)
        else:
            self._waiting.append(message)
            self._flush()

    def close(self) -> None:
        self._watch(writable=False)
        self._waiting.clear()
        self._channel.close()

    def _flush(self) -> None:
        try:
            self._channel.flush_nowait()
            while self._waiting and not self._channel.unsent:
                self._channel.send_nowait(self._waiting.popleft())
        except BrokenResourceError:
            self._waiting.clear()
        finally:
            self._watch(writable=bool(self._channel.unsent or self._waiting))

    def _watch(self, *, writable: bool) -> None:
        if writable and not self._writing:
            self._loop.add_writer(self._channel.fileno(), self._flush)
        elif self._writing and not writable:
            self._loop.remove_writer(self._channel.fileno())
        self._writing = writable


def _append(waiting: deque[Message], message: Message, bound: int) -> None:
    if len(waiting) >= bound:
        raise BrokenResourceError(f"the reader is more than {bound} messages behind")
    pack(message)  # its sender hears now if it cannot be sent, not the loop later
    waiting.append(message)
