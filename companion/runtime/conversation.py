"""Both directions of a local socket on an asyncio loop, as the engine has them with its fronts and fronts with it."""

import asyncio
import os
import socket
from collections.abc import Callable

from companion.errors import CompanionError
from companion.messages import Message
from companion.runtime.outbox import BOUND, StreamOutbox
from companion.runtime.reader import MessageReader, trust
from companion.runtime.stream import open_stream


class Conversation:
    """Owns a connected socket. ``bound`` as in `StreamOutbox`, all else as in `MessageReader`."""

    def __init__(
        self,
        line: socket.socket,
        received: Callable[[Message], None],
        ended: Callable[[CompanionError], None],
        *,
        check: Callable[[Message], object] = trust,
        bound: int = BOUND,
    ) -> None:
        send, receive = open_stream(line)
        self._send, self._receive = send, receive
        self._outbox = StreamOutbox(send, bound)
        self._reader = MessageReader(asyncio.get_running_loop(), receive, received, ended, check=check)

    def send(self, message: Message) -> None:
        """Send, now or later, without waiting. Raises as `Outbox.put`."""
        self._outbox.put(message)

    def pause(self) -> None:
        """Leave what comes to the socket; when that is full, the other side's outbox holds the rest."""
        self._reader.pause()

    def resume(self) -> None:
        """Read again."""
        self._reader.resume()

    @property
    def settled(self) -> bool:
        """Nothing waits to be sent, and no message has arrived in part."""
        return self._outbox.settled and not self._receive.begun

    def detach(self) -> int:
        """Hear no more and say no more, but leave the line open: its descriptor, for another process."""
        fileno = os.dup(self._receive.fileno())
        self._reader.pause()
        self._receive.forget()
        self._send.forget()
        return fileno

    def close(self) -> None:
        """Hear no more and say no more; harmless if done already."""
        self._reader.close()
        self._outbox.close()
