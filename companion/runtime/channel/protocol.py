"""What any channel does, whatever it runs over; the closing laws are in `companion.runtime.channel`."""

from collections.abc import Generator
from typing import Protocol

from companion.messages import Message


class SendChannel(Protocol):
    """The end that sends."""

    def send(self, message: Message, timeout: float | None = None) -> None:
        """Send, waiting while the channel is full. Raises TimeoutError, ClosedResourceError, BrokenResourceError."""

    def send_nowait(self, message: Message) -> None:
        """Send at once. Raises WouldBlock if the channel is full, and as `send`."""

    def drain(self, timeout: float | None = None) -> None:
        """Wait until the other side has taken all that was sent, and released what was lent. Raises TimeoutError."""

    def close(self) -> None:
        """No more is sent; what was sent can still be received. Harmless if closed already."""


class ReceiveChannel(Protocol):
    """The end that receives."""

    def fileno(self) -> int:
        """A descriptor that is readable when `pending` has something to say; for event loops."""
        ...

    def receive(self, timeout: float | None = None) -> Message:
        """The next message. Raises TimeoutError, ClosedResourceError, EndOfChannel."""
        ...

    def receive_nowait(self) -> Message:
        """The next message. Raises WouldBlock if there is none, and as `receive`."""
        ...

    def pending(self, most: int = 64) -> Generator[Message]:
        """What is there now, at most so many, each released once the next is asked for.

        Wakes again for the rest; so it does once it is closed, if it was not asked to its end.
        """
        ...

    def release(self, message: Message) -> None:
        """Give back the views that this message holds, if any; they cannot be used afterwards.

        Raises BufferError while something else reads one of them; then it can be tried again.
        """

    def close(self) -> None:
        """Receive no more; the sender is told. Harmless if closed already."""
