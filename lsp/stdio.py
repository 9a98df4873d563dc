"""Private standard input and output: the protocol keeps copies, everybody else gets harmless ones.

Imports nothing heavy: `take` runs before any other import, so that no library and no child process of ours can write
into the protocol or read from it. Reading and writing block, so each has a daemon thread; a daemon never delays exit.
"""

import os
import queue
import sys
import threading
from collections.abc import Callable


def take() -> tuple[int, int]:
    """Copies of fds 0 and 1, not inheritable; from then on 0 reads nothing and 1 is standard error.

    Effect: the process's fds 0, 1 and, if it was closed, 2. Raises OSError if 0 or 1 is not open.
    """
    os.fstat(0)
    os.fstat(1)
    null = os.open(os.devnull, os.O_RDWR)
    if not _is_open(2):
        os.dup2(null, 2)
    incoming, outgoing = _copy(0), _copy(1)
    os.dup2(null, 0)
    os.dup2(2, 1)
    if null > 2:
        os.close(null)
    # What was print()ed for the editor's eyes appears at once, as on any standard error.
    sys.stdout = open(1, "w", encoding="utf-8", errors="replace", buffering=1, closefd=False)  # noqa: SIM115 - for good
    return incoming, outgoing


def _copy(fd: int) -> int:
    copy = os.dup(fd)
    os.set_blocking(copy, True)
    return copy


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


class Reader:
    """Hands everything that arrives on a fd to ``deliver``, and says once when nothing more will come."""

    def __init__(self, fd: int, deliver: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        """Both callables are called on the reader's own thread; one that raises ends it."""
        self._fd = fd
        self._deliver = deliver
        self._ended = ended
        self._thread = threading.Thread(target=self._run, name="lsp-reader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        try:
            while data := os.read(self._fd, 65_536):
                self._deliver(data)
        except OSError:
            pass  # a broken pipe or terminal is the end, too
        finally:
            self._ended()


class Writer:
    """Writes to a fd in the order of the calls; never blocks its caller."""

    def __init__(self, fd: int, *, most_unsent: int, broken: Callable[[], None]) -> None:
        """``broken`` is called, on any thread, when the other side is gone or leaves ``most_unsent`` bytes unread."""
        self._fd = fd
        self._most_unsent = most_unsent
        self._broken = broken
        self._unsent = 0
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="lsp-writer", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Queue the bytes; dropped, and reported as broken, above the limit."""
        with self._lock:
            full = self._unsent + len(data) > self._most_unsent
            self._unsent += 0 if full else len(data)
        if full:
            self._broken()
        else:
            self._queue.put(data)

    def close(self, timeout: float) -> None:
        """Wait up to ``timeout`` seconds until everything queued is written."""
        self._queue.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        while (data := self._queue.get()) is not None:
            try:
                _write_all(self._fd, data)
            except OSError:
                self._broken()
                return
            with self._lock:
                self._unsent -= len(data)


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
