"""A spare behind a command that is no program of this machine (``docker compose exec -T web python``).

Nothing is shared with it but its line: its code goes over that, and so does its end, for no signal reaches it. See
`companion.workers.testrun.far` for what there is on the other side.
"""

import contextlib
import socket
from collections.abc import Callable, Sequence

from companion.runtime.process import Child, how_it_ended, start
from companion.runtime.shipping import BOOT, cargo
from companion.runtime.spares import ProcessSpare

ROOM = 256 * 1024
"""Bytes that a line holds: the code goes there without waiting."""
SHIPPING = 1.0
"""Seconds for that, where it does not."""
FAREWELL = 2.0
"""Seconds that the far side gets to end a spare whose line has ended, and the command to follow."""


def spawn_far(python: Sequence[str], entry: str, folder: str, root: str) -> tuple[Child, socket.socket]:
    """Start the command in ``folder``, and there ``entry`` (``module:function``) in the project's ``root``.

    Raises OSError. A command that has ended already is no error: its line ends, and it says why.
    """
    child, line = start([*python, "-c", BOOT, root, entry], folder)
    try:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
        line.settimeout(SHIPPING)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            line.sendall(cargo())
    except OSError:
        child.kill()
        line.close()
        raise
    return child, line


class FarSpare(ProcessSpare):
    """See the module."""

    def reap(self, left_behind: Callable[[], None]) -> str:
        code = self._end()
        said = super().reap(left_behind)
        if code is None or code <= 128:
            return said
        return how_it_ended(128 - code, self._child.said)  # as a shell tells of a signal

    def kill(self) -> None:
        self._end()
        super().kill()

    def _end(self) -> int | None:
        with contextlib.suppress(OSError):  # it has been
            self._line.shutdown(socket.SHUT_RDWR)
        return self._child.wait(FAREWELL)
