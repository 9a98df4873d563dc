"""The fronts' view of the engine: what `companion.front.client` offers and `companion.front.scripted` plays."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Protocol

from companion.core.board import Board
from companion.messages import EngineEvent, Message


class Engine(Protocol):
    """A conversation with a root's engine. All calls come from the event loop's thread."""

    @property
    def board(self) -> Board:
        """What is known; at least as new as the event yielded last."""
        ...

    async def start(self) -> None:
        """Join the root's engine, starting one if there is none. Raises EngineUnavailableError."""

    def send(self, message: Message) -> None:
        """Send without waiting; nothing is answered."""

    async def request(self, make: Callable[[int], Message]) -> Message:
        """Send what ``make`` builds with a request number; the answer. Sent again if the engine dies."""
        ...

    def events(self) -> AsyncIterator[EngineEvent]:
        """What the engine says, from `Welcome` on. Ends after `close`; an engine's end is a `Disconnected` event."""
        ...

    async def close(self) -> None:
        """Leave; what was sent before still goes out."""


type Join = Callable[[Path], Engine]
"""Makes the client for a project root; nothing is started yet."""
