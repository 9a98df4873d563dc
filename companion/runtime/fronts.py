"""The engine's side of its fronts: a private local socket, one conversation each."""

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from itertools import count
from pathlib import Path

from companion.errors import CompanionError
from companion.messages import Message
from companion.runtime.fieldtypes import checked
from companion.runtime.outbox import StreamOutbox
from companion.runtime.stream import StreamReceiveChannel, open_stream

type Heard = Callable[[int, Message | None], None]
"""Called with a front's number and its message; with None once it has left."""


class Fronts:
    """Accepts fronts of the same user only; sends to each without ever waiting for one."""

    def __init__(self, path: Path, heard: Heard) -> None:
        self._path, self._heard = path, heard
        self._loop = asyncio.get_running_loop()
        self._numbers = count(1)
        self._open: dict[int, tuple[StreamOutbox, StreamReceiveChannel]] = {}
        self._listener = _listen(path)
        self._identity = _identity(path)
        self._loop.add_reader(self._listener.fileno(), self._accept)

    def send(self, front: int, message: Message) -> None:
        """To one front; one that has left, or is hopelessly behind, is forgotten."""
        conversation = self._open.get(front)
        if conversation is None:
            return
        try:
            conversation[0].put(message)
        except CompanionError:
            self._leave(front)

    def leave(self, front: int) -> None:
        """End the conversation with this front."""
        if front in self._open:
            self._leave(front)

    def publish(self, message: Message, fronts: frozenset[int]) -> None:
        """To each of these fronts."""
        for front in fronts:
            self.send(front, message)

    def close(self) -> None:
        """Say goodbye to all; nobody can join any more."""
        self._loop.remove_reader(self._listener.fileno())
        if _identity(self._path) == self._identity:  # not another engine's, which took its place
            self._path.unlink(missing_ok=True)
        self._listener.close()
        for front in list(self._open):
            self._leave(front)

    def _accept(self) -> None:
        try:
            line, _ = self._listener.accept()
        except OSError:
            return
        if not _same_user(line):
            line.close()
            return
        send, receive = open_stream(line)
        front = next(self._numbers)
        self._open[front] = (StreamOutbox(send), receive)
        self._loop.add_reader(receive.fileno(), self._read, front, receive)

    def _read(self, front: int, receive: StreamReceiveChannel) -> None:
        try:
            for message in receive.pending():
                self._heard(front, checked(message))
                if front not in self._open:
                    return
        except CompanionError:  # it left, or what it sent is no message of ours
            self._leave(front)

    def _leave(self, front: int) -> None:
        outbox, receive = self._open.pop(front)
        self._loop.remove_reader(receive.fileno())
        outbox.close()
        receive.close()
        self._heard(front, None)


def _listen(path: Path) -> socket.socket:
    """A listening socket that only this user can connect to. The caller holds the root's lock: a leftover is dead."""
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


def _same_user(line: socket.socket) -> bool:
    """The file's mode keeps others out already; where the system names the peer, ask."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    size = struct.calcsize("3i")
    _, uid, _ = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return uid in (os.getuid(), 0)
