"""Child processes that speak our messages over their standard input and output."""

import contextlib
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from companion.errors import BrokenResourceError
from companion.messages import Message
from companion.runtime.stream import FORGET, StreamReceiveChannel, StreamSendChannel, open_stream, stream_pair

logger = logging.getLogger("companion.process")

BOOT = """\
import sys
folder, root, entry = sys.argv[1:4]
sys.path[0] = folder
module, _, function = entry.partition(":")
import importlib
main = getattr(importlib.import_module(module), function)
from companion.workers.testrun.environment import CompanionFinder
sys.path[0] = root
sys.meta_path.insert(0, CompanionFinder(folder))
main(*sys.argv[4:])
"""
"""Imports companion's modules without leaving its folder on the child's path: that may be a whole site-packages."""

FOLDER = str(Path(__file__).parents[2])
"""What companion is imported from."""
SETTLED = 1.0
"""Seconds for the settings to go into the socket's buffer, where they have room from the first."""
KEPT = 8 * 1024
"""Bytes of what a process wrote to its standard error that are kept: the last ones."""
GRACE = 0.5
"""Seconds that a process gets to end by itself before it is killed."""
LONGEST_LINE = 300
"""Characters of what it said that go into one sentence."""
EXCEPTION = re.compile(r"(?:[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning)|Fatal Python error)\b")
"""How a line begins that says what was raised; what follows it in a report says where."""
STYLE = re.compile(r"\x1b\[[0-9;]*m")


class Child:
    """A process of ours. It leads a group of its own, so that it is killed with all that it started.

    What it writes to its standard error goes to a file without a name, where nothing can make it wait; see `said`.
    Callable from any thread.
    """

    def __init__(self, process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
        self._process, self._errors = process, errors
        self._reading = threading.Lock()
        self._said = ""

    @property
    def pid(self) -> int:
        """Its process id, and its group's."""
        return self._process.pid

    @property
    def said(self) -> str:
        """The end of what it wrote to its standard error; empty while it lives."""
        return self._said

    def wait(self, timeout: float | None = None) -> int | None:
        """Its exit code (negative: a signal's number), or None if it has not ended within ``timeout`` seconds."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self._read()
        return code

    def kill(self) -> None:
        """End it now, and its whole group, and wait for it. Harmless if it has ended."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody of it is left, or it is just ending
            os.killpg(self.pid, signal.SIGKILL)
        self.wait()

    def _read(self) -> None:
        with self._reading:
            if not self._errors.closed:
                size = self._errors.seek(0, os.SEEK_END)
                self._errors.seek(max(0, size - KEPT))
                said = self._errors.read(KEPT).rpartition(FORGET)[2]
                self._said = said.decode("utf-8", "replace").strip()
                self._errors.close()


def how_it_ended(code: int | None, said: str) -> str:
    """In one line: the exit code or the signal, and what was raised. Empty for one that had to be killed."""
    if code is None:
        return ""
    if code < 0:
        names = {number.value: number.name for number in signal.Signals}
        how = f"signal {names.get(-code, -code)}"
    else:
        how = f"exit code {code}"
    return ": ".join(filter(None, (how, last_words(said))))


def last_words(said: str) -> str:
    """The one line of a traceback, or of another last message, that says what was wrong."""
    lines = [line.strip() for line in STYLE.sub("", said).split("\n") if line.strip()]
    raised = [line for line in lines if EXCEPTION.match(line)]
    return (raised or lines or [""])[-1][:LONGEST_LINE]


def spawn(python: Sequence[str], entry: str, root: str, *arguments: str) -> tuple[Child, int]:
    """Start ``entry`` (``module:function``) under this Python, in ``root``.

    Returns the process and the descriptor of a socket to it. Raises OSError.
    """
    child, line = start([*python, "-c", BOOT, FOLDER, root, entry, *arguments], root)
    return child, line.detach()


def start(command: Sequence[str], folder: str) -> tuple[Child, socket.socket]:
    """Start a command in this folder, with a socket for its standard input and output. Raises OSError."""
    with contextlib.ExitStack() as undo:
        errors = undo.enter_context(tempfile.TemporaryFile())
        ours, theirs = stream_pair()
        undo.enter_context(ours)
        with theirs:
            process = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=errors.fileno(),
                cwd=folder,
                start_new_session=True,
            )
        undo.pop_all()
    return Child(process, errors), ours


class ProcessWorker:
    """An agent in a process of its own, where its interpreter cannot be; the interface of `Worker`.

    ``entry`` (``module:function``) gets the name; its first message holds the settings. The process starts in
    companion's own folder, so that no file of the user's project can stand for a module.
    """

    interpreter = -1

    def __init__(self, name: str, settings: Message, entry: str = "companion.workers.serve:process_main") -> None:
        self.name = name
        self.memory = 0
        self._settings, self._entry = settings, entry
        self._child: Child | None = None
        self._failure = ""
        self._ends: tuple[StreamSendChannel, StreamReceiveChannel] | None = None

    def start(self) -> None:
        """Begin. Raises OSError, and BrokenResourceError if it ended at once."""
        self._child, line = spawn([sys.executable], self._entry, FOLDER, self.name)
        self._ends = open_stream(socket.socket(fileno=line))
        try:
            self._ends[0].send(self._settings, SETTLED)
        except (BrokenResourceError, TimeoutError) as error:
            reason = self.failure
            self.kill()
            for end in self._ends:
                end.close()
            raise BrokenResourceError(reason or str(error)) from error

    @property
    def failure(self) -> str:
        """How it ended, if not in order. Asked when its channel has ended: it may take `GRACE` to be gone then."""
        if self._child is not None and not self._failure:
            code = self._child.wait(GRACE)
            if code:
                self._failure = how_it_ended(code, self._child.said)
                logger.warning("the %s: %s", self.name, self._child.said or self._failure)
        return self._failure

    @property
    def ends(self) -> tuple[StreamSendChannel, StreamReceiveChannel]:
        """Both ends, once started."""
        if self._ends is None:
            raise RuntimeError("start the worker first")
        return self._ends

    def join(self, timeout: float) -> bool:
        """Wait for its end; False if it has not come."""
        return self._child is None or self._child.wait(timeout) is not None

    def kill(self) -> None:
        """End it now, with everything that it started."""
        if self._child is not None and self._child.wait(0) is None:
            self._child.kill()
