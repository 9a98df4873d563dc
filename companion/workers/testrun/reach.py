"""What tests reach outside of their process: programs, other machines, files of the workspace.

Such tests run when somebody saves, and not a second time to find something out. Seen by an audit hook, which cannot
be taken away: for processes of one session only.
This module also runs in the project's own Python (3.10 or later).
"""

import os
import sys
from collections.abc import Callable
from typing import Any

LOOPBACK = ("127.", "::1", "localhost", "::ffff:127.")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
NOBODYS = ("/__pycache__/", "/.pytest_cache/", "/.companion/")
"""Parts of paths that are written without any test wanting it."""
PROGRAMS = frozenset(
    {"subprocess.Popen", "os.posix_spawn", "os.spawn", "os.system", "os.exec", "os.fork", "pty.spawn"}
)
CHANGES = frozenset(
    {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.truncate", "os.chmod"}
)


class Reach:
    """Tells, in a few words, what is reached while it watches; the same words may come again."""

    def __init__(self, root: str, tell: Callable[[str], None]) -> None:
        self._root = root.rstrip("/") + "/"
        self._tell = tell

    def watch(self) -> None:
        """From now on, for as long as the process lives."""
        sys.addaudithook(self._heard)

    def _heard(self, event: str, arguments: "tuple[Any, ...]") -> None:
        if event == "open":
            if isinstance(arguments[2], int) and arguments[2] & WRITING and self._is_inside(arguments[0]):
                self._tell("writes in the workspace")
        elif event in PROGRAMS:
            self._tell("starts programs")
        elif event in CHANGES:
            if any(map(self._is_inside, arguments[:2])):
                self._tell("writes in the workspace")
        elif event == "socket.connect" and _is_remote(arguments[1]):
            self._tell("connects to other machines")
        elif event == "sqlite3.connect" and self._is_inside(arguments[0]):
            self._tell("uses a database of the workspace")

    def _is_inside(self, path: object) -> bool:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return False
        full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - called very often, and for all that is opened
        return full.startswith(self._root) and not any(part in full for part in NOBODYS)


def _is_remote(address: object) -> bool:
    return isinstance(address, tuple) and bool(address) and not str(address[0]).startswith(LOOPBACK)
