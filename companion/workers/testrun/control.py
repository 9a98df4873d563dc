"""The line between a template and its engine: what to fork, and what became of it.

This module also runs in the project's own Python (3.10 or later), on Linux.
"""

import contextlib
import os
import select
import signal
import socket
from typing import NoReturn

from companion.errors import CompanionError, WouldBlock
from companion.messages import Fork, Forked, ForkEnded, Message
from companion.runtime.stream import StreamReceiveChannel, StreamSendChannel

TELLING = 5.0
"""Seconds for the engine to take a word."""


class Control:
    """The template's line to the engine, and its children; told in return how each ended.

    ``line`` is a socket's descriptor; ``children`` are spares by process id, from before a new start. The process
    ends with the engine, whatever is being done.
    """

    def __init__(self, line: int, children: "dict[int, int]") -> None:
        self.line = socket.socket(fileno=line)
        self._receive = FileReceiveChannel(self.line)
        self._send = StreamSendChannel(os.dup(line))
        self._poll = select.poll()
        self._children: dict[int, tuple[int, int]] = {}
        for pid, spare in children.items():
            self._watch(pid, spare)

    def next(self) -> "tuple[int, int]":
        """The next spare to fork, and the descriptor of its line to the runner."""
        while True:
            try:
                message = self._receive.receive_nowait()
            except WouldBlock:
                self.wait(self.line.fileno())
            except CompanionError:
                self._end()
            else:
                if isinstance(message, Fork):
                    return message.spare, self._receive.files.pop(0)

    def wait(self, fileno: int) -> None:
        """Until this can be read; children that end meanwhile are told of."""
        self._poll.register(fileno, select.POLLIN)
        try:
            while True:
                ready = [ready for ready, _ in self._poll.poll()]
                for child in ready:
                    if child in self._children:
                        self._reap(child)
                if fileno in ready:
                    return
        finally:
            self._poll.unregister(fileno)

    def forked(self, spare: int, pid: int) -> None:
        """Tell of a new child, or that nothing can be forked: then it is this process's own id."""
        if pid != os.getpid():
            self._watch(pid, spare)
        self._tell(Forked(spare, pid))

    def ended(self, spare: int, code: int) -> None:
        """Tell how a spare ended."""
        self._tell(ForkEnded(spare, code))

    def forget(self) -> None:
        """In a spare: nothing of this is its business."""
        for fileno in self._children:
            os.close(fileno)
        self._receive.forget()
        self._send.forget()
        self.line.close()

    def words(self) -> "list[str]":
        """What `main` takes to go on with this."""
        return [str(self.line.fileno()), *(f"{pid}={spare}" for pid, spare in self._children.values())]

    def _tell(self, message: Message) -> None:
        try:
            self._send.send(message, TELLING)
        except (CompanionError, TimeoutError):
            self._end()

    def _watch(self, pid: int, spare: int) -> None:
        fileno = os.pidfd_open(pid)
        self._children[fileno] = (pid, spare)
        self._poll.register(fileno, select.POLLIN)

    def _reap(self, fileno: int) -> None:
        """What it started ends with it: its group's number is nobody else's until it has been waited for."""
        pid, spare = self._children.pop(fileno)
        self._poll.unregister(fileno)
        os.close(fileno)
        _kill_group(pid)
        _, status = os.waitpid(pid, 0)
        self.ended(spare, os.waitstatus_to_exitcode(status))

    def _end(self) -> NoReturn:
        """Nothing of ours goes on without the engine."""
        for pid, _ in self._children.values():
            _kill_group(pid)
            os.waitpid(pid, 0)
        os._exit(0)


class FileReceiveChannel(StreamReceiveChannel):
    """A stream channel whose messages may bring a descriptor each, in their order."""

    def __init__(self, line: socket.socket) -> None:
        super().__init__(os.dup(line.fileno()))
        self._line = line
        self.files: list[int] = []

    def read(self, size: int) -> bytes:
        """See `StreamReceiveChannel.read`."""
        data, files, _, _ = socket.recv_fds(self._line, size, 8)
        for file in files:
            os.set_inheritable(file, False)  # noqa: FBT003 - the standard library's signature
        self.files += files
        return data


def _kill_group(pid: int) -> None:
    """This child of ours, and the group that it leads, if it does so already."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)
