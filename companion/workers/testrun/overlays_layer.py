"""Which paths an overlay lies over, and what it holds: only looked up here, nothing is replaced.

This module also runs in the project's own Python (3.10 or later).
"""

import errno
import os
from collections.abc import Iterator, Mapping
from typing import Union, cast

Texts = Mapping[str, Union[bytes, None]]
"""By path relative to the root; None: deleted."""


class Layer:
    """The overlays of one root, by any of the names that a file of it has."""

    def __init__(self, root: str, texts: Texts) -> None:
        self._texts = dict(texts)
        self.roots: tuple[str, ...] = (
            tuple(dict.fromkeys((root.rstrip("/"), os.path.realpath(root)))) if texts else ()
        )
        self._paths = {f"{folder}/{path}": path for path in texts for folder in self.roots}
        self._names = {path.rpartition("/")[2] for path in texts}

    def __bool__(self) -> bool:
        return bool(self._texts)

    def __iter__(self) -> "Iterator[tuple[str, Union[bytes, None]]]":
        return iter(self._texts.items())

    def find(self, path: object) -> str:
        """The overlay's path; empty where none lies over this file."""
        named = name_of(path) if self._paths else ""
        found = self._paths.get(named)
        if found is None and named and named.rpartition("/")[2] in self._names:
            found = self._paths.get(os.path.abspath(named))  # noqa: PTH100 - symlinks must stay
        return found or ""

    def text(self, path: object) -> Union[bytes, None]:
        """What the overlay of this file holds, None if there is none. Raises FileNotFoundError if it deletes it."""
        found = self.find(path)
        if not found:
            return None
        text = self._texts[found]
        if text is None:
            raise missing(path)
        return text

    def is_gone(self, path: object) -> bool:
        """Whether an overlay deletes this file."""
        found = self.find(path)
        return bool(found) and self._texts[found] is None

    def forget(self) -> None:
        """Cover nothing any more."""
        self._texts.clear()
        self._paths.clear()
        self._names.clear()


def name_of(path: object) -> str:
    """What the system calls a path; empty for what is none (a descriptor)."""
    return os.fsdecode(cast("str", path)) if isinstance(path, (str, bytes, os.PathLike)) else ""


def missing(path: object) -> FileNotFoundError:
    """As the system raises it."""
    return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
