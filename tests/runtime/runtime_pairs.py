"""Channels of each kind behind one face, for laws that hold for all of them."""

import contextlib
import queue
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from runtime_kit import DEADLINE

from companion.errors import WouldBlock
from companion.messages import Message, Ping
from companion.runtime.channel import ReceiveChannel, SendChannel, open_channel, open_receive
from companion.runtime.doorbell import Doorbell
from companion.runtime.stream import StreamReceiveChannel, StreamSendChannel, stream_pair

type Kind = Literal["eventfd", "sockets", "stream"]
KINDS: tuple[Kind, ...] = ("eventfd", "sockets", "stream")
"""A channel between interpreters with either doorbell, and one between processes."""
SIZE = 4
"""Messages that a channel between interpreters holds here."""


@dataclass
class Pair:
    """Two ends of one channel."""

    kind: Kind
    send: SendChannel
    receive: ReceiveChannel

    def fill(self) -> list[Message]:
        """Send until it is full; what was sent. Fails if it is never full."""
        sent: list[Message] = []
        with contextlib.suppress(WouldBlock):
            for serial in range(10_000):
                self.send.send_nowait(Ping(serial))
                sent.append(Ping(serial))
            raise AssertionError("a channel without a bound")
        return sent

    def nudge(self) -> None:
        """What a sender's event loop does when there is room."""
        if isinstance(self.send, StreamSendChannel):
            self.send.flush_nowait()

    def take(self, count: int) -> list[Message]:
        """So many messages, all of which were sent before."""
        taken: list[Message] = []
        while len(taken) < count:
            self.nudge()
            taken.append(self.receive.receive(DEADLINE))
        return taken


@contextmanager
def pair_of(kind: Kind) -> Generator[Pair]:
    """A new channel of this kind; closed at the end, whatever happened to it."""
    if kind == "stream":
        ours, theirs = stream_pair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)  # the system's smallest
        pair = Pair(kind, StreamSendChannel(ours.detach(), bound=1000), StreamReceiveChannel(theirs.detach()))
        yield pair
    else:
        bell = Doorbell.create if kind == "eventfd" else Doorbell.of_sockets
        send, keeper = open_channel(SIZE, bell=bell)
        pair = Pair(kind, send, open_receive(keeper.handle))
        yield pair
    pair.send.close()
    pair.receive.close()


class Aside[T]:
    """A call in a thread of its own; ``result`` is what it returned, or raises what it raised."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._answer: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue()
        self._thread = threading.Thread(target=self._run, args=(call,), daemon=True)
        self._thread.start()

    def result(self) -> T:
        value, error = self._answer.get(timeout=DEADLINE)
        self._thread.join(DEADLINE)
        if error is not None:
            raise error
        return value  # type: ignore[return-value]  # the call's own, None included

    def _run(self, call: Callable[[], T]) -> None:
        try:
            self._answer.put((call(), None))
        except BaseException as error:  # noqa: BLE001 - handed to whoever asks for the result
            self._answer.put((None, error))
