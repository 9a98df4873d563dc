"""When what is imported was written: a warm spare, or a template, must not stand for files that are others by now.

This module also runs in the project's own Python (3.10 or later).
"""

import os
import sys
import time
from collections.abc import Mapping

SITES = ("site-packages", "dist-packages")
"""Folders whose own time of writing tells that something was installed or removed."""
OWN = os.path.dirname(os.__file__) + "/"  # noqa: PTH120 - as it stands before module names
"""Where the standard library is, which does not change under a running Python."""

_CHANGED = -1


def loaded(since: int = 0) -> "dict[str, int]":
    """When each file that was imported was written, and the folders that are installed into, in nanoseconds.

    What was written after ``since``, while this was imported perhaps, counts as changed.
    """
    files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
    own = [
        file for file in files if file and (not file.startswith(OWN) or any(f"/{site}/" in file for site in SITES))
    ]
    sites = [folder for folder in sys.path if folder.endswith(SITES)]
    now = time.time_ns()
    return {
        path: _CHANGED if since and since <= written <= now else written for path, written in _times((*own, *sites))
    }


def outdated(stamps: "Mapping[str, int]") -> bool:
    """Whether one of these was written since."""
    return any(written != stamps[path] for path, written in _times(stamps))


def _times(paths: "tuple[str, ...] | Mapping[str, int]") -> "list[tuple[str, int]]":
    return [(path, _written(path)) for path in paths]


def _written(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - for every module
    except OSError:
        return 0
