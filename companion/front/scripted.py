"""A double of the engine's client, for tests: plays events, answers requests from a script, keeps what was sent."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from companion.core.board import Board
from companion.messages import EngineEvent, Message, Welcome

type Answer = Callable[[Message], Sequence[EngineEvent]]
"""A request's answer and then the events that follow from it; nothing: it is never answered."""


class ScriptedEngine:
    """`companion.front.port.Engine` without a process. ``failure`` is what `start` raises."""

    def __init__(self, answer: Answer, *events: EngineEvent, failure: Exception | None = None) -> None:
        self.board = Board()
        self.sent: list[Message] = []
        self.closed = False
        self._answer = answer
        self._failure = failure
        self._queue: asyncio.Queue[EngineEvent | None] = asyncio.Queue()
        self.play(*events)

    def play(self, *events: EngineEvent) -> None:
        """Let the engine say these next."""
        for event in events:
            self._queue.put_nowait(event)

    async def start(self) -> None:
        """Join. Raises ``failure``."""
        if self._failure is not None:
            raise self._failure

    def send(self, message: Message) -> None:
        """Remember, and play what the script answers."""
        self.sent.append(message)
        self.play(*self._answer(message))

    async def request(self, make: Callable[[int], Message]) -> Message:
        """The script's answer, which is also played as an event, and what follows from it."""
        message = make(len(self.sent) + 1)
        self.sent.append(message)
        script = self._answer(message)
        if not script:
            await asyncio.Event().wait()
        self.play(*script)
        return script[0]

    async def events(self) -> AsyncIterator[EngineEvent]:
        """What is played, each taken in by the board first; a `Welcome` begins with an empty board."""
        while (event := await self._queue.get()) is not None:
            if isinstance(event, Welcome):
                self.board = Board()
            self.board.apply(event)
            yield event

    async def close(self) -> None:
        """End the events."""
        self.closed = True
        self._queue.put_nowait(None)
