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
from companion.messages import Fork, Forked, ForkEnded, KillFork
from companion.runtime.stream import StreamReceiveChannel, StreamSendChannel

TELLING = 5.0
"""Seconds for the engine to take a word."""


class Control:
    """The template's line to the engine: spares to fork, and to kill; told in return how each ended.

    ``line`` is a socket's descriptor; ``children`` are spares by process id, from before a new start.
    """

    def __init__(self, line: int, children: "dict[int, int]") -> None:
        self.line = socket.socket(fileno=line)
        self._receive = FileReceiveChannel(self.line)
        self._send = StreamSendChannel(os.dup(line))
        self._poll = select.poll()
        self._poll.register(line, select.POLLIN)
        self._children: dict[int, tuple[int, int]] = {}
        for pid, spare in children.items():
            self._watch(pid, spare)

    def next(self) -> "tuple[int, int]":
        """The next spare to fork and the descriptor of its line to the runner; the process ends with the engine."""
        while True:
            try:
                message = self._receive.receive_nowait()
            except WouldBlock:
                self._sleep()
            except CompanionError:
                self._end()
            else:
                if isinstance(message, Fork):
                    return message.spare, self._receive.files.pop(0)
                if isinstance(message, KillFork):
                    self._kill(message.spare)

    def forked(self, spare: int, pid: int) -> None:
        """Tell of a new child, or that nothing can be forked: then it is this process's own id."""
        if pid != os.getpid():
            self._watch(pid, spare)
        self._send.send(Forked(spare, pid), TELLING)

    def ended(self, spare: int, code: int) -> None:
        """Tell how a spare ended."""
        self._send.send(ForkEnded(spare, code), TELLING)

    def forget(self) -> None:
        """In a child: nothing of this is its business."""
        for fileno in self._children:
            os.close(fileno)
        self._receive.forget()
        self._send.forget()
        self.line.close()

    def words(self) -> "list[str]":
        """What `main` takes to go on with this."""
        return [str(self.line.fileno()), *(f"{pid}={spare}" for pid, spare in self._children.values())]

    def _sleep(self) -> None:
        """Until the engine says something; children that end meanwhile are told of."""
        for fileno, _ in self._poll.poll():
            if fileno in self._children:
                self._reap(fileno)

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

    def _kill(self, spare: int) -> None:
        for pid, other in self._children.values():
            if other == spare:
                _kill_group(pid)

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
        self.files += files
        return data


def _kill_group(pid: int) -> None:
    """This process, which leads a group, and its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
