"""When what is imported was written: a warm spare, or a template, must not stand for files that are others by now.

This module also runs in the project's own Python (3.10 or later).
"""

import os
import sys
import time
import zlib
from collections.abc import Iterable, Mapping

SITES = ("site-packages", "dist-packages")
"""Folders whose entries tell that something was installed or removed."""
OWN = os.path.dirname(os.__file__) + "/"  # noqa: PTH120 - as it stands before module names
"""Where the standard library is, which does not change under a running Python."""

_CHANGED = -1
_listdir = os.listdir  # tests replace it


def loaded(since: int = 0) -> "dict[str, int]":
    """What tells of each file that was imported, and of each folder that is installed into, whether it is another.

    What was written after ``since`` (nanoseconds), while this was imported perhaps, counts as changed.
    """
    files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
    own = [
        file for file in files if file and (not file.startswith(OWN) or any(f"/{site}/" in file for site in SITES))
    ]
    now = time.time_ns()
    stamps = {file: _CHANGED if since and since <= time_ <= now else time_ for file, time_ in _stamps(own)}
    return {**stamps, **dict(_stamps(folder for folder in sys.path if folder.endswith(SITES)))}


def outdated(stamps: "Mapping[str, int]") -> bool:
    """Whether one of these is another since."""
    return any(stamp != stamps[path] for path, stamp in _stamps(stamps))


def _stamps(paths: "Iterable[str]") -> "list[tuple[str, int]]":
    return [(path, entries(path) if path.endswith(SITES) else _written(path)) for path in paths]


def entries(folder: str) -> int:
    """By their names: the folder's own time changes as well when Python makes its cache there, or an editor saves."""
    try:
        names = _listdir(folder)
    except OSError:
        return 0
    told = sorted(name for name in names if name != "__pycache__" and not name.startswith("."))
    return zlib.crc32("\0".join(told).encode("utf-8", "replace"))


def _written(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - for every module
    except OSError:
        return 0
