"""Notice the end of the editor's process, although its pipe stays open."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable

log = logging.getLogger("lsp")


def watch(pid: int, *, interval: float, gone: Callable[[], None]) -> Callable[[], None]:
    """Call ``gone`` once on the running loop when the process ends; what is returned ends the watch.

    A process that cannot be seen from here (the editor runs outside our container) is not watched. Where a process
    cannot be waited for, it is looked at every ``interval`` seconds; on Windows only the pipe tells.
    """
    if pid <= 0 or sys.platform == "win32":
        return _nothing
    try:
        return _wait(os.pidfd_open(pid), gone) if hasattr(os, "pidfd_open") else Looker(pid, interval, gone).stop
    except ProcessLookupError:
        log.warning("the editor's process is not visible here: only its pipe will tell when it ends")
    except OSError:
        return Looker(pid, interval, gone).stop  # a kernel or sandbox without process descriptors
    return _nothing


def _wait(descriptor: int, gone: Callable[[], None]) -> Callable[[], None]:
    """A process descriptor becomes readable when its process ends."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if loop.remove_reader(descriptor):
            os.close(descriptor)

    def ended() -> None:
        stop()
        gone()

    loop.add_reader(descriptor, ended)
    return stop


class Looker:
    """Looks again and again."""

    def __init__(self, pid: int, interval: float, gone: Callable[[], None]) -> None:
        self._pid = pid
        self._interval = interval
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._next = self._loop.call_later(interval, self._look)

    def stop(self) -> None:
        self._next.cancel()

    def _look(self) -> None:
        if _lives(self._pid):
            self._next = self._loop.call_later(self._interval, self._look)
        else:
            self._gone()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is there, but somebody else's
    return True


def _nothing() -> None:
    """No watch to end."""
