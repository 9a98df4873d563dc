"""`parallel`: two busy agents on two cores take hardly longer than one."""

import multiprocessing
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from benchmarks.busy import DEADLINE, ENTRY, Work, Worked, work
from benchmarks.effort import Effort
from benchmarks.figures import duration, median, three
from benchmarks.report import Asked, Report, Table
from companion.messages import Stop
from companion.runtime.interpreter import Worker

ROUNDS = 15
AIM = 0.25
"""Seconds that one worker alone is busy for."""
LIMIT = 1.15

NOTES = (
    """The same loop (arithmetic, texts, small objects, compiling) by one worker, and by two at once, in turns; wall
time until the last has ended. Other work can only add to it, so the quickest round counts. Two processes show what
the machine gave at that moment: where they do not come near 1 either, other work had the cores.""",
)


class Team(Protocol):
    """Two workers of a kind."""

    def begin(self, member: int, turns: int) -> None: ...

    def end(self, member: int) -> Worked: ...

    def close(self) -> None: ...


class Agents:
    """Two subinterpreters, each with its own lock."""

    def __init__(self) -> None:
        self._workers = [Worker(f"busy-{number}", ENTRY, Stop()) for number in range(2)]
        for worker in self._workers:
            worker.start()

    def begin(self, member: int, turns: int) -> None:
        self._workers[member].send.send(Work(turns), DEADLINE)

    def end(self, member: int) -> Worked:
        return cast("Worked", self._workers[member].receive.receive(DEADLINE))

    def close(self) -> None:
        for worker in self._workers:
            worker.stop(DEADLINE)


class Processes:
    """Two spawned processes."""

    def __init__(self) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._lines = [spawning.Pipe() for _ in range(2)]
        self._processes = [spawning.Process(target=_serve, args=(theirs,), daemon=True) for _, theirs in self._lines]
        for process in self._processes:
            process.start()

    def begin(self, member: int, turns: int) -> None:
        self._lines[member][0].send(turns)

    def end(self, member: int) -> Worked:
        return cast("Worked", self._lines[member][0].recv())

    def close(self) -> None:
        for line, _ in self._lines:
            line.send(0)
        for process in self._processes:
            process.join(DEADLINE)


def run(effort: Effort) -> Report:
    """See the module."""
    makers: dict[str, Callable[[], Team]] = {"agents (subinterpreters)": Agents, "processes": Processes}
    teams = {name: make() for name, make in makers.items()}
    alone: dict[str, list[float]] = {name: [] for name in teams}
    both: dict[str, list[float]] = {name: [] for name in teams}
    try:
        turns = _calibrate(teams["processes"])
        for number in range(-1, effort.rounds(ROUNDS)):
            for name, team in teams.items():
                single, double = _wall(team, [abs(number) % 2], turns), _wall(team, [0, 1], turns)
                if number >= 0:  # the first round warms
                    alone[name].append(single)
                    both[name].append(double)
    finally:
        for team in teams.values():
            team.close()
    return _report(alone, both)


def _report(alone: dict[str, list[float]], both: dict[str, list[float]]) -> Report:
    head = ("", "one alone", "two at once", "two over one", "medians: one", "two", "two over one")
    rows = tuple(
        (name, *_row(alone[name], both[name], min), *_row(alone[name], both[name], median)) for name in alone
    )
    ours = next(iter(alone))
    ratio = min(both[ours]) / min(alone[ours])
    return Report(
        "parallel",
        "Two busy agents on two cores",
        NOTES,
        (Table("Wall time", head, rows),),
        (Asked("two agents over one", f"<= {LIMIT}", three(ratio), ratio <= LIMIT),),
    )


def _row(alone: list[float], both: list[float], chosen: Callable[[list[float]], float]) -> tuple[str, ...]:
    one, two = chosen(alone), chosen(both)
    return duration(one), duration(two), three(two / one)


def _calibrate(team: Team) -> int:
    """Turns that take about `AIM`."""
    return max(1, round(20 * AIM / min(_wall(team, [0], 20) for _ in range(5))))


def _wall(team: Team, members: Sequence[int], turns: int) -> float:
    for member in members:
        team.begin(member, turns)
    times = [team.end(member) for member in members]
    return max(time.end for time in times) - min(time.start for time in times)


def _serve(line: Any) -> None:
    while turns := line.recv():
        line.send(work(turns))
