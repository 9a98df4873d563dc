"""Spares without pytest: the far end of a runner's line, a loop with a clock of its own, and a host that listens."""

import heapq
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, override

from companion.config import Config
from companion.errors import ClosedResourceError, EndOfChannel, WouldBlock
from companion.messages import DropSpare, Lane, Message, NeedSpare, Project, RunItems, SpareReady, Warm
from companion.runtime.channel import ReceiveChannel, SendChannel, open_channel
from companion.runtime.lent import lend
from companion.runtime.stream import open_stream, stream_pair
from companion.workers.loop import Loop, Timer

WARM = Warm(0.1, "9.0", "")


class VirtualLoop(Loop):
    """Its time passes in `advance` only; descriptors are looked at in `turn`."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    @override
    def call_later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(self.now + seconds, next(self._order), callback)
        heapq.heappush(self._timers, timer)
        return timer

    def advance(self, seconds: float) -> None:
        """Let time pass; what becomes due happens in its order, at its time."""
        end = self.now + seconds
        while self._timers and self._timers[0].when <= end:
            timer = heapq.heappop(self._timers)
            self.now = max(self.now, timer.when)
            if timer.callback is not None:
                timer.callback()
        self.now = end

    def turn(self) -> None:
        """Hear everything that has been said."""
        while ready := self._selector.select(0):
            for key, _ in ready:
                if self._selector.get_map().get(key.fd) is key:
                    key.data()

    @property
    def pending(self) -> list[float]:
        """Seconds until each timer that was not cancelled."""
        return sorted(timer.when - self.now for timer in self._timers if timer.callback is not None)


class Far:
    """A spare, as the runner meets it: what it is told comes to `told`, and it says what a test wants."""

    def __init__(self, serial: int, lane: Lane = "process") -> None:
        self.serial = serial
        self.order: RunItems | None = None
        self._send: SendChannel
        self._receive: ReceiveChannel
        self._lent: socket.socket | None = None
        if lane == "process":
            ours, theirs = stream_pair()
            self._lent = theirs
            self.ready = SpareReady(serial, lane, lend(theirs))
            self._send, self._receive = open_stream(ours)
        else:
            to_spare, self._receive = open_channel(64)
            self._send, from_spare = open_channel(64)
            self.ready = SpareReady(serial, lane, (to_spare.handle, from_spare.handle))
            self._owners = to_spare, from_spare

    def say(self, *messages: Message) -> None:
        for message in messages:
            self._send.send(message, 5.0)

    def told(self) -> list[Message]:
        """What has come since it was last asked."""
        found: list[Message] = []
        try:
            while True:
                message = self._receive.receive_nowait()
                found.append(message)
                if isinstance(message, RunItems):
                    self.order = message
        except WouldBlock, EndOfChannel, ClosedResourceError:
            return found

    @property
    def gone(self) -> bool:
        """Whether the runner has hung up."""
        self.told()
        try:
            self._receive.receive_nowait()
        except EndOfChannel:
            return True
        except WouldBlock:
            return False
        raise AssertionError("it was told something meanwhile")

    def die(self) -> None:
        """End without a word more."""
        self._send.close()
        self._receive.close()
        if self._lent is not None:
            self._lent.close()


class Desk:
    """A runner's link; it is its own host. ``sent`` holds what the host was told."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)

    def take[M: Message](self, kind: type[M]) -> list[M]:
        """What the host was told of this kind, since it was last asked."""
        found = [message for message in self.sent if isinstance(message, kind)]
        self.sent = [message for message in self.sent if not isinstance(message, kind)]
        return found

    def needs(self) -> list[Lane]:
        return [need.lane for need in self.take(NeedSpare)]

    def dropped(self) -> list[int]:
        return [drop.spare for drop in self.take(DropSpare)]


@contextmanager
def desk() -> Generator[Desk]:
    made = Desk()
    yield made
    made.loop.close()


def config(root: Path, *, lane: Literal["auto", "interpreter"] = "interpreter", **options: float) -> Config:
    """Of a project that this Python runs; it is one for both lanes."""
    return Config(root=str(root), python=(sys.executable,), lane=lane, **options)  # type: ignore[arg-type]  # numbers


def project(problem: str = "") -> Project:
    return Project((sys.executable,), "3.14.8", ("interpreter", "process"), (), problem)
