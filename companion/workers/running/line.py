"""The runner's side of its conversation with one spare."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import cast

from companion.errors import BrokenResourceError, CompanionError
from companion.messages import Handle, Lane, Message, RunItems, SpareReady, Warm, message
from companion.runtime.channel import ReceiveChannel, SendChannel, open_receive, open_send
from companion.runtime.lent import borrow
from companion.runtime.reader import MessageReader
from companion.workers.loop import Loop
from companion.workers.running.farside import HERE, FarSide
from companion.workers.running.run import Batch


class Line:
    """A spare: warm or becoming so, then busy with one batch, then gone; ``far`` is how it sees the project.

    In ``ledger`` it notes what its tests write.
    """

    def __init__(
        self,
        ready: SpareReady,
        loop: Loop,
        heard: Callable[[Line, Message], None],
        far: FarSide = HERE,
        ledger: str = "",
    ) -> None:
        self.spare = ready.spare
        self.lane: Lane = ready.lane
        self.warm: Warm | None = None
        self.batch: Batch | None = None
        self.completed: Batch | None = None
        self.order: RunItems | None = None
        self.releasing = False
        self.was_ahead = False
        self._send, receive = _open(ready.lane, ready.handles)
        self._heard, self._far, self._ledger = heard, far, ledger
        self._reader = MessageReader(loop, receive, lambda message: heard(self, far.incoming(message)), self._ended)

    def send(self, message: Message) -> None:
        """Send; a spare that is gone will be heard of by its end, not here."""
        if isinstance(message, RunItems):
            message = replace(message, ledger=self._ledger)
        with suppress(BrokenResourceError, TimeoutError):
            self._send.send(self._far.outgoing(message), timeout=5.0)

    def close(self) -> None:
        """End the conversation; harmless if it has ended."""
        self._reader.close()
        self._send.close()

    def _ended(self, error: CompanionError) -> None:
        self.close()
        self._heard(self, LineEnded(str(error)))


@message
class LineEnded(Message):
    """The spare is gone; made by the line itself, never sent."""

    reason: str


def _open(lane: Lane, handles: Handle) -> tuple[SendChannel, ReceiveChannel]:
    if lane == "interpreter":
        send, receive = cast("tuple[Handle, Handle]", handles)
        return open_send(send), open_receive(receive)
    return borrow(handles)
