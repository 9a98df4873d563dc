"""Child processes that speak our messages over their standard input and output."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from companion.errors import BrokenResourceError
from companion.messages import Message
from companion.runtime.stream import StreamReceiveChannel, StreamSendChannel, open_stream, stream_pair

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


def spawn(python: Sequence[str], entry: str, root: str, *arguments: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start ``entry`` (``module:function``) under this Python, in ``root``.

    Returns the process and the descriptor of a socket to it. Raises OSError.
    """
    ours, theirs = stream_pair()
    try:
        process = subprocess.Popen(
            [*python, "-c", BOOT, FOLDER, root, entry, *arguments],
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            stderr=subprocess.DEVNULL,
            cwd=root,
            start_new_session=True,
        )
    except OSError:
        ours.close()
        raise
    finally:
        theirs.close()
    return process, ours.detach()


class ProcessWorker:
    """An agent in a process of its own, where its interpreter cannot be; the interface of `Worker`.

    ``entry`` (``module:function``) gets the name; its first message holds the settings. The process starts in
    companion's own folder, so that no file of the user's project can stand for a module.
    """

    interpreter = -1

    def __init__(self, name: str, settings: Message, entry: str = "companion.workers.serve:process_main") -> None:
        self.name = name
        self.memory = 0
        self.failure = ""
        self._settings, self._entry = settings, entry
        self._process: subprocess.Popen[bytes] | None = None
        self._ends: tuple[StreamSendChannel, StreamReceiveChannel] | None = None

    def start(self) -> None:
        """Begin. Raises OSError, and BrokenResourceError if it ended at once."""
        self._process, line = spawn([sys.executable], self._entry, FOLDER, self.name)
        self._ends = open_stream(socket.socket(fileno=line))
        try:
            self._ends[0].send(self._settings, SETTLED)
        except BrokenResourceError, TimeoutError:
            self.kill()
            for end in self._ends:
                end.close()
            raise

    @property
    def ends(self) -> tuple[StreamSendChannel, StreamReceiveChannel]:
        """Both ends, once started."""
        if self._ends is None:
            raise RuntimeError("start the worker first")
        return self._ends

    def join(self, timeout: float) -> bool:
        """Wait for its end; False if it has not come."""
        try:
            if self._process is not None:
                self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End it now, with everything that it started."""
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # it is ending just now
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
