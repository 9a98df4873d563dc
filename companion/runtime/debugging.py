"""Which front debugs: one session at a time, and the newest one counts."""

from collections.abc import Callable

from companion.messages import DebugEnded, DebugItem, DebugListens, Message, RequestDebug, StopDebug

INTERNAL = 3
"""pytest's exit code where no test is to blame."""


class Debugs:
    """Between fronts, who number their requests, and the runner, who is told of sessions; see their messages."""

    def __init__(self, to_runner: Callable[[Message], None], to_front: Callable[[int, Message], None]) -> None:
        self._to_runner, self._to_front = to_runner, to_front
        self._session = 0
        self._asked: tuple[int, int] | None = None

    @property
    def busy(self) -> bool:
        """Whether somebody debugs, or waits to."""
        return self._asked is not None

    def begin(self, front: int, message: RequestDebug, problem: str) -> None:
        """In the place of what is being debugged, or say that it cannot be done."""
        if problem:
            self._to_front(front, DebugEnded(message.request, INTERNAL, (), problem))
            return
        self._end("another test is debugged now")
        self._session += 1
        self._asked = front, message.request
        self._to_runner(DebugItem(self._session, message.item))

    def said(self, message: DebugListens | DebugEnded) -> None:
        """The runner speaks of a session; one that nobody waits for is to stop."""
        if self._asked is None or message.request != self._session:
            self._to_runner(StopDebug(message.request))
            return
        front, request = self._asked
        if isinstance(message, DebugListens):
            self._to_front(front, DebugListens(request, message.host, message.port))
        else:
            self._asked = None
            self._to_front(front, DebugEnded(request, message.exit_code, message.items, message.problem))

    def left(self, front: int) -> None:
        """This front is gone, and nobody waits for what it asked for."""
        if self._asked is not None and self._asked[0] == front:
            self._asked = None
            self._to_runner(StopDebug(self._session))

    def lost(self, reason: str) -> None:
        """The runner is gone, with all its spares."""
        self._end(reason)

    def _end(self, problem: str) -> None:
        if self._asked is not None:
            (front, request), self._asked = self._asked, None
            self._to_front(front, DebugEnded(request, INTERNAL, (), problem))
