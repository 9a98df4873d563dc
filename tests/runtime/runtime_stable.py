"""A stable of spares for tests: the real register, with spares that end when a test wants, or real ones."""

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from runtime_kit import DEADLINE, nothing_left
from runtime_supervised import supervised

from companion.config import Config
from companion.messages import AgentInfo, Handle, Lane, NeedSpare, SpareEnded, SpareLeftBehind, SpareReady
from companion.runtime.spares import Spare, Spares


class Pretended:
    """A spare that ends when a test wants: `slow` lets it be left behind, `end` ends it."""

    def __init__(self, serial: int) -> None:
        self.handles: Handle = (serial,)
        self.pid = 0
        self.reaped = self.killed = self.closed = 0
        self._slow, self._over = threading.Event(), threading.Event()
        self._reason = ""

    def slow(self) -> None:
        self._slow.set()

    def end(self, reason: str = "") -> None:
        self._reason = reason
        self._over.set()
        self._slow.set()

    def reap(self, left_behind: Callable[[], None]) -> str:
        self.reaped += 1
        self._slow.wait(DEADLINE)
        if not self._over.is_set():
            left_behind()
        self._over.wait(DEADLINE)
        return self._reason

    def kill(self) -> None:
        self.killed += 1

    def close(self) -> None:
        self.closed += 1

    def describe(self, name: str, state: str) -> AgentInfo:
        return AgentInfo(name, -1, state, 0, 0, "")


class Stable:
    """`Spares`, and what it tells; pretended ones unless a test makes others."""

    def __init__(self, root: Path, make: Callable[[int], Spare] | None = None) -> None:
        self.told: list[SpareEnded | SpareLeftBehind] = []
        self.made: list[Pretended] = []
        self.make = make or self.pretend
        self._heard = asyncio.Event()
        self._thread = threading.get_ident()
        self.spares = Spares(Config(root=str(root)), self.tell, hire=lambda serial, _need, _config: self.make(serial))

    def pretend(self, serial: int) -> Pretended:
        self.made.append(Pretended(serial))
        return self.made[-1]

    def tell(self, message: SpareEnded | SpareLeftBehind) -> None:
        assert threading.get_ident() == self._thread
        self.told.append(message)
        self._heard.set()

    def start(self, lane: Lane = "interpreter") -> SpareReady:
        return self.spares.start(NeedSpare(lane, (sys.executable,)))

    async def hears(self, *messages: SpareEnded | SpareLeftBehind) -> None:
        """Exactly these come, in any order of different spares."""
        while len(self.told) < len(messages):
            self._heard.clear()
            await self._heard.wait()
        assert sorted(self.told, key=lambda m: m.spare) == sorted(messages, key=lambda m: m.spare)
        self.told.clear()

    @property
    def states(self) -> list[str]:
        return [f"{info.name}: {info.state}" for info in self.spares.describe()]


def played(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """To its end, leaving nothing."""
    with nothing_left():
        supervised(play)
        join_reapers()


def join_reapers() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("reap-"):
            thread.join(DEADLINE)
