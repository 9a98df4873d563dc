"""A doorbell: wakes whoever waits on its descriptor, in any thread or interpreter of this process.

On Linux an eventfd, elsewhere a socket pair; rung any number of times it wakes once.
"""

import contextlib
import os
import socket

from companion.runtime.fds import Waiter


class Doorbell:
    """One end of a doorbell; ``ends`` (two descriptors, the same for an eventfd) make another end of it."""

    __slots__ = ("_is_event", "_waiter", "ends")

    def __init__(self, ends: tuple[int, int]) -> None:
        self.ends = ends
        self._is_event = ends[0] == ends[1]
        self._waiter = Waiter(ends[0])

    @classmethod
    def create(cls) -> Doorbell:
        """A new doorbell, of the best kind there is; its creator calls `close`."""
        return cls.of_event() if hasattr(os, "eventfd") else cls.of_sockets()

    @classmethod
    def of_event(cls) -> Doorbell:
        """One descriptor; Linux only."""
        fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        return cls((fd, fd))

    @classmethod
    def of_sockets(cls) -> Doorbell:
        """Two descriptors; works everywhere."""
        ear, button = socket.socketpair()
        for end in ear, button:
            end.setblocking(False)  # noqa: FBT003 - the standard library's signature
        return cls((ear.detach(), button.detach()))

    def fileno(self) -> int:
        """Readable once rung, until `clear`."""
        return self.ends[0]

    def ring(self) -> None:
        """Wake the listener; never waits."""
        try:
            if self._is_event:
                os.eventfd_write(self.ends[1], 1)
            else:
                os.write(self.ends[1], b"!")
        except BlockingIOError:  # full: it is ringing already
            pass

    def clear(self) -> None:
        """Be silent again. Look for work only after this, so that no ring is lost."""
        with contextlib.suppress(BlockingIOError):
            if self._is_event:
                os.eventfd_read(self.ends[0])
            else:
                while len(os.read(self.ends[0], 4096)) == 4096:
                    pass

    def wait(self, timeout: float | None) -> bool:
        """True if it rings within ``timeout`` seconds (None: for ever)."""
        return self._waiter.wait(timeout)

    def close(self) -> None:
        """Release the descriptors; no other end may be used any more."""
        for fd in set(self.ends):
            os.close(fd)
