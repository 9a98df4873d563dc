"""What the runner says to a spare, before its session and while that runs.

In an interpreter a thread listens, which can interrupt an item; a process is killed instead, and only looks between
two items: a thread would make ``fork`` warn.
This module also runs in the project's own Python (3.10 or later).
"""

from typing import Any, cast

from companion.errors import CompanionError, EndOfChannel, WouldBlock
from companion.messages import CancelRun, Interrupt, Message, Prepare, Release, RunItems
from companion.workers.testrun.interrupt import Interrupter


class Conversation:
    """``receive`` is the receiving end of the channel; ``releases`` are files to be left to other spares.

    ``cancelled``: the session was told to stop.
    """

    def __init__(self, receive: Any) -> None:
        self._receive = receive
        self.cancelled = False
        self._interrupter: Interrupter | None = None
        self.releases: list[Release] = []

    def prepare(self) -> Prepare:
        """The first message. Raises EndOfChannel."""
        return cast("Prepare", self._receive.receive())

    def next(self) -> Message:
        """Whatever is said next, waited for. Raises EndOfChannel where there is nothing more."""
        return cast("Message", self._receive.receive())

    def order(self) -> RunItems:
        """The second one. Raises EndOfChannel where there is none."""
        order = self._receive.receive()
        if not isinstance(order, RunItems):
            raise EndOfChannel("there is nothing to run")
        return order

    def listen(self, order: RunItems) -> int:
        """In an interpreter: from now on a thread does; its identity. What ``order`` holds has been copied."""
        self._receive.release(order)
        self._interrupter = Interrupter(self._receive, self._cancel, self.releases.append)
        return self._interrupter.ident

    def end(self) -> None:
        """Nothing is listened to any more."""
        if self._interrupter is not None:
            self._interrupter.end()

    def is_cancelled(self) -> bool:
        """Whether the session is to stop; where no thread listens, what has been said is heard now."""
        if not self.cancelled and self._interrupter is None:
            self.cancelled = self._is_stopped()
        return self.cancelled

    def _cancel(self) -> None:
        self.cancelled = True

    def _is_stopped(self) -> bool:
        """The end of the conversation is one, too."""
        try:
            while not isinstance(message := self._receive.receive_nowait(), CancelRun | Interrupt):
                if isinstance(message, Release):
                    self.releases.append(message)
        except WouldBlock:
            return False
        except CompanionError:
            pass
        return True
