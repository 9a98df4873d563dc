"""The lock that an engine holds from its start to its end: no second one can serve the same root meanwhile.

It is the system's own (``flock``), so it ends with the process, however that ends; programs that the process starts
do not inherit it. The file tells the process id and the socket, and stays: were it removed, two processes could lock
two files of one name. What an engine leaves in it is removed by whoever finds it free, before another one is started.
"""

import contextlib
import fcntl
import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from companion.errors import EngineUnavailableError
from companion.runtime.private import is_mine, is_private

LONGEST = 1024
"""Bytes that are read of the file."""


@dataclass(frozen=True, slots=True)
class Life:
    """The file to lock, and the socket that is served by whoever locks it from here."""

    path: Path
    socket: Path


def hold_life(life: Life) -> int:
    """Lock this file until the process ends, or closes the descriptor that this returns.

    Raises EngineUnavailableError, at once, if another process has locked it.
    """
    with _lockable(life.path, os.O_CREAT | os.O_RDWR) as fileno:
        if not _lock(fileno, fcntl.LOCK_EX):
            raise EngineUnavailableError(silent(_told(fileno)[0]))
        os.ftruncate(fileno, 0)
        os.pwrite(fileno, b"%d %s\0" % (os.getpid(), os.fsencode(life.socket)), 0)
        return os.dup(fileno)


def holder_of(life: Life) -> int | None:
    """The process that has locked this file, 0 if it has not told its id yet; None if there is none.

    An engine that begins just while this looks may find the file locked: ask only if no other can be starting one.
    """
    if not life.path.exists():
        return None
    with _lockable(life.path, os.O_RDWR) as fileno:
        if not _lock(fileno, fcntl.LOCK_SH):
            return _told(fileno)[0]
        os.ftruncate(fileno, 0)  # or it would be taken for what the next one tells, which locks first and then tells
        return None


def served_by(life: Life) -> Path | None:
    """The socket that was last told of, wherever it is; None if it is not in a folder of this user alone."""
    if not life.path.exists():
        return None
    with _lockable(life.path, os.O_RDONLY) as fileno:
        _, socket = _told(fileno)
    return socket if is_private(socket.parent) else None


def silent(pid: int) -> str:
    """What people are told of an engine that lives and does not answer."""
    if not pid:
        return "another engine of this folder is only just starting: try again"
    return (
        f"the engine of this folder (process {pid}) lives but does not answer: "
        f"`kill -CONT {pid}` wakes it if it was suspended, `kill -9 {pid}` ends it for a new one to start"
    )


def not_lockable(path: Path, reason: str | None) -> EngineUnavailableError:
    """What is raised where this file cannot be locked."""
    return EngineUnavailableError(
        f"{path} cannot be locked ({reason}): mend that, or set XDG_STATE_HOME to a folder of yours on a local disk"
    )


@contextlib.contextmanager
def _lockable(path: Path, how: int) -> Generator[int]:
    """The file's descriptor, for a moment; the lock belongs to all copies of it."""
    try:
        fileno = os.open(path, how | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            if not is_mine(os.fstat(fileno)):
                raise not_lockable(path, "others can write to it")
            yield fileno
        finally:
            os.close(fileno)
    except OSError as error:
        raise not_lockable(path, error.strerror) from error


def _lock(fileno: int, how: int) -> bool:
    try:
        fcntl.flock(fileno, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _told(fileno: int) -> tuple[int, Path]:
    """The process and its socket; 0 unless it is all there, and there is such a process."""
    text, end, _ = os.pread(fileno, LONGEST, 0).partition(b"\0")
    pid, _, socket = text.partition(b" ")
    if not end or not pid.isdigit() or not _is_there(int(pid)):
        return 0, Path()
    return int(pid), Path(os.fsdecode(socket))


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError, OverflowError:
        return False
    return pid > 0
