"""The process lane's template as the engine sees it: one process for each project Python, which forks the spares."""

import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from typing import cast

from companion.errors import CompanionError
from companion.messages import AgentInfo, Fork, Forked, ForkEnded, Handle, KillFork, Message
from companion.runtime.codec import pack
from companion.runtime.memory import proportional
from companion.runtime.process import GRACE, Child, how_it_ended, spawn
from companion.runtime.stream import StreamReceiveChannel, stream_pair
from companion.runtime.wire import dumps

logger = logging.getLogger("companion.template")

ENTRY = "companion.workers.testrun.template:main"
KILLING = 5.0
"""Seconds for the template to kill a spare, before that is done past it."""


def can_fork(python: Sequence[str]) -> bool:
    """Whether a template can serve for this command: a program of this machine, on Linux."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open") and len(python) == 1


class ForkedSpare:
    """A spare that a template forks; see `companion.runtime.spares.Spare`. Callable from any thread."""

    def __init__(self, kill: Callable[[], None], line: int) -> None:
        self._kill = kill
        try:
            self.handles: Handle = (os.dup(line), line)
        except OSError:
            os.close(line)
            raise
        self.pid = 0
        self.over = threading.Event()
        self.how = ""

    def reap(self, left_behind: Callable[[], None]) -> str:  # noqa: ARG002 - none is
        if self.over.wait(GRACE):  # its own end comes within moments of its last word, or not at all
            return self.how
        self.kill()
        if not self.over.wait(KILLING) and self.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        return ""

    def kill(self) -> None:
        if not self.over.is_set():
            self._kill()

    def close(self) -> None:
        """Close the runner's end of its line, which nobody will get."""
        for fileno in cast("tuple[int, int]", self.handles):
            os.close(fileno)

    def describe(self, name: str, state: str) -> AgentInfo:
        memory = proportional(self.pid) if self.pid and not self.over.is_set() else 0
        return AgentInfo(name, -1, state, 0, memory, f"process {self.pid}" if self.pid else "process")


class Template:
    """Forks spares as soon as it is warm; ends when it is closed, with all of them. Callable from any thread."""

    def __init__(self, python: Sequence[str], root: str) -> None:
        self.can_fork = True
        self._child, line = spawn(python, ENTRY, root)
        self._line = socket.socket(fileno=line)
        self._sending = threading.Lock()
        self._spares: dict[int, ForkedSpare] = {}
        self._retired = False
        self._listener = threading.Thread(target=self._listen, name="companion-template", daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        """Whether it can be asked for spares."""
        return self.can_fork and not self._retired and self._child.wait(0) is None

    def fork(self, serial: int) -> ForkedSpare:
        """A spare, which says `Warm` when the template has come so far. Raises OSError."""
        ours, theirs = stream_pair()
        with theirs:
            spare = ForkedSpare(lambda: self._say(KillFork(serial)), ours.detach())
            self._spares[serial] = spare
            try:
                self._say(Fork(serial), theirs.fileno())
            except OSError as error:
                self._spares.pop(serial, None)
                spare.close()
                raise OSError(how_it_ended(self._child.wait(GRACE), self._child.said) or str(error)) from error
        return spare

    def retire(self) -> None:
        """Let it end once its last spare has."""
        self._retired = True
        if not self._spares:
            self._hang_up()

    def close(self) -> None:
        """End it, and every spare of it, now."""
        self._hang_up()
        if self._child.wait(GRACE) is None:
            self._child.kill()
        self._listener.join(GRACE)

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):  # it has
            self._line.shutdown(socket.SHUT_WR)

    def describe(self) -> AgentInfo:
        """One line about the template itself."""
        pid = self._child.pid
        return AgentInfo("template", -1, "up", 0, proportional(pid), f"process {pid}")

    def _say(self, message: Message, *files: int) -> None:
        with self._sending:
            socket.send_fds(self._line, [dumps(pack(message))], files)

    def _listen(self) -> None:
        """In a thread of its own, so that a thread that waits for a spare's end need not wait for the loop."""
        channel = StreamReceiveChannel(os.dup(self._line.fileno()))
        try:
            while True:
                self._heard(channel.receive())
        except CompanionError:
            pass
        finally:
            channel.close()
            with self._sending:
                self._line.close()
        self._is_gone(self._child)

    def _heard(self, message: Message) -> None:
        match message:
            case Forked():
                if message.spare in self._spares:
                    self._spares[message.spare].pid = message.pid
                if message.pid == self._child.pid:
                    logger.info("process %s cannot fork spares: a library has started threads", message.pid)
                    self.can_fork = False
            case ForkEnded():
                self._over(message.spare, how_it_ended(message.code, "") if message.code else "")
            case _:
                pass

    def _over(self, serial: int, how: str) -> None:
        spare = self._spares.pop(serial, None)
        if spare is not None:
            spare.how = how
            spare.over.set()
        if self._retired and not self._spares:
            self._hang_up()

    def _is_gone(self, child: Child) -> None:
        """What it had not forked never comes to be; a spare that it became is the same process."""
        code = child.wait(None if not self.can_fork else GRACE)
        if child.said:
            logger.warning("template %s said:\n%s", child.pid, child.said)
        for serial in list(self._spares):
            self._over(serial, how_it_ended(code, child.said) if code else "")
