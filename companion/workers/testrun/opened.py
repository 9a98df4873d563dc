"""Which files are opened to be read, which folders are listed or searched for modules, and whether one of them is
another since; and what is held beyond files.

Seen by an audit hook, which cannot be taken away: for processes of one session only.
This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import os
import sys
from collections.abc import Generator
from typing import Any

from companion.workers.testrun.stamps import OWN, SITES, entries

WRITING = os.O_WRONLY | os.O_TRUNC | os.O_CREAT | getattr(os, "O_TMPFILE", 0)
HOLDING = frozenset({"socket.bind", "socket.connect", "fcntl.flock", "fcntl.lockf"})
"""What others would find taken: another session, or somebody's own pytest."""
LISTING = frozenset({"os.listdir", "os.scandir"})
_fsdecode, _getcwd, _stat = os.fsdecode, os.getcwd, os.stat  # tests replace them


class Opened:
    """Notes each file's stamp when it is opened for the first time, between `watch` and `end`.

    ``holds``: a port, a connection or a lock was taken meanwhile.
    """

    def __init__(self) -> None:
        self._stamps: "dict[str, tuple[int, int, int]]" = {}
        self._listed: "dict[str, int]" = {}
        self._is_watching = False
        self.holds = False

    def watch(self) -> None:
        """From now on."""
        for folder in list(sys.path_importer_cache):  # what was looked for there before is not looked for again
            self._list(folder)
        self._is_watching = True
        sys.addaudithook(self._heard)

    def end(self) -> None:
        """What is opened later is not of interest."""
        self._is_watching = False

    @contextlib.contextmanager
    def looking_away(self) -> "Generator[None]":
        """What is opened meanwhile does not count."""
        self._is_watching = False
        try:
            yield
        finally:
            self._is_watching = True

    def outdated(self) -> bool:
        """Whether one of them is another by now."""
        self.end()
        files = any(_stamp(path) != stamp for path, stamp in self._stamps.items())
        return files or any(entries(folder) != stamp for folder, stamp in self._listed.items())

    def _heard(self, event: str, arguments: "tuple[Any, ...]") -> None:
        if not self._is_watching:
            return
        with contextlib.suppress(Exception):  # it would be the project's
            if event in HOLDING:
                self.holds = True
            elif event == "sqlite3.connect" or (event == "open" and not arguments[2] & WRITING):
                self._note(_full(arguments[0]))
            elif event == "import" and arguments[1]:  # an extension, which is not opened by Python
                self._note(_full(arguments[1]))
            elif event in LISTING:
                with self.looking_away():
                    self._list(_full(arguments[0]))

    def _note(self, path: str) -> None:
        if path not in self._stamps and not _is_installed(path):
            self._stamps[path] = _stamp(path)

    def _list(self, folder: str) -> None:
        if folder not in self._listed and not _is_installed(f"{folder}/"):
            self._listed[folder] = entries(folder)


def _full(path: Any) -> str:
    """Absolute; the current folder stands for none. Raises for what is no path (a descriptor)."""
    name = _fsdecode(path) if path is not None else "."
    return name if name.startswith("/") else f"{_getcwd()}/{name}"


def _is_installed(path: str) -> bool:
    """Of Python, or of a folder that is installed into, which `stamps` sees to."""
    return path.startswith(OWN) or any(f"/{site}/" in path for site in SITES)


def _stamp(path: str) -> "tuple[int, int, int]":
    """What differs where a file does; zeros if there is none."""
    try:
        status = _stat(path)
    except OSError:
        return 0, 0, 0
    return status.st_mtime_ns, status.st_size, status.st_ino
