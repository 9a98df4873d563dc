"""The engine's side of its fronts: a private local socket, one conversation each."""

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Callable, Collection
from functools import partial
from itertools import count
from pathlib import Path

from companion.errors import BrokenResourceError
from companion.messages import Message
from companion.runtime.conversation import Conversation
from companion.runtime.fieldtypes import checked
from companion.runtime.outbox import BOUND
from companion.runtime.renewal import Baton

logger = logging.getLogger("companion.fronts")

type Heard = Callable[[int, Message | None], None]
"""Called with a front's number and its message; with None, once, when it has left."""

PAUSE = 1.0
"""Seconds before the next front is let in where the process has no descriptor left for it."""


class Fronts:
    """Accepts fronts of the same user only; sends to each without ever waiting for one.

    ``path`` lies in a folder that is this user's alone, and is this engine's alone: what is found there is dead.
    """

    def __init__(self, path: Path, heard: Heard, *, bound: int = BOUND, inherited: Baton | None = None) -> None:
        self._path, self._heard, self._bound = path, heard, bound
        self._loop = asyncio.get_running_loop()
        self._numbers = count(1)
        self._open: dict[int, Conversation] = {}
        self._peers: dict[int, int] = {}
        self._listener = _listen(path) if inherited is None else socket.socket(fileno=inherited.listener)
        self._identity = _identity(path)
        self._pause: asyncio.TimerHandle | None = None
        if inherited is not None:
            self._numbers = count(1 + max((number for number, _ in inherited.fronts), default=0))
            for number, fileno in inherited.fronts:
                self._begin(number, socket.socket(fileno=fileno))
        self._invite()

    @property
    def pids(self) -> Collection[int]:
        """Of the fronts' processes, where the system names them."""
        return self._peers.values()

    @property
    def settled(self) -> bool:
        """No front has said half a message, or has not been told all that it was sent."""
        return all(conversation.settled for conversation in self._open.values())

    def hand_over(self) -> tuple[int, dict[int, int]]:
        """The descriptors of the listening socket and of each front's, by its number, for another process.

        They are no longer this object's; nothing is closed. Only if all are `settled`.
        """
        self._stop_listening()
        fronts = {front: conversation.detach() for front, conversation in self._open.items()}
        self._open.clear()
        return self._listener.detach(), fronts

    def send(self, front: int, message: Message) -> None:
        """To one front; one that has left, or is hopelessly behind, is forgotten. Raises CodecError."""
        conversation = self._open.get(front)
        if conversation is not None:
            try:
                conversation.send(message)
            except BrokenResourceError:
                self.leave(front)

    def leave(self, front: int) -> None:
        """End the conversation with this front; harmless if it has ended."""
        conversation = self._open.pop(front, None)
        if conversation is not None:
            self._peers.pop(front, None)
            conversation.close()
            self._heard(front, None)

    def publish(self, message: Message, fronts: frozenset[int]) -> None:
        """To each of these fronts."""
        for front in fronts:
            self.send(front, message)

    def close(self) -> None:
        """Say goodbye to all; nobody can join any more. Harmless if done already."""
        if self._listener.fileno() < 0:
            return
        self._stop_listening()
        if _identity(self._path) == self._identity:  # not removed, and made anew by somebody else
            self._path.unlink(missing_ok=True)
        self._listener.close()
        for front in list(self._open):
            self.leave(front)

    def _stop_listening(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._listener.fileno())

    def _invite(self) -> None:
        self._pause = None
        self._loop.add_reader(self._listener.fileno(), self._accept)

    def _accept(self) -> None:
        try:
            line, _ = self._listener.accept()
        except BlockingIOError, ConnectionError:  # it has gone away again
            return
        except OSError as error:  # no descriptors: it waits, and we would be woken for it without end
            logger.warning("a front cannot be let in: %s", error)
            self._loop.remove_reader(self._listener.fileno())
            self._pause = self._loop.call_later(PAUSE, self._invite)
            return
        peer = _peer(line)
        if peer is None or peer[1] in (os.getuid(), 0):  # the file's mode keeps others out already
            self._begin(next(self._numbers), line)
        else:
            line.close()

    def _begin(self, front: int, line: socket.socket) -> None:
        peer = _peer(line)
        if peer is not None:
            self._peers[front] = peer[0]
        self._open[front] = Conversation(
            line,
            partial(self._heard, front),
            lambda _: self.leave(front),
            check=checked,
            bound=self._bound,
        )


def _listen(path: Path) -> socket.socket:
    """A listening socket that only this user can connect to."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(os.fspath(path))
    finally:
        os.umask(before)
    listener.listen(16)
    listener.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return listener


def _identity(path: Path) -> int:
    """Which file this is; 0 if there is none."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def _peer(line: socket.socket) -> tuple[int, int] | None:
    """Process and user at the other end, where the system names them."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    size = struct.calcsize("3i")
    pid, uid, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return pid, uid
