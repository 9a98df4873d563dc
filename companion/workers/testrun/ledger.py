"""What tests are about to write in the workspace, noted before they do: see `companion.store.ledger`.

A note is an open file for as long as it is written only: tests close descriptors that are not theirs. What a forked
child writes is noted too.
This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import errno
import os
import time
from typing import cast

MOST = 1_000
"""Paths that one item's writes are noted of; with more, whatever changes may be its own."""
AGAIN = 5_000_000
"""Nanoseconds within which the same path is not noted again."""
HANDLES = 256
"""Descriptors that are looked at for what stays open."""
COARSE = 5
"""Linux: the clock that dates files."""
_NOTING = os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
_open, _write, _close, _stat, _fstat, _fsencode = os.open, os.write, os.close, os.stat, os.fstat, os.fsencode
_clock, _time, _waitid = getattr(time, "clock_gettime_ns", None), time.time_ns, getattr(os, "waitid", None)
# Tests replace all of these.


class Ledger:
    """Of one session, at this path; empty: nothing is noted. ``root`` is the project's.

    ``owns_children``: all programs that this process starts are its tests'.
    """

    def __init__(self, path: str, root: str, *, owns_children: bool) -> None:
        self._path, self._root, self._owns_children = path, root.rstrip("/") + "/", owns_children
        self._written: dict[str, int] = {}
        self._has_started = self._is_full = False

    def begin(self) -> None:
        """The session does."""
        self._note("begin")

    def writes(self, path: str) -> None:
        """This path (absolute) is about to be opened for writing, made or removed."""
        now = _now()
        if now - self._written.get(path, 0) < AGAIN:
            return
        if len(self._written) >= MOST:
            self._fill()
        else:
            self._written[path] = now
            self._note("write", path, now)

    def moves(self, path: str) -> None:
        """It comes here, or goes away, with all below it."""
        self._written[path] = _now()
        self._note("move", path)

    def holds(self, path: str) -> None:
        """It is written until the session's end."""
        self._note("hold", path)

    def starts(self) -> None:
        """A program is about to be started: what it writes, nobody sees."""
        if not self._has_started:
            self._has_started = True
            self._note("programs")

    def over(self) -> None:
        """An item is, or what lies between two."""
        if self._written:
            self._note_held()
            self._note("over", at=_time())
            self._written.clear()
        if self._has_started and not self._has_children():
            self._has_started, self._is_full = False, True
        if self._is_full and not self._has_started:
            self._is_full = False
            self._note("quiet", at=_time())

    def _fill(self) -> None:
        """As if programs wrote them."""
        if not self._is_full:
            self._is_full = True
            self._note("programs")

    def _note_held(self) -> None:
        """What stays open is a log, or a server's: it goes on."""
        written = {number: path for path in self._written if (number := _identity(path)) is not None}
        for handle in range(3, HANDLES if written else 0):
            try:
                found = _fstat(handle)
            except OSError:
                continue
            path = written.get((found.st_dev, found.st_ino))
            if path is not None:
                self._note("hold", path)

    def _has_children(self) -> bool:
        if not self._owns_children or _waitid is None:
            return True
        try:
            _waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except OSError as error:
            return error.errno != errno.ECHILD
        return True

    def _note(self, kind: str, path: str = "", at: int = 0) -> None:
        if not self._path:
            return
        entry = b"%s %d %s\0" % (kind.encode(), at or _now(), _fsencode(path[len(self._root) :]))
        with contextlib.suppress(OSError):  # the runner is gone, or a limit is reached
            file = _open(self._path, _NOTING)
            try:
                _write(file, entry)
            finally:
                _close(file)


def _identity(path: str) -> "tuple[int, int] | None":
    try:
        found = _stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _now() -> int:
    """For what begins: never later than the date of the change that follows. Ends are never earlier than that.

    As `companion.store.ledger.now`.
    """
    if _clock is not None:
        with contextlib.suppress(OSError):
            return cast("int", _clock(COARSE))
    return _time()
