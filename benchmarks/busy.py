"""Work for subinterpreters and processes: something that keeps a core, measured inside."""

import select
import time
from dataclasses import dataclass
from typing import cast

from companion.messages import Handle, Message
from companion.runtime.channel import open_receive, open_send
from companion.runtime.codec import unpack

DEADLINE = 60.0
"""Seconds that anything may take."""
ENTRY = f"{__name__}:main"
ENDLESS = f"{__name__}:endless"


@dataclass(frozen=True, slots=True)
class Work(Message):
    """So many turns of the loop."""

    turns: int


@dataclass(frozen=True, slots=True)
class Worked(Message):
    """What the turns took, by a clock that all share: from when to when."""

    start: float
    end: float


def main(_name: str, _settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """Inside a subinterpreter: works when told to, until it is told to stop."""
    orders, answers = open_receive(inbox), open_send(outbox)
    while isinstance(order := orders.receive(), Work):
        answers.send(work(order.turns), DEADLINE)
    answers.close()


def endless(_name: str, settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """Inside a subinterpreter: works in pieces of so many turns as its settings say, until it is told to stop."""
    piece = cast("Work", unpack(settings)).turns
    orders, answers = open_receive(inbox), open_send(outbox)
    while not select.select([orders.fileno()], [], [], 0.0)[0]:
        work(piece)
    answers.close()


def work(turns: int) -> Worked:
    """A mixture of what agents do: arithmetic, texts, small objects that come and go, compiling."""
    start = time.monotonic()
    for turn in range(turns):
        rows = [{"name": f"row {number}", "value": number * turn} for number in range(200)]
        total = sum(len(str(row["name"])) for row in rows)
        text = "\n".join(f"def f{number}(x):\n    return x + {number} + {total}" for number in range(20))
        compile(text, "<benchmark>", "exec")
    return Worked(start, time.monotonic())
