"""`channel`: how long a message takes between two agents, against what the standard library offers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.channel.exchange import LARGE, MIDDLE, SIZES, SMALL
from benchmarks.channel.interpreters import Interpreters
from benchmarks.channel.processes import Processes
from benchmarks.effort import Effort
from benchmarks.figures import duration, median, quantile, three, times
from benchmarks.report import Asked, Report, Table

ROUNDS = 30
BATCH = {SMALL: 200, MIDDLE: 100, LARGE: 20}
"""Round trips in one turn of a contender, if they fit into `TURN`."""
TURN = 0.15
"""Seconds."""
POURED = {SMALL: 1500, MIDDLE: 200, LARGE: 8}
"""Messages in one turn one way; eight of the largest are what a queue that copies may have to hold."""
POURS = 6
"""Turns one way."""


class Contender(Protocol):
    """Two sides that are ready to play."""

    def play(self, role: str, size: int, most: int, seconds: float) -> tuple[float, ...]: ...

    def close(self) -> None: ...


NOTES = (
    """Round trip: the message there, a 100 B answer back; codec and pickling included, the last byte looked at. One
way: messages sent as fast as they go, until the reader has said that it had them all. The first three rows are
between two subinterpreters of one process, the others between two spawned processes. The contenders take turns of at
most 0.15 s.""",
    """100 B is a status line; 100 KB and 10 MB are a document's text, which `channel` lends as a view, takes back and
has acknowledged.""",
)

OURS, COPIED, QUEUE = "channel", "channel, made to copy", "multiprocessing.Queue"
CONTENDERS: dict[str, Callable[[], Contender]] = {
    OURS: lambda: Interpreters("lent"),
    COPIED: lambda: Interpreters("copied"),
    "interpreters.Queue, bare": lambda: Interpreters("queue"),
    "stream channel": lambda: Processes("stream"),
    "multiprocessing.Pipe": lambda: Processes("pipe"),
    QUEUE: lambda: Processes("queue"),
}


@dataclass(slots=True)
class Samples:
    """One contender's, at one size."""

    trips: list[float] = field(default_factory=list[float])
    pours: list[float] = field(default_factory=list[float])


type Measured = dict[tuple[str, int], Samples]


def run(effort: Effort) -> Report:
    """See the module."""
    contenders = {name: make() for name, make in CONTENDERS.items()}
    measured: Measured = {(name, size): Samples() for name in contenders for size in SIZES}
    try:
        for name, contender in contenders.items():  # each imports, allocates and grows its buffers once
            for size in SIZES:
                _play(contender, Samples(), size)
            print(f"  {name} is warm", flush=True)
        for number in range(effort.rounds(ROUNDS)):
            for size in SIZES:
                for name, contender in contenders.items():
                    _play(contender, measured[name, size], size)
                    if number < effort.rounds(POURS):
                        _pour(contender, measured[name, size], size)
    finally:
        for contender in contenders.values():
            contender.close()
    return _report(measured)


def _play(contender: Contender, samples: Samples, size: int) -> None:
    samples.trips += contender.play("ping", size, BATCH[size], TURN)


def _pour(contender: Contender, samples: Samples, size: int) -> None:
    samples.pours += contender.play("pour", size, POURED[size], 0.0)


def _report(measured: Measured) -> Report:
    return Report(
        "channel",
        "Channel: a message to another agent, and its answer",
        NOTES,
        tuple(_table(measured, size) for size in SIZES),
        tuple(_asked(measured)),
    )


def _table(measured: Measured, size: int) -> Table:
    ours = median(measured[OURS, size].trips)
    rows = [_row(name, measured[name, size], size, ours) for name in CONTENDERS]
    head = ("", "round trip p50", "p99", "p50 over ours", "round trips", "one way, messages/s", "MB/s")
    return Table({SMALL: "100 B", MIDDLE: "100 KB", LARGE: "10 MB"}[size], head, tuple(rows))


def _row(name: str, samples: Samples, size: int, ours: float) -> tuple[str, ...]:
    middle, rate = median(samples.trips), POURED[size] / median(samples.pours)
    return (
        name,
        duration(middle),
        duration(quantile(samples.trips, 0.99)),
        times(middle / ours),
        str(len(samples.trips)),
        three(rate),
        three(rate * size / 1e6),
    )


def _asked(measured: Measured) -> list[Asked]:
    asked: list[Asked] = []
    for size, words, budget, better in ((SMALL, "100 B", 40e-6, 10), (LARGE, "10 MB", 60e-6, 1000)):
        ours, theirs = (median(measured[name, size].trips) for name in (OURS, QUEUE))
        asked.append(Asked(f"p50 at {words}", f"<= {duration(budget)}", duration(ours), ours <= budget))
        ratio = theirs / ours
        asked.append(Asked(f"{QUEUE} over ours at {words}", f">= {better} x", times(ratio), ratio >= better))
    return asked
