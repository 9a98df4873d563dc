"""The lock that an engine holds from its start to its end: no second one can serve the same root meanwhile.

It is the system's own (``flock``), so it ends with the process, however that ends; programs that the process starts
do not inherit it. The file holds the process id, and stays: were it removed, two processes could lock two files of
one name.
"""

import contextlib
import fcntl
import os
from collections.abc import Generator
from pathlib import Path

from companion.errors import EngineUnavailableError

WIDTH = 20
"""Bytes of a process id in the file: always as many, so that nobody reads half of one."""


def hold_life(path: Path) -> int:
    """Lock this file until the process ends, or closes the descriptor that this returns.

    Raises EngineUnavailableError, at once, if another process has locked it.
    """
    with _lockable(path, os.O_CREAT | os.O_RDWR) as fileno:
        if not _lock(fileno, fcntl.LOCK_EX):
            raise EngineUnavailableError(silent(_pid_in(fileno)))
        os.pwrite(fileno, str(os.getpid()).encode().ljust(WIDTH), 0)
        return os.dup(fileno)


def holder_of(path: Path) -> int | None:
    """The process that has locked this file, 0 if it has not told its id yet; None if there is none.

    An engine that begins just while this looks may find the file locked: ask only if no other can be starting one.
    """
    if not path.exists():
        return None
    with _lockable(path, os.O_RDONLY) as fileno:
        return None if _lock(fileno, fcntl.LOCK_SH) else _pid_in(fileno)


def silent(pid: int) -> str:
    """What people are told of an engine that lives and does not answer."""
    if not pid:
        return "another engine of this folder is only just starting: try again"
    return (
        f"the engine of this folder (process {pid}) lives but does not answer: "
        f"`kill -CONT {pid}` wakes it if it was suspended, `kill -9 {pid}` ends it for a new one to start"
    )


@contextlib.contextmanager
def _lockable(path: Path, how: int) -> Generator[int]:
    """The file's descriptor, for a moment; the lock belongs to all copies of it."""
    try:
        fileno = os.open(path, how | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            yield fileno
        finally:
            os.close(fileno)
    except OSError as error:
        raise EngineUnavailableError(
            f"{path} cannot be locked ({error.strerror}): it must lie on a local disk"
        ) from error


def _lock(fileno: int, how: int) -> bool:
    try:
        fcntl.flock(fileno, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid_in(fileno: int) -> int:
    text = os.pread(fileno, WIDTH, 0).strip()
    return int(text) if text.isdigit() else 0
