"""What tests reach outside of their process: programs, other machines, files of the workspace.

Where a session is traced, the same events tell what it reads and meets (`tracing_notes`): there is one hook for all.
Such tests run when somebody saves, and not a second time to find something out; what they write is noted (`ledger`).
Seen by an audit hook, which cannot be taken away, but lets go of what it calls.
This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, Union, cast

from companion.workers.testrun.ledger import Ledger
from companion.workers.testrun.overlays_watch import LISTS, hook
from companion.workers.testrun.tracing_notes import Notes

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
FOLLOWING = frozenset({"open", "os.chmod", "os.truncate"})
"""Those that change what a link leads to."""
OTHERS = frozenset({"open", "sqlite3.connect", "socket.connect"})
EVENTS = PROGRAMS | OTHERS | CHANGES.keys()
_fsdecode, _getcwd, _readlink, _normpath = os.fsdecode, os.getcwd, os.readlink, os.path.normpath  # tests replace them


class Reach:
    """Tells, in a few words, what is reached while it watches; the same words may come again."""

    def __init__(self, root: str, tell: Callable[[str], None], ledger: Ledger) -> None:
        self._root = root.rstrip("/") + "/"
        self._tell, self._ledger = tell, ledger
        self._notes: Union[Notes, None] = None
        self._further: dict[str, Callable[[tuple[Any, ...]], None]] = {}

    def note(self, notes: Notes, further: "dict[str, Callable[[tuple[Any, ...]], None]]") -> None:
        """Tell these, too; ``further`` are other events, with what hears of them."""
        self._notes = notes
        listed = dict.fromkeys(LISTS, notes.listed)
        self._further = {**further, **listed, "socket.bind": notes.bound, "import": notes.loaded}

    def watch(self) -> Callable[[], None]:
        """From now on, until the returned function is called."""
        heard = {event: self._hearing(event) for event in EVENTS} | self._further
        sys.addaudithook(hook(heard))
        return heard.clear

    def _hearing(self, event: str) -> "Callable[[tuple[Any, ...]], None]":
        return lambda arguments: self._heard(event, arguments)

    def _heard(self, event: str, arguments: "tuple[Any, ...]") -> None:
        if event == "open":
            flags = arguments[2] if isinstance(arguments[2], int) else 0
            if self._notes is not None and not flags & os.O_WRONLY:
                self._notes.read(arguments[0])
            if not flags & WRITING:
                return
        reason = self._reason(event, arguments)
        if reason:
            self._tell(reason)

    def _reason(self, event: str, arguments: "tuple[Any, ...]") -> str:
        if event in PROGRAMS:
            self._ledger.starts()
            if self._notes is not None:
                self._notes.started(event, arguments)
            return "starts programs"
        if event == "socket.connect":
            if self._notes is not None:
                self._notes.connected(arguments[1])
            return "connects to other machines" if _is_remote(arguments[1]) else ""
        if event == "sqlite3.connect":
            path = self._inside(_database(arguments[0]))
            if path:
                self._ledger.holds(path)
                if self._notes is not None:
                    self._notes.used(path)
            return "uses a database of the workspace" if path else ""
        paths = list(self._changed(event, arguments))
        note = self._ledger.moves if event == "os.rename" else self._ledger.writes
        for path in paths:
            note(path)
            if self._notes is not None:
                self._notes.written(path)
        return "writes in the workspace" if paths else ""

    def _changed(self, event: str, arguments: "tuple[Any, ...]") -> "Iterator[str]":
        """Absolute paths of the workspace; that of a link, and that which it leads to."""
        for at, by in CHANGES.get(event, ((0, -1),)):
            path = self._inside(arguments[at], _folder(arguments, by))
            if path:
                yield path
                if event in FOLLOWING:
                    with contextlib.suppress(OSError):
                        yield from filter(None, [self._inside(_beside(path, _readlink(path)))])

    def _inside(self, path: object, folder: int = -1) -> str:
        """The absolute path, if it is the workspace's and somebody's business; else empty."""
        if not isinstance(path, (str, bytes, os.PathLike)) or path in ("", ":memory:"):
            return ""
        full = _fsdecode(cast("str", path))
        if not full.startswith("/"):
            full = f"{_getcwd() if folder < 0 else _readlink(f'/proc/thread-self/fd/{folder}')}/{full}"
        full = _normpath(full)
        is_inside = full.startswith(self._root) and not any(part in f"{full}/" for part in NOBODYS)
        return full if is_inside else ""


def _beside(path: str, target: str) -> str:
    """Where a link at this path leads to."""
    return target if target.startswith("/") else f"{path.rpartition('/')[0]}/{target}"


def _folder(arguments: "tuple[Any, ...]", at: int) -> int:
    """A descriptor, or -1: relative paths begin at the working directory."""
    return arguments[at] if at >= 0 and isinstance(arguments[at], int) else -1


def _database(name: object) -> object:
    """The path in SQLite's own kind of address, or the path."""
    if isinstance(name, str) and name.startswith("file:"):
        return name[5:].partition("?")[0].removeprefix("//")
    return name


def _is_remote(address: object) -> bool:
    host = cast("tuple[object, ...]", address)[0] if isinstance(address, tuple) and address else ""
    return isinstance(host, str) and host not in ("", "0.0.0.0", "::") and not host.startswith(LOOPBACK)  # noqa: S104
