"""What tests read, list, look for, write, connect to and start, as `companion.messages.Traced` notes it.

What pytest and Python's import do for themselves is not noted: what is there to be collected and imported, selection
knows by itself. All else is, whoever asks.
This module also runs in the project's own Python (3.10 or later).
"""

import os
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any, cast

from companion.workers.testrun.overlays_layer import name_of
from companion.workers.testrun.overlays_tree import BETWEEN, asking

THROUGH = BETWEEN | {
    "_pytest._py.path", "py._path.local", "collections.abc", "_collections_abc", "contextlib", "codecs",
    "genericpath", "posixpath", "tokenize", "importlib", "getpass", "tempfile",
}  # fmt: skip
"""Modules that ask for others."""
IMPORTING = ("_frozen_importlib", "importlib._bootstrap", "zipimport", "importlib.util", "runpy", "pkgutil")
OURS = ("_pytest.", "pytest.", "pluggy.", "linecache", "importlib.metadata", "importlib_metadata", "inspect")
"""Modules whose asking is nobody's: packages that are installed are told apart by their names."""
CODE = (".py", ".pyc", ".pyo", ".so", ".pth", ".pyd")
NOBODYS = ("/.git/", "/.venv/", "/site-packages/", "/.companion/", "/__pycache__/", "/.pytest_cache/")
FORKING = "_posixsubprocess.fork_exec"
"""An event since Python 3.14; its first argument are paths, of which the first that is there is executed."""
LOOPBACK = ("127.", "::1", "localhost", "::ffff:127.")
_stat, _normpath, _getcwd = os.stat, os.path.normpath, os.getcwd  # tests replace them


class Notes:
    """For one session: each goes to ``note``. Paths that are given are absolute and normal."""

    def __init__(self, root: str, is_project: "Callable[[str], bool]", note: "Callable[[str], None]") -> None:
        self._root, self._is_project, self._note = root.rstrip("/"), is_project, note
        self._bound: weakref.WeakSet[Any] = weakref.WeakSet()

    def read(self, path: object) -> None:
        """A file is about to be opened for reading."""
        full = self._full(path)
        if full and not full.endswith(".pyc") and _is_somebodys(full):
            self._tell("r" if _is_there(full) else "m", full)

    def loaded(self, arguments: "tuple[Any, ...]") -> None:
        """A module is about to be imported: of an extension its path is told."""
        full = self._full(arguments[1]) if arguments[1] else ""
        if full and _is_there(full):
            self._tell("r", full)

    def listed(self, arguments: "tuple[Any, ...]") -> None:
        """So are the names in a folder."""
        full = self._full("." if arguments[0] is None else arguments[0])
        if full and _is_somebodys(full, is_list=True):
            self._tell("l" if _is_there(full) else "m", full)

    def looked(self, frame: FrameType) -> None:
        """It is asked whether a file is there, by a function whose first argument is its path."""
        full = self._full(frame.f_locals.get(frame.f_code.co_varnames[0]))
        if full and _is_somebodys(full, is_list=True):
            self._tell("s" if _is_there(full) else "m", full)

    def written(self, path: str) -> None:
        """It is about to be made, changed, moved or removed."""
        self._tell("w", path)

    def used(self, path: str) -> None:
        """A database is about to be opened."""
        self._tell("r" if _is_there(path) else "m", path)
        self._tell("w", path)

    def started(self, event: str, arguments: "tuple[Any, ...]") -> None:
        """A program is."""
        self._note(f"p {_program(event, arguments)}")

    def bound(self, arguments: "tuple[Any, ...]") -> None:
        """A socket is about to get an address, which it tells afterwards."""
        self._bound.add(arguments[0])

    def connected(self, address: object) -> None:
        """So is a server."""
        if isinstance(address, tuple):
            host, port = cast("Any", address)[:2]
            if not _is_loopback(str(host)):
                self._note(f"c {host}")
            elif not any(_address(own)[1:2] == (port,) for own in list(self._bound)):
                self._note(f"d {host}:{port}")
        elif address not in [_name(own) for own in list(self._bound)]:
            self._note(f"d {name_of(address)}")

    def _full(self, path: object) -> str:
        """Absolute and normal if it is somebody's business and in the workspace, else empty."""
        name = name_of(path)
        if not name:
            return ""
        full = _normpath(name if name.startswith("/") else f"{_getcwd()}/{name}")
        return full if f"{full}/".startswith(f"{self._root}/") else ""

    def _tell(self, kind: str, full: str) -> None:
        if full == self._root:
            self._note(f"{kind} .")
        elif self._is_project(full) and not any(part in f"{full}/" for part in NOBODYS):
            self._note(f"{kind} {full[len(self._root) + 1 :]}")


def _is_somebodys(full: str, *, is_list: bool = False) -> bool:
    asker = asking(THROUGH)
    if asker.startswith(IMPORTING):
        return not is_list and not full.endswith(CODE)
    return not asker.startswith(OURS)


def _is_there(full: str) -> bool:
    try:
        _stat(full)
    except (OSError, ValueError):
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host in ("", "0.0.0.0", "::") or host.startswith(LOOPBACK)  # noqa: S104


def _address(own: Any) -> "tuple[Any, ...]":
    address = _name(own)
    return cast("Any", address) if isinstance(address, tuple) else ()


def _name(own: Any) -> object:
    try:
        return own.getsockname()
    except OSError:
        return None


def _program(event: str, arguments: "tuple[Any, ...]") -> str:
    """Its name without its folder; that of the event where it has none."""
    if event in ("subprocess.Popen", "os.posix_spawn", "os.exec"):
        words = arguments[1]
        return _base(arguments[0] or (words if isinstance(words, (str, bytes)) else next(iter(words), "")))
    if event == FORKING:
        return _base(next(iter(arguments[0]), ""))
    if event == "os.spawn":
        return _base(arguments[1])
    if event == "os.system":
        return _base((name_of(arguments[0]).split() or [""])[0])
    return event.rpartition(".")[2]


def _base(path: object) -> str:
    return name_of(path).rpartition("/")[2]
