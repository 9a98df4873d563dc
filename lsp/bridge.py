"""One root's conversation with its engine, as a task; whoever listens hears each event after the board holds it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from companion.core.board import Board
from companion.errors import CompanionError
from companion.front.port import Engine
from companion.messages import CaughtUp, Disconnected, EngineEvent, Message, OpenDocument, Welcome
from lsp.uris import Root

log = logging.getLogger("lsp")

type Standing = Literal["joining", "joined", "lost", "failed", "closed"]
"""``joining``: what the engine knew before is still coming; ``lost``: it died, another is being started."""


class Listener(Protocol):
    """A feature that follows the engines. Called on the loop's thread."""

    def heard(self, bridge: Bridge, event: EngineEvent) -> None:
        """The board holds the event already."""

    def stood(self, bridge: Bridge) -> None:
        """The bridge's standing changed."""


class Bridge:
    """Owns a root's client. `start` begins the conversation; `close` ends it for good."""

    def __init__(self, root: Root, engine: Engine, listeners: Sequence[Listener]) -> None:
        self.root = root
        self.standing: Standing = "joining"
        self.problem = ""
        """One sentence, if the standing is ``failed``."""
        self._engine = engine
        self._listeners = listeners
        self._started = False
        self._task: asyncio.Task[None] | None = None

    @property
    def board(self) -> Board:
        return self._engine.board

    def start(self, documents: Callable[[], Sequence[OpenDocument]]) -> None:
        """Begin; ``documents`` says what is open once the engine is there."""
        self._task = asyncio.create_task(self._run(documents))

    def send(self, message: Message) -> None:
        """Tell the engine. Before the first one is there nothing is sent: `start` sends what is open then."""
        if self._started and self.standing not in {"failed", "closed"}:
            self._engine.send(message)

    async def request(self, make: Callable[[int], Message], *, within: float) -> Message:
        """Ask the engine. Raises CompanionError if there is none, or it takes longer than ``within`` seconds."""
        if self.standing in {"failed", "closed"}:
            raise CompanionError(self.problem or "the project is closed")
        try:
            return await asyncio.wait_for(self._engine.request(make), within)
        except TimeoutError:
            raise CompanionError("the engine does not answer: restart the language server") from None

    async def close(self, *, within: float) -> None:
        """Leave the engine, in that many seconds at most; nothing is heard of it afterwards."""
        self.stand("closed")
        try:
            await asyncio.wait_for(self._engine.close(), within)
        except TimeoutError:
            log.warning("leaving the engine took more than %s s", within)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=within)

    async def _run(self, documents: Callable[[], Sequence[OpenDocument]]) -> None:
        try:
            await self._engine.start()
            self._started = True
            for document in documents():
                self._engine.send(document)
            async for event in self._engine.events():
                self.take(event)
        except CompanionError as error:
            self._fail(str(error))
        except Exception:
            log.exception("the conversation with the engine broke")
            self._fail("companion's conversation with its engine broke; its log says why")

    def take(self, event: EngineEvent) -> None:
        """Let everybody know of an event that the board holds."""
        if self.standing == "closed":
            return
        match event:
            case Welcome():
                self.stand("joining")
            case CaughtUp():
                self.stand("joined")
            case Disconnected():
                self.stand("lost")
            case _:
                pass
        for listener in self._listeners:
            listener.heard(self, event)

    def _fail(self, problem: str) -> None:
        if self.standing != "closed":
            self.problem = problem
            self.stand("failed")

    def stand(self, standing: Standing) -> None:
        """Let everybody know where the conversation stands."""
        if standing != self.standing:
            self.standing = standing
            for listener in self._listeners:
                listener.stood(self)
