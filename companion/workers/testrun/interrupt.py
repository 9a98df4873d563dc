"""A listener beside a running session: cancels it between two items, interrupts an item that hangs.

Only code inside an interpreter can raise in one of its threads, so a thread of the spare's own waits for the word.
It is started below `threading`, so that tests which count or list threads do not meet it.
This module also runs in the project's own Python (3.10 or later), where it is not used.
"""

import _thread
import contextlib
import threading
from collections.abc import Callable
from typing import Any, cast

from companion.errors import CompanionError
from companion.messages import CancelRun, Interrupt, Release


class ItemInterrupted(BaseException):
    """Raised in a test that ran longer than it may; not an Exception, so that few tests catch it."""


class Interrupter:
    """Takes over the receiving end from the calling thread, which it can interrupt, until `end`."""

    def __init__(self, receive: Any, cancel: Callable[[], None], release: Callable[[Release], None]) -> None:
        self._receive, self._cancel, self._release = receive, cancel, release
        self._target = threading.get_ident()
        self._thread = cast("Any", _thread).start_joinable_thread(self._listen, daemon=False)

    @property
    def ident(self) -> int:
        """The listening thread's."""
        return int(self._thread.ident)

    def end(self) -> None:
        """Stop listening; the thread is joined."""
        self._receive.wake()
        self._thread.join()

    def _listen(self) -> None:
        with contextlib.suppress(CompanionError):
            while True:
                message = self._receive.receive_or_woken()
                if isinstance(message, CancelRun):
                    self._cancel()
                elif isinstance(message, Interrupt):
                    self._raise(message.reason)
                elif isinstance(message, Release):
                    self._release(message)
                else:
                    return

    def _raise(self, reason: str) -> None:
        import ctypes  # noqa: PLC0415 - needed by hanging tests only

        class Interrupted(ItemInterrupted):  # the thread makes the instance, without arguments
            def __str__(self) -> str:
                return reason

        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._target), ctypes.py_object(Interrupted))
