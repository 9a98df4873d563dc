"""The far side of a command that is no program of this machine: nothing of companion is installed there.

Its code came over the line (`companion.runtime.shipping`), this module first, and is imported from memory. What kills
processes here reaches none there. So the command's first process stays behind as a guard: it does nothing but wait,
and ends the spare, with all that it started, when its line ends.
This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import os
import select
import signal
import sys
from typing import Any, Union

GRACE = 0.2
"""Seconds that a spare gets to end by itself when its line has ended."""
ENDS = ("SIGTERM", "SIGHUP", "SIGINT")
"""Signals that end the guard, and so the spare."""


class ShippedFinder(importlib.abc.MetaPathFinder, importlib.abc.ExecutionLoader):
    """Finds companion's own modules in memory, and nothing else; ``files`` are texts by path."""

    def __init__(self, files: "dict[str, str]") -> None:
        self._files = files

    def find_spec(self, fullname: str, *_: object) -> Union[importlib.machinery.ModuleSpec, None]:
        """See `importlib.abc.MetaPathFinder`."""
        if self._path(fullname) not in self._files:
            return None
        return importlib.machinery.ModuleSpec(
            fullname, self, origin=self.get_filename(fullname), is_package=self.is_package(fullname)
        )

    def is_package(self, fullname: str) -> bool:
        """See `importlib.abc.InspectLoader`."""
        return self._path(fullname).endswith("/__init__.py")

    def get_source(self, fullname: str) -> str:
        """See `importlib.abc.InspectLoader`."""
        return self._files[self._path(fullname)]

    def get_filename(self, fullname: str) -> str:
        """No file's name: there is none."""
        return f"<{self._path(fullname)}>"

    def _path(self, fullname: str) -> str:
        path = fullname.replace(".", "/")
        package = f"{path}/__init__.py"
        return package if package in self._files else f"{path}.py"


def main(files: "dict[str, str]", root: str, entry: str) -> None:
    """Run ``entry`` (``module:function``) as the project's Python would in ``root``, guarded."""
    stay_as_guard()
    sys.path.insert(0, root)
    sys.meta_path.insert(0, ShippedFinder(files))
    module, _, function = entry.partition(":")
    getattr(importlib.import_module(module), function)()


def stay_as_guard() -> None:
    """Fork; returns in the child, which leads a group of its own."""
    bell, ring = os.pipe()
    os.set_blocking(ring, False)
    before = {number: signal.signal(number, _noticed) for number in _signals()}
    signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
    spare = os.fork()
    if spare:
        os._exit(guard(spare, bell))
    signal.set_wakeup_fd(-1)
    for number, handler in before.items():
        signal.signal(number, handler)
    os.close(bell)
    os.close(ring)
    os.setsid()


def guard(spare: int, bell: int) -> int:
    """Wait for the end of a child, or of descriptor 0; ``bell`` is written to when a signal comes.

    Returns the exit code (128 and the number for a signal), or 0 if the spare was ended; nothing of it is left.
    """
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)  # or nobody would learn that the spare closed it
    poll = select.poll()
    poll.register(bell, select.POLLIN)
    poll.register(0, getattr(select, "POLLRDHUP", 0))  # never readable: what comes is for the spare
    while True:
        ready = [fileno for fileno, _ in poll.poll()]
        told = 0 in ready or set(os.read(bell, 64)) != {signal.SIGCHLD}
        if told:
            poll.unregister(0)
            poll.poll(GRACE * 1000)
        code = _ended(spare)
        if code is None and not told:
            continue
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(spare, signal.SIGKILL)
        if code is None:
            os.waitpid(spare, 0)
        return code or 0


def _ended(spare: int) -> Union[int, None]:
    pid, status = os.waitpid(spare, os.WNOHANG)
    if not pid:
        return None
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _signals() -> "list[int]":
    return [signal.SIGCHLD, *(getattr(signal, name) for name in ENDS if hasattr(signal, name))]


def _noticed(*_: Any) -> None:
    """The descriptor tells of it."""
