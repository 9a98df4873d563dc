"""What the system would tell of files and folders that exist only in memory.

This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from typing import Any, cast

FOLDER = -1
"""In the place of a length."""


class Scan(contextlib.AbstractContextManager["Scan"]):
    """What `os.scandir` returns."""

    def __init__(self, entries: "Iterable[Any]") -> None:
        self._entries = iter(entries)

    def __iter__(self) -> "Iterator[Any]":
        return self._entries

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None:
        """Nothing is open."""


class Entry:
    """An `os.DirEntry` of what only overlays add."""

    def __init__(self, name: str, path: str, status: os.stat_result) -> None:
        self.name, self.path, self._status = name, path, status

    def __fspath__(self) -> str:
        return self.path

    def inode(self) -> int:
        """See `os.DirEntry`."""
        return self._status.st_ino

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """See `os.DirEntry`."""
        return stat.S_ISDIR(self.stat(follow_symlinks=follow_symlinks).st_mode)

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """See `os.DirEntry`."""
        return not self.is_dir(follow_symlinks=follow_symlinks)

    def is_symlink(self) -> bool:
        """See `os.DirEntry`."""
        return False

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """See `os.DirEntry`."""
        del follow_symlinks  # it is no link
        return self._status


def status_of(like: os.stat_result, inode: int, length: int) -> os.stat_result:
    """Of a file of so many bytes, or of a `FOLDER`; everything else is as of this one."""
    _, (values, more) = cast("Any", like).__reduce__()
    mode = stat.S_IFDIR | 0o755 if length < 0 else stat.S_IFREG | 0o644
    return os.stat_result((mode, inode, like.st_dev, 1, *values[4:6], max(0, length), *values[7:]), more)
