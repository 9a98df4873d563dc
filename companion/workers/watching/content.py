"""Reading a file that others may be writing: whole and steady, or not yet."""

import errno
import os
import stat
import time
from dataclasses import dataclass

from companion.core.text import content_hash

type Signature = tuple[int, int, int]
"""Modified (ns), changed (ns), size: what differs between two looks at a file that was written in between."""

RACY = 2_000_000_000
"""Nanoseconds within which two writes may leave the same times behind: FAT keeps two seconds."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NOT_A_FILE = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENXIO, errno.ENODEV}


class UnsettledError(Exception):
    """The file changed while it was read; it will be steady later."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A file's content. ``data`` is None above the limit, and ``hash`` then stands for its size and time only.

    ``fresh``: it had been written just before, so another write may leave the same signature.
    """

    hash: str
    data: bytes | None
    signature: Signature
    fresh: bool


def signature_of(found: os.stat_result) -> Signature:
    """What to compare with an earlier look."""
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size


def is_fresh(signature: Signature) -> bool:
    """Whether the file was written so recently that another write could leave the same signature."""
    return time.time_ns() - max(signature[:2]) < RACY


def read(path: str, limit: int) -> Reading | None:
    """The file's content now; None if there is no regular file. Symbolic links to files are followed.

    Raises UnsettledError, and OSError if it cannot be read.
    """
    try:
        fd = os.open(path, _FLAGS)  # not waiting for the other end, should it be a pipe
    except OSError as error:
        if error.errno in _NOT_A_FILE:
            return None
        raise
    try:
        return _read_open(fd, limit)
    finally:
        os.close(fd)


def _read_open(fd: int, limit: int) -> Reading | None:
    before = os.fstat(fd)
    if not stat.S_ISREG(before.st_mode):
        return None
    signature = signature_of(before)
    if before.st_size > limit:
        return Reading(
            content_hash(repr((before.st_mtime_ns, before.st_size)).encode()), None, signature, fresh=False
        )
    data = _read_up_to(fd, before.st_size + 1)
    after = signature_of(os.fstat(fd))
    if len(data) != before.st_size or after != signature:
        raise UnsettledError
    return Reading(content_hash(data), data, signature, is_fresh(signature))


def _read_up_to(fd: int, size: int) -> bytes:
    parts: list[bytes] = []
    while size > 0 and (part := os.read(fd, size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
