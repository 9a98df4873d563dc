"""The process lane's template as the engine sees it: one process for each project Python, which forks the spares.

The template forks, waits for its children and tells how they ended; the engine alone decides which are killed, and
kills them itself. So it does not matter for that what the template does just now, or whether it still lives.
"""

import contextlib
import logging
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Sequence

from companion.errors import CompanionError
from companion.messages import AgentInfo, Fork, Forked, ForkEnded, Message
from companion.runtime.codec import pack
from companion.runtime.lent import lend
from companion.runtime.memory import proportional
from companion.runtime.process import GRACE, how_it_ended, spawn
from companion.runtime.stream import StreamReceiveChannel, stream_pair
from companion.runtime.wire import dumps

logger = logging.getLogger("companion.template")

ENTRY = "companion.workers.testrun.template:main"
KILLING = 5.0
"""Seconds until a process that was killed is gone."""


def can_fork() -> bool:
    """Whether a template can serve on this system: on Linux."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


class ForkedSpare:
    """A spare that a template forks; see `companion.runtime.spares.Spare`. Callable from any thread.

    ``pid`` is 0 until it is there; ``over`` is set once it is gone, ``how`` says how it ended, if not in order.
    """

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self.handles = lend(line)
        self.pid = 0
        self.over = threading.Event()
        self.how = ""
        self._doomed = False

    def began(self, pid: int) -> None:
        """It is there, and killed if that was asked for meanwhile."""
        self.pid = pid
        if self._doomed:
            self.kill()

    def ended(self, how: str) -> None:
        """It is gone."""
        self.how = how
        self.over.set()

    def reap(self, left_behind: object) -> str:  # noqa: ARG002 - none is
        if self.over.wait(GRACE):  # its own end comes within moments of its last word, or not at all
            return self.how
        self.kill()
        if not self.over.wait(KILLING):
            logger.warning("process %s does not end", self.pid)
        return ""

    def kill(self) -> None:
        self._doomed = True
        if self.pid and not self.over.is_set():
            for kill in (os.killpg, os.kill):  # it may not lead its group yet
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        self._line.close()

    def describe(self, name: str, state: str) -> AgentInfo:
        memory = proportional(self.pid) if self.pid and not self.over.is_set() else 0
        return AgentInfo(name, -1, state, 0, memory, f"process {self.pid}" if self.pid else "process")


class Template:
    """Forks spares as soon as it is warm. Callable from any thread.

    Where nothing can be forked (``can_fork`` is false then), it has become the first spare that it was asked for.
    """

    def __init__(self, python: Sequence[str], root: str) -> None:
        self.can_fork = True
        self._child, line = spawn(python, ENTRY, root)
        self._line = socket.socket(fileno=line)
        self._asking = threading.Lock()
        self._silent = False
        self._spares: dict[int, ForkedSpare] = {}
        self._retired = False
        self._listener = threading.Thread(target=self._listen, name="companion-template", daemon=True)
        self._listener.start()

    @property
    def alive(self) -> bool:
        """Whether it can be asked for spares."""
        return self.can_fork and not self._retired and self._child.wait(0) is None

    def fork(self, serial: int) -> ForkedSpare:
        """A spare, which says `Warm` when the template has come so far, or ends as that did. Raises OSError."""
        ours, theirs = stream_pair()
        spare = ForkedSpare(ours)
        with theirs, self._asking:
            if self._silent:
                spare.close()
                raise OSError(how_it_ended(self._child.wait(0), self._child.said) or "the template has ended")
            self._spares[serial] = spare
            with contextlib.suppress(OSError):  # it has just ended: the listener is about to tell
                socket.send_fds(self._line, [dumps(pack(Fork(serial)))], [theirs.fileno()])
        return spare

    def retire(self) -> None:
        """Let it end once its last spare has."""
        self._retired = True
        if not self._spares:
            self._hang_up()

    def close(self) -> None:
        """End it, and whatever it has forked, now."""
        self._hang_up()
        for spare in list(self._spares.values()):
            spare.kill()
        if self._child.wait(GRACE) is None:
            self._child.kill()
        for spare in list(self._spares.values()):  # those it told of in the meantime
            spare.kill()
        self._listener.join(GRACE)

    def describe(self) -> AgentInfo:
        """One line about the template itself."""
        pid = self._child.pid
        return AgentInfo("template", -1, "up", 0, proportional(pid), f"process {pid}")

    def _hang_up(self) -> None:
        with contextlib.suppress(OSError):  # it has
            self._line.shutdown(socket.SHUT_WR)

    # --- in a thread of its own, for whoever waits for a spare's end must not need the loop -------------------

    def _listen(self) -> None:
        channel = StreamReceiveChannel(os.dup(self._line.fileno()))
        try:
            while True:
                self._heard(channel.receive())
        except CompanionError:
            pass
        finally:
            channel.close()
            with self._asking:  # what is asked for from now on, nobody would tell of
                self._silent = True
                self._line.close()
        self._outlive()

    def _heard(self, message: Message) -> None:
        match message:
            case Forked() if message.spare in self._spares:
                self._spares[message.spare].began(message.pid)
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
            spare.ended(how)
        if self._retired and not self._spares:
            self._hang_up()

    def _outlive(self) -> None:
        """The template says no more: it is a spare now, or gone. What it has forked goes on, and is waited for."""
        how = self._how_it_ended() if self.can_fork else ""
        poll = select.poll()
        watched: dict[int, int] = {}
        for serial, spare in list(self._spares.items()):
            fileno = _watch(spare.pid)
            if fileno < 0:
                self._over(serial, how)
            else:
                watched[fileno] = serial
                poll.register(fileno, select.POLLIN)
        while watched:
            for fileno, _ in poll.poll():
                serial = watched.pop(fileno)
                poll.unregister(fileno)
                os.close(fileno)
                itself = self._spares[serial].pid == self._child.pid
                self._over(serial, self._how_it_ended() if itself else "")

    def _how_it_ended(self) -> str:
        """The template's own process, with what it started; it is killed if it has not ended."""
        code = self._child.wait(GRACE)
        self._child.kill()
        if self._child.said:
            logger.warning("template %s said:\n%s", self._child.pid, self._child.said)
        return how_it_ended(code, self._child.said) if code else ""


def _watch(pid: int) -> int:
    """A descriptor that is readable once this process has ended; -1 if there is none."""
    try:
        return os.pidfd_open(pid) if pid else -1
    except OSError:
        return -1
