"""Contenders between two subinterpreters: our channel, our channel made to copy, and the bare queue."""

from concurrent import interpreters
from dataclasses import dataclass
from typing import Literal, cast

from benchmarks.channel.exchange import OTHER, Link, act
from companion.messages import Handle, Message, Stop
from companion.runtime import codec
from companion.runtime.channel import (
    InterpreterReceiveChannel,
    InterpreterSendChannel,
    open_channel,
    open_receive,
    open_send,
)  # fmt: skip
from companion.runtime.interpreter import Worker

DEADLINE = 60
"""Seconds that anything may take; whole ones, because the bare queue cuts them (gh-153005)."""
ENTRY = f"{__name__}:main"
BOUND = 64
"""Messages that may wait in a link, as between the engine and its agents."""

type Kind = Literal["lent", "copied", "queue"]


@dataclass(frozen=True, slots=True)
class Setup(Message):
    """What a side is told at its start; the handles are those of a channel, or ids of bare queues."""

    kind: Kind
    outgoing: Handle
    incoming: Handle


@dataclass(frozen=True, slots=True)
class Order(Message):
    """Play this side of a batch."""

    role: str
    size: int
    most: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Played(Message):
    """The batch is over."""

    taken: tuple[float, ...]


class ChannelLink:
    """Our channel."""

    def __init__(self, send: InterpreterSendChannel, receive: InterpreterReceiveChannel) -> None:
        self._send, self._receive = send, receive
        self.release = receive.release

    def send(self, message: Message) -> None:
        self._send.send(message, DEADLINE)

    def receive(self) -> Message:
        return self._receive.receive(DEADLINE)


class QueueLink:
    """The bare queue with its own waiting; our codec makes the message shareable, else it would be pickled."""

    def __init__(self, outgoing: int, incoming: int) -> None:
        self._outgoing, self._incoming = interpreters.Queue(outgoing), interpreters.Queue(incoming)

    def send(self, message: Message) -> None:
        self._outgoing.put(codec.pack(message), timeout=DEADLINE)

    def receive(self) -> Message:
        return codec.unpack(self._incoming.get(timeout=DEADLINE))

    def release(self, message: Message) -> None:
        """Nothing was lent."""


def main(_name: str, settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """One side, inside its subinterpreter: plays what it is told until it is told to stop."""
    link = _open(cast("Setup", codec.unpack(settings)))
    orders, answers = open_receive(inbox), open_send(outbox)
    while isinstance(order := orders.receive(), Order):
        answers.send(Played(act(link, order.role, order.size, order.most, order.seconds)), DEADLINE)
    answers.drain(DEADLINE)
    answers.close()


def _open(setup: Setup) -> Link:
    if setup.kind == "queue":
        return QueueLink(cast("int", setup.outgoing[0]), cast("int", setup.incoming[0]))
    if setup.kind == "copied":
        codec.LARGE = 1 << 62  # this interpreter's own copy of the module: nothing is large enough to be lent
    return ChannelLink(open_send(setup.outgoing), open_receive(setup.incoming))


class Interpreters:
    """Two subinterpreters, joined by one kind of link."""

    def __init__(self, kind: Kind) -> None:
        self._there, there = _line(kind)
        self._back, back = _line(kind)
        self._workers = (
            Worker(f"{kind}-ping", ENTRY, Setup(kind, there, back)),
            Worker(f"{kind}-echo", ENTRY, Setup(kind, back, there)),
        )
        for worker in self._workers:
            worker.start()

    def play(self, role: str, size: int, most: int, seconds: float) -> tuple[float, ...]:
        """One batch; what the active side measured."""
        ping, echo = self._workers
        echo.send.send(Order(OTHER[role], size, most, seconds), DEADLINE)
        ping.send.send(Order(role, size, most, seconds), DEADLINE)
        taken, _ = (cast("Played", worker.receive.receive(DEADLINE)).taken for worker in (ping, echo))
        return taken

    def close(self) -> None:
        """End both sides."""
        for worker in self._workers:
            worker.send.send(Stop(), DEADLINE)
        for worker in self._workers:
            if not worker.join(DEADLINE) or worker.failure:
                raise RuntimeError(f"{worker.name}: {worker.failure or 'did not end'}")


def _line(kind: Kind) -> tuple[object, Handle]:
    """What keeps a line alive, and what opens it elsewhere."""
    if kind == "queue":
        queue = interpreters.create_queue(BOUND)
        return queue, (queue.id,)
    send, receive = open_channel(BOUND)
    return (send, receive), send.handle
