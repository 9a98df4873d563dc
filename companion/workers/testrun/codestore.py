"""Compiled code of the project's files by what they contain, in the user's own cache folder, never in the project.

The key is the source's bytes, its path (code objects name it) and whatever else decides what the compiler makes of
them, so an entry can be missing but never stale. Entries are written whole or not at all.
This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import hashlib
import marshal
import os
import sys
from types import CodeType
from typing import Any, Union

Parts = tuple[tuple[bytes, str, int], ...]
"""See `companion.workers.testrun.splice`."""


class CodeStore:
    """Code of one kind (``kind``: what else its making depends on); an empty folder stores nothing."""

    def __init__(self, folder: str, kind: str) -> None:
        self._folder = folder
        self._kind = f"{sys.implementation.cache_tag}-{sys.hexversion:x}-{sys.flags.optimize}-{kind}"

    def load(self, path: str, source: bytes) -> Union[CodeType, None]:
        """The code that this source at this path compiles to, if it has been compiled before."""
        if not self._folder:
            return None
        code = _read(self._entry(path, source))
        return code if isinstance(code, CodeType) else None

    def save(self, path: str, source: bytes, code: CodeType) -> None:
        """Remember it; a full disk or a folder that is gone only means that it is compiled again."""
        if self._folder:
            _write(self._entry(path, source), code)

    def load_parts(self, path: str) -> "tuple[Union[CodeType, None], Parts]":
        """What this path held last, whatever that was, and what is known of its parts."""
        last = _read(self._entry(path, b"\0last")) if self._folder else None
        if last is None:
            return None, ()
        entry, parts = last
        code = _read(entry)
        return (code, parts) if isinstance(code, CodeType) else (None, ())

    def save_parts(self, path: str, source: bytes, parts: Parts) -> None:
        """This path's code has these parts; it has been saved."""
        if self._folder:
            _write(self._entry(path, b"\0last"), (self._entry(path, source), parts))  # no source holds a zero byte

    def _entry(self, path: str, source: bytes) -> str:
        about = f"{self._kind}\0{path}\0".encode("utf-8", "surrogateescape")
        name = hashlib.blake2b(about + source, digest_size=20).hexdigest()
        return f"{self._folder}/{name[:2]}/{name[2:]}"


def _read(entry: str) -> Any:
    """What was written there; None if nothing was, or it is damaged."""
    try:
        with open(entry, "rb") as opened:  # noqa: PTH123 - called for every module
            return marshal.loads(opened.read())  # noqa: S302 - written by us, in the user's own folder
    except (OSError, ValueError, EOFError, TypeError):
        return None


def _write(entry: str, value: Any) -> None:
    beside = f"{entry}.{os.getpid()}-{id(value):x}"
    with contextlib.suppress(OSError, ValueError):
        os.makedirs(os.path.dirname(entry), exist_ok=True)  # noqa: PTH103, PTH120
        try:
            with open(beside, "wb") as out:  # noqa: PTH123
                out.write(marshal.dumps(value))
            os.replace(beside, entry)  # noqa: PTH105
        except OSError:
            os.unlink(beside)  # noqa: PTH108
