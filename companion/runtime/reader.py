"""Reading a channel on a loop: what arrives is handed on, and the other side's end is told exactly once.

What a handler raises is our own mistake and nobody's end: it goes to the loop, and reading goes on.
"""

from collections.abc import Callable
from contextlib import closing
from typing import Protocol

from companion.errors import CompanionError
from companion.messages import Message
from companion.runtime.channel import ReceiveChannel


class Readers(Protocol):
    """What this needs of a loop: asyncio's, or an agent's."""

    def add_reader(self, fileno: int, callback: Callable[[], None], /) -> object: ...

    def remove_reader(self, fileno: int, /) -> object: ...


def trust(_message: Message) -> None:
    """The check of what the other side says where that is our own, of this version."""


class MessageReader:
    """Owns a channel's receiving end from now on. ``received`` and ``ended`` may do anything, also `close`.

    ``ended`` gets `EndOfChannel`, or why what follows cannot be read; the reader is closed by then. It is not called
    after `close`. ``check`` raises CodecError for what is no message of this conversation.
    """

    def __init__(
        self,
        loop: Readers,
        channel: ReceiveChannel,
        received: Callable[[Message], None],
        ended: Callable[[CompanionError], None],
        *,
        check: Callable[[Message], object] = trust,
    ) -> None:
        self._loop, self._channel = loop, channel
        self._received, self._ended, self._check = received, ended, check
        self._is_open, self._is_reading = True, False
        self.resume()

    def pause(self) -> None:
        """Leave what comes to the channel, which makes its sender wait; harmless if done already."""
        if self._is_reading:
            self._is_reading = False
            self._loop.remove_reader(self._channel.fileno())

    def resume(self) -> None:
        """Read again; harmless if it does already, or is closed."""
        if self._is_open and not self._is_reading:
            self._is_reading = True
            self._loop.add_reader(self._channel.fileno(), self._read)

    def close(self) -> None:
        """Read no more, and close the channel; harmless if done already."""
        self.pause()
        if self._is_open:
            self._is_open = False
            self._channel.close()

    def _read(self) -> None:
        with closing(self._channel.pending()) as messages:
            while self._is_reading:
                try:
                    message = next(messages, None)
                    if message is not None:
                        self._check(message)
                except CompanionError as error:
                    self.close()
                    self._ended(error)
                    return
                if message is None:
                    return
                self._received(message)
