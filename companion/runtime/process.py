"""Child processes that speak our messages over their standard input and output."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

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
    """An agent in a process of its own, where its interpreter cannot be; the interface of `Worker`."""

    interpreter = -1

    def __init__(self, name: str, settings: Message, root: str) -> None:
        self.name = name
        self.memory = 0
        self.failure = ""
        self._settings, self._root = settings, root
        self._process: subprocess.Popen[bytes] | None = None
        self._ends: tuple[StreamSendChannel, StreamReceiveChannel] | None = None

    def start(self) -> None:
        """Begin. Raises OSError."""
        self._process, line = spawn([sys.executable], "companion.workers.serve:process_main", self._root, self.name)
        self._ends = open_stream(socket.socket(fileno=line))
        self._ends[0].send(self._settings)

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
            os.killpg(self._process.pid, 9)
            self._process.wait()
