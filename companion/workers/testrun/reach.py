"""What tests reach outside of their process: programs, other machines, files of the workspace.

Such tests run when somebody saves, and not a second time to find something out. Seen by an audit hook, which cannot
be taken away: for processes of one session only.
This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any, cast

LOOPBACK = ("127.", "::1", "localhost", "::ffff:127.")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
NOBODYS = ("/__pycache__/", "/.pytest_cache/", "/.companion/")
"""Parts of paths that are written without any test wanting it."""
PROGRAMS = frozenset(
    {
        "subprocess.Popen",
        "_posixsubprocess.fork_exec",
        "os.posix_spawn",
        "os.spawn",
        "os.system",
        "os.exec",
        "pty.spawn",
    }
    | {"os.fork", "os.forkpty"}
)
CHANGES = {
    "os.remove": ((0, 1),),
    "os.rmdir": ((0, 1),),
    "os.mkdir": ((0, 2),),
    "os.chmod": ((0, 2),),
    "os.rename": ((0, 2), (1, 3)),
    "os.link": ((1, 3),),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, -1),),
}
"""Where each event has a path that it changes, and where the descriptor of the folder that this is relative to."""
_fsdecode, _getcwd, _readlink, _normpath = os.fsdecode, os.getcwd, os.readlink, os.path.normpath  # tests replace them


class Reach:
    """Tells, in a few words, what is reached while it watches; the same words may come again."""

    def __init__(self, root: str, tell: Callable[[str], None]) -> None:
        self._root = root.rstrip("/") + "/"
        self._tell = tell

    def watch(self) -> None:
        """From now on, for as long as the process lives."""
        sys.addaudithook(self._heard)

    def _heard(self, event: str, arguments: "tuple[Any, ...]") -> None:
        with contextlib.suppress(Exception):  # it would be the test's
            reason = self._reason(event, arguments)
            if reason:
                self._tell(reason)

    def _reason(self, event: str, arguments: "tuple[Any, ...]") -> str:
        if event == "open":
            writes = isinstance(arguments[2], int) and arguments[2] & WRITING
            return "writes in the workspace" if writes and self._is_inside(arguments[0]) else ""
        if event in PROGRAMS:
            return "starts programs"
        if event in CHANGES:
            changed = any(self._is_inside(arguments[at], _folder(arguments, by)) for at, by in CHANGES[event])
            return "writes in the workspace" if changed else ""
        if event == "socket.connect":
            return "connects to other machines" if _is_remote(arguments[1]) else ""
        if event == "sqlite3.connect":
            return "uses a database of the workspace" if self._is_inside(arguments[0]) else ""
        return ""

    def _is_inside(self, path: object, folder: int = -1) -> bool:
        if not isinstance(path, (str, bytes, os.PathLike)) or path in ("", ":memory:"):
            return False
        full = _fsdecode(cast("str", path))
        if not full.startswith("/"):
            full = f"{_getcwd() if folder < 0 else _readlink(f'/proc/self/fd/{folder}')}/{full}"
        full = _normpath(full)
        return full.startswith(self._root) and not any(part in f"{full}/" for part in NOBODYS)


def _folder(arguments: "tuple[Any, ...]", at: int) -> int:
    """A descriptor, or -1: relative paths begin at the working directory."""
    return arguments[at] if at >= 0 and isinstance(arguments[at], int) else -1


def _is_remote(address: object) -> bool:
    host = cast("tuple[object, ...]", address)[0] if isinstance(address, tuple) and address else ""
    return isinstance(host, str) and host not in ("", "0.0.0.0", "::") and not host.startswith(LOOPBACK)  # noqa: S104
