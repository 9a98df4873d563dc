"""What sessions are about to write, as they note it in ``.companion/writes/``: one file for each spare.

The runner makes the file, and marks its end; the spare (`companion.workers.testrun.ledger`) adds to it, an entry at
a time, and never makes one; the watcher reads it, and removes it some time after its end. An entry is its kind, its
time in ns and its path relative to the root, with a space between them and a NUL after them.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from companion.core.writes import LATE, Entry, Kind, Session

FOLDER = "writes"
KINDS: frozenset[str] = frozenset(get_args(Kind.__value__))
COARSE = 5
"""Linux: the clock that dates files, as cheap as it is coarse."""


class Ledgers:
    """The runner's side; where nothing can be written, tests' own writes are not known as such."""

    def __init__(self, root: str) -> None:
        self._folder = Path(root, ".companion", FOLDER)

    def open(self, spare: int) -> str:
        """For `Prepare.ledger`: this spare's own, empty; or an empty word."""
        path = self._folder / str(spare)
        with contextlib.suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            path.write_bytes(b"")
            return str(path)
        return ""

    def end(self, spare: int) -> None:
        """This spare writes nothing any more: it is gone."""
        path = self._folder / str(spare)
        with contextlib.suppress(OSError):
            if path.stat().st_size == 0:
                path.unlink()
                return
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND), "ab") as out:
                out.write(b"end %d \0" % time.time_ns())

    def clear(self) -> None:
        """No session is there."""
        with contextlib.suppress(OSError):
            for path in self._folder.iterdir():
                path.unlink()
            self._folder.rmdir()


@dataclass(slots=True)
class Read:
    """How far a ledger has been read."""

    session: Session = field(default_factory=Session)
    offset: int = 0


class Reader:
    """The watcher's side."""

    def __init__(self, root: str) -> None:
        self._folder = f"{root}/.companion/{FOLDER}"
        self._read: dict[str, Read] = {}

    def sessions(self) -> list[Session]:
        """Those that were on lately, with all that they have written down by now."""
        try:
            names = os.listdir(self._folder)  # noqa: PTH208 - only the names
        except OSError:
            names = []
        self._read = {name: self._catch_up(name) for name in names}
        for name in [name for name, read in self._read.items() if _is_past(read.session)]:
            del self._read[name]
            with contextlib.suppress(OSError):
                Path(self._folder, name).unlink()
        return [read.session for read in self._read.values()]

    def _catch_up(self, name: str) -> Read:
        read = self._read.get(name) or Read()
        with contextlib.suppress(OSError), open(f"{self._folder}/{name}", "rb") as file:  # noqa: PTH123 - quicker
            file.seek(read.offset)
            data = file.read()
            whole = data[: data.rfind(b"\0") + 1]
            read.offset += len(whole)
            for entry in _entries(whole):
                read.session.take(entry)
        return read


def now() -> int:
    """The time as file systems take it, in ns: never later than that of a change that follows."""
    try:
        return time.clock_gettime_ns(COARSE)
    except AttributeError, OSError:
        return time.time_ns()


def _entries(data: bytes) -> Iterator[Entry]:
    """A test may have written there too: what is no entry is none."""
    for record in data.split(b"\0"):
        kind, _, rest = os.fsdecode(record).partition(" ")
        at, _, path = rest.partition(" ")
        if kind in KINDS and at.isdecimal():
            yield Entry(cast("Kind", kind), int(at), path)


def _is_past(session: Session) -> bool:
    end = session.life.end if session.life is not None else None
    return end is not None and time.time_ns() > end + LATE
