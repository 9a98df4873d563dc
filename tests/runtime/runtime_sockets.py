"""An engine's side of its fronts that notes what it hears, and fronts that are nothing but a socket."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from runtime_kit import DEADLINE, nothing_left
from runtime_supervised import SPEED, QuickLoop

from companion.messages import Message
from companion.runtime.codec import pack, unpack
from companion.runtime.fronts import Fronts
from companion.runtime.outbox import BOUND
from companion.runtime.wire import HEADER, dumps, frame_size, loads

type Play = Callable[[Stage], Coroutine[Any, Any, None]]


class Peer:
    """A front that sends whatever it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer

    def say(self, *messages: Message) -> None:
        self.writer.write(b"".join(map(frame, messages)))

    async def hear(self) -> Message:
        size = frame_size(await self._reader.readexactly(HEADER))
        return unpack(loads(await self._reader.readexactly(size)))

    async def is_left(self) -> bool:
        """Once the other side has closed, whatever it had not read."""
        try:
            return not await self._reader.read()
        except ConnectionResetError:
            return True

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


class Stage:
    """`Fronts` on a socket, what they heard, and the peers that joined."""

    def __init__(self, path: Path, bound: int) -> None:
        self.path = path
        self.log: list[tuple[int, Message | None]] = []
        self.react: Callable[[int, Message | None], None] = lambda _front, _message: None
        self.problems: list[str] = []
        self.peers: list[Peer] = []
        self._news = asyncio.Event()
        self.fronts = Fronts(path, self._note, bound=bound)

    def _note(self, front: int, message: Message | None) -> None:
        self.log.append((front, message))
        self._news.set()
        self.react(front, message)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Looked at whenever something is heard."""
        async with asyncio.timeout(DEADLINE * SPEED):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def heard(self, front: int, message: Message | None) -> None:
        await self.until(lambda: (front, message) in self.log)

    async def join(self) -> Peer:
        peer = Peer(*await asyncio.open_unix_connection(self.path))
        self.peers.append(peer)
        return peer


def frame(message: Message) -> bytes:
    """As it goes over a socket."""
    return dumps(pack(message))


def staged(folder: Path, play: Play, *, bound: int = BOUND, problems: tuple[str, ...] = ()) -> None:
    """On a `QuickLoop`; its exception handler must hear of exactly these problems, and nothing may be left."""
    found: list[str] = []

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: found.append(str(context.get("exception"))))
        stage = Stage(folder / "s", bound)
        try:
            await play(stage)
        finally:
            stage.fronts.close()
            for peer in stage.peers:
                await peer.close()

    with nothing_left(), asyncio.Runner(loop_factory=QuickLoop) as runner:
        runner.run(run())
    assert tuple(found) == problems
