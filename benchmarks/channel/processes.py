"""Contenders between two spawned processes: our stream channel, and multiprocessing's pipe and queue."""

import multiprocessing
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from benchmarks.channel.exchange import OTHER, Link, act
from companion.messages import Message
from companion.runtime.stream import open_stream, stream_pair

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess
    from multiprocessing.queues import Queue

DEADLINE = 60.0
"""Seconds that anything may take."""
BOUND = 64

type Kind = Literal["stream", "pipe", "queue"]


class Control(Protocol):
    """multiprocessing's connection, of whichever platform."""

    def send(self, obj: Any, /) -> None: ...

    def recv(self) -> Any: ...

    def poll(self, timeout: float, /) -> bool: ...

    def close(self) -> None: ...


spawning = multiprocessing.get_context("spawn")


class StreamLink:
    """Our stream channel over a socket pair."""

    def __init__(self, line: socket.socket) -> None:
        self._send, self._receive = open_stream(line)

    def send(self, message: Message) -> None:
        self._send.send(message, DEADLINE)

    def receive(self) -> Message:
        return self._receive.receive(DEADLINE)

    def release(self, message: Message) -> None:
        """Nothing was lent."""


class PipeLink:
    """multiprocessing's pipe, which pickles."""

    def __init__(self, connection: Control) -> None:
        self._connection = connection

    def send(self, message: Message) -> None:
        self._connection.send(message)

    def receive(self) -> Message:
        if not self._connection.poll(DEADLINE):
            raise TimeoutError
        return cast("Message", self._connection.recv())

    def release(self, message: Message) -> None:
        """Nothing was lent."""


class QueueLink:
    """multiprocessing's queue, which pickles, with its thread that feeds it."""

    def __init__(self, ends: tuple[Queue[Message], Queue[Message]]) -> None:
        self._outgoing, self._incoming = ends

    def send(self, message: Message) -> None:
        self._outgoing.put(message, timeout=DEADLINE)

    def receive(self) -> Message:
        return self._incoming.get(timeout=DEADLINE)

    def release(self, message: Message) -> None:
        """Nothing was lent."""


def serve(kind: Kind, end: Any, control: Control) -> None:
    """One side, inside its process: plays what it is told until it is told None."""
    makers: dict[Kind, Callable[[Any], Link]] = {"stream": StreamLink, "pipe": PipeLink, "queue": QueueLink}
    link = makers[kind](end)
    while (order := control.recv()) is not None:
        control.send(act(link, *order))


class Processes:
    """Two spawned processes, joined by one kind of link."""

    def __init__(self, kind: Kind) -> None:
        self._ends = _ends(kind)  # a queue lives as long as the process that made it holds it
        self._sides = tuple(_start(kind, end) for end in self._ends)

    def play(self, role: str, size: int, most: int, seconds: float) -> tuple[float, ...]:
        """One batch; what the active side measured."""
        (_, ping), (_, echo) = self._sides
        echo.send((OTHER[role], size, most, seconds))
        ping.send((role, size, most, seconds))
        taken, _ = (_answer(control) for control in (ping, echo))
        return taken

    def close(self) -> None:
        """End both sides."""
        for process, control in self._sides:
            control.send(None)
            process.join(DEADLINE)
            control.close()


def _answer(control: Control) -> tuple[float, ...]:
    if not control.poll(DEADLINE):
        raise TimeoutError
    return cast("tuple[float, ...]", control.recv())


def _start(kind: Kind, end: Any) -> tuple[SpawnProcess, Control]:
    ours, theirs = spawning.Pipe()
    process = spawning.Process(target=serve, args=(kind, end, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _ends(kind: Kind) -> tuple[Any, Any]:
    if kind == "stream":
        return stream_pair()
    if kind == "pipe":
        return spawning.Pipe()
    there: Queue[Message] = spawning.Queue(BOUND)
    back: Queue[Message] = spawning.Queue(BOUND)
    return (there, back), (back, there)
