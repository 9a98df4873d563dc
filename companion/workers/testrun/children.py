"""Programs that a spare's tests start: they get its own environment variables, and none outlives it unnoticed.

The C environment belongs to the whole process, so ``putenv`` is cut off in the interpreter lane: what starts a
program hands over what this interpreter's ``os.environ`` holds. A handle is kept of each
program until it was waited for.
This module also runs in the project's own Python (3.10 or later), where it is not used.
"""

import contextlib
import importlib
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any, cast

from companion.core.lanes import CLAUSE
from companion.workers.testrun.patches import Patches

Tell = Callable[[str], object]

READ_BELOW = frozenset({b"TZ", b"TZDIR", b"SSL_CERT_FILE", b"SSL_CERT_DIR", b"SQLITE_TMPDIR"})
"""Variables that C libraries look at themselves, while a process runs."""


class Children:
    """See the module; ``tell`` hears of what changes the C environment beside ``os.environ``."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._waitid, self._kill = os.waitid, os.kill
        self._running: dict[int, tuple[int, str]] = {}
        self._terminal: dict[bytes, bytes] = {}

    def apply(self, patches: Patches) -> None:
        """Put the wrappers in place, before the project is imported."""
        for name in ("putenv", "unsetenv"):
            patches.replace(os, name, self._cut(f"os.{name}"))
        for name in ("posix_spawn", "posix_spawnp"):
            if hasattr(os, name):
                patches.replace(os, name, self._known(with_variables(getattr(os, name), 2, self._variables)))
        with contextlib.suppress(ImportError):
            module = importlib.import_module("_posixsubprocess")
            fork_exec = self._known(with_variables(module.fork_exec, 5, self._as_list))
            patches.replace(module, "fork_exec", fork_exec)  # multiprocessing looks there
            patches.replace(subprocess, "_fork_exec", fork_exec)

    def add_terminal_size(self) -> None:
        """readline, where it can be loaded, tells programs of it."""
        size = shutil.get_terminal_size()
        self._terminal = {b"LINES": b"%d" % size.lines, b"COLUMNS": b"%d" % size.columns}

    def _variables(self) -> "dict[bytes, bytes]":
        return {**self._terminal, **os.environb}

    def _as_list(self) -> "list[bytes]":
        return [name + b"=" + value for name, value in self._variables().items()]

    def note(self, owner: str) -> None:
        """What was started since the last call, this item has started."""
        for pid, (handle, known) in self._running.items():
            if not known:
                self._running[pid] = (handle, owner)

    def end(self, patience: float) -> "list[tuple[str, str]]":
        """All programs end, at the latest after ``patience`` seconds; returns which had to be killed, by owner.

        Nothing of them is left for the engine, which would be their parent from then on.
        """
        stop_helpers()
        killed: list[tuple[str, str]] = []
        for pid, (handle, owner) in self._running.items():
            with contextlib.suppress(OSError):  # somebody has waited for it, or closed what is not theirs
                if not select.select([handle], [], [], patience)[0]:
                    patience = 0.0
                    killed.append((owner, f"a program that goes on (process {pid}) {CLAUSE}"))
                    self._kill(pid, signal.SIGKILL)
                self._waitid(os.P_PIDFD, handle, os.WEXITED)
            with contextlib.suppress(OSError):
                os.close(handle)
        self._running.clear()
        return killed

    def _known(self, start: Callable[..., int]) -> Callable[..., int]:
        def started(*args: Any, **options: Any) -> int:
            pid = start(*args, **options)
            with contextlib.suppress(OSError, AttributeError):  # no more descriptors, or no Linux
                handle = os.pidfd_open(pid)
                self._forget_waited()
                self._running[pid] = (handle, "")
            return pid

        return started

    def _forget_waited(self) -> None:
        for pid, (handle, _) in list(self._running.items()):
            try:
                self._waitid(os.P_PIDFD, handle, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except OSError:
                del self._running[pid]
                with contextlib.suppress(OSError):
                    os.close(handle)

    def _cut(self, name: str) -> Callable[..., None]:
        def ignore(variable: str | bytes, *_: object) -> None:
            if cast("Any", sys)._getframe(1).f_globals.get("__name__") != "os":
                self._tell(name)
            elif variable in READ_BELOW:  # os.environ keeps the others for itself
                self._tell(f"the variable {os.fsdecode(variable)}")

        return ignore


def with_variables(start: Callable[..., int], place: int, own: Callable[[], object]) -> Callable[..., int]:
    """The same, but where the argument in this place is None, what is started gets its own variables."""

    def started(*args: Any, **options: Any) -> int:
        if args[place : place + 1] == (None,):
            args = (*args[:place], own(), *args[place + 1 :])
        return start(*args, **options)

    return started


def stop_helpers() -> None:
    """multiprocessing's own two, which otherwise end with the process."""
    for module_name, helper in (("forkserver", "_forkserver"), ("resource_tracker", "_resource_tracker")):
        module = sys.modules.get(f"multiprocessing.{module_name}")
        with contextlib.suppress(Exception):
            getattr(module, helper)._stop()
