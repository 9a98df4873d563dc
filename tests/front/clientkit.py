"""A client and engines that are nothing but a socket, in a place of their own; no process is started."""

import asyncio
import gc
import os
import tempfile
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from companion.front.client import Client
from companion.messages import CaughtUp, EngineEvent, Hello, Message, Welcome
from companion.runtime.fronts import Fronts
from companion.runtime.life import hold_life
from companion.runtime.place import Place, place_of
from companion.version import own_version

PATIENCE = 20.0
"""Seconds; only a broken product uses them up."""
SOON = 0.3
"""Seconds that a client here waits for an engine that does not answer."""
HELLO = Hello("test", own_version(), os.getpid())
"""What a client here begins with."""

type Behave = Callable[[FakeEngine, int, Message], None]


def welcome(engine: FakeEngine, front: int, message: Message) -> None:
    """As an engine that knows nothing yet."""
    if isinstance(message, Hello):
        engine.fronts.send(front, Welcome(own_version(), os.getpid()))
        engine.fronts.send(front, CaughtUp(0, running=False))


def say_nothing(_engine: FakeEngine, _front: int, _message: Message) -> None:
    """As an engine that hangs."""


class FakeEngine:
    """Stands for an engine: its socket, and what it hears. ``life``: the lock as well."""

    def __init__(self, place: Place, behave: Behave = welcome, *, life: bool = True) -> None:
        self.heard: list[Message] = []
        self.behave = behave
        self._news = asyncio.Event()
        self._life = hold_life(place.life) if life else None
        self.fronts = Fronts(place.socket, self._hear)

    def _hear(self, front: int, message: Message | None) -> None:
        if message is not None:
            self.heard.append(message)
            self.behave(self, front, message)
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Looked at whenever something is heard."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._news.clear()
                await self._news.wait()

    @property
    def conversation(self) -> Any:
        """With the first front that came."""
        return cast("Any", self.fronts)._open[1]

    def say(self, data: bytes) -> None:
        """To the first front that came, whatever that means."""
        os.write(self.conversation._outbox._channel.fileno(), data)

    def end(self) -> None:
        """As a killed engine: nobody can join it, and then its lock is free."""
        self.fronts.close()
        if self._life is not None:
            os.close(self._life)
            self._life = None


@dataclass
class Scene:
    """One root's place, the engines that stood there, and the clients that came."""

    root: Path
    behave: Behave = welcome
    trouble: Callable[[], Coroutine[Any, Any, None]] | None = None
    engines: list[FakeEngine] = field(default_factory=list[FakeEngine])
    clients: list[Client] = field(default_factory=list[Client])

    def __post_init__(self) -> None:
        self.place = place_of(self.root)

    def engine(self, behave: Behave | None = None, *, life: bool = True) -> FakeEngine:
        engine = FakeEngine(self.place, behave or self.behave, life=life)
        self.engines.append(engine)
        return engine

    async def launch(self, root: Path, place: Place) -> None:
        """In the place of a real engine's start; ``trouble`` is what happens instead."""
        assert (root, place) == (self.root, self.place)
        if self.trouble is not None:
            return await self.trouble()
        self.engine()
        return None

    def client(self) -> Client:
        client = Client(self.root, front="test", launch=self.launch, answer=SOON)
        self.clients.append(client)
        return client


def inside(client: Client) -> Any:
    """What a client keeps to itself."""
    return client


class Events:
    """What a client says, taken one by one."""

    def __init__(self, client: Client) -> None:
        self._events = aiter(client.events())
        self.seen: list[EngineEvent] = []

    async def until(self, last: type[Message] | Message) -> list[EngineEvent]:
        """All events up to this one, or the first of this class."""
        start = len(self.seen)
        async with asyncio.timeout(PATIENCE):
            async for event in self._events:
                self.seen.append(event)
                if event == last or type(event) is last:
                    return self.seen[start:]
        raise AssertionError(f"the events ended before {last} came")


def played(root: Path, play: Callable[[Scene], Coroutine[Any, Any, None]]) -> None:
    """On a loop of its own; what its exception handler hears of fails the test."""
    problems: list[dict[str, Any]] = []

    async def run() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        scene = Scene(root)
        try:
            await play(scene)
        finally:
            for client in scene.clients:
                await client.close()
            for engine in scene.engines:
                engine.end()

    asyncio.run(run())
    assert not problems


async def turns(count: int) -> None:
    """Let the loop do so many rounds."""
    for _ in range(count):
        await asyncio.sleep(0)


@contextmanager
def place_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """A project, with runtime and state folders of its own; the former's path is short, for a socket."""
    with tempfile.TemporaryDirectory(prefix="cmp-") as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
        (folder / "project").mkdir()
        yield folder / "project"
        gc.collect()  # what was left open complains now
