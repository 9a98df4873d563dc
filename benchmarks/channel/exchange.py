"""What every contender does, over whatever link: messages there, a small answer back; or a stream one way."""

import time
from typing import Protocol

from companion.messages import Message, OpenDocument, Status, Stop

SMALL, MIDDLE, LARGE = 100, 100_000, 10_000_000
SIZES = (SMALL, MIDDLE, LARGE)
LEAST = 3
"""Exchanges that a batch holds however slow they are."""
ANSWER = Status("benchmark", "ok", "y" * SMALL)


class Link(Protocol):
    """One side's two ends; every call may wait."""

    def send(self, message: Message) -> None: ...

    def receive(self) -> Message: ...

    def release(self, message: Message) -> None: ...


def payload(size: int) -> Message:
    """A status of that many characters, or a document of that many bytes."""
    if size <= SMALL:
        return Status("benchmark", "ok", "x" * size)
    return OpenDocument("src/application.py", 1, b"x" * size)


def ping(link: Link, message: Message, most: int, seconds: float) -> tuple[float, ...]:
    """Seconds that each exchange took: at most so many, for about so long."""
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while len(taken) < most and (len(taken) < LEAST or time.perf_counter() < end):
        start = time.perf_counter()
        link.send(message)
        link.release(link.receive())
        taken.append(time.perf_counter() - start)
    link.send(Stop())
    return tuple(taken)


def echo(link: Link) -> tuple[float, ...]:
    """The other side of `ping`."""
    while not isinstance(message := link.receive(), Stop):
        touch(message)
        link.release(message)
        link.send(ANSWER)
    return ()


def pour(link: Link, message: Message, count: int) -> tuple[float, ...]:
    """Seconds for so many messages, until the other side has said that it had them all."""
    start = time.perf_counter()
    for _ in range(count):
        link.send(message)
    link.send(Stop())
    link.release(link.receive())
    return (time.perf_counter() - start,)


def drink(link: Link) -> tuple[float, ...]:
    """The other side of `pour`."""
    while not isinstance(message := link.receive(), Stop):
        touch(message)
        link.release(message)
    link.send(ANSWER)
    return ()


def touch(message: Message) -> None:
    """Look at what came: at its end, for a document."""
    if isinstance(message, OpenDocument) and message.data[-1] != ord("x"):
        raise ValueError("the document changed on its way")


def act(link: Link, role: str, size: int, most: int, seconds: float) -> tuple[float, ...]:
    """Play one side of a batch."""
    match role:
        case "ping":
            return ping(link, payload(size), most, seconds)
        case "pour":
            return pour(link, payload(size), most)
        case "echo":
            return echo(link)
        case _:
            return drink(link)


OTHER = {"ping": "echo", "pour": "drink"}
"""Who plays against whom."""
