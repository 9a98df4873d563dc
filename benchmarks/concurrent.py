"""`concurrent`: several interpreter spares of one engine at once, round after round: every outcome is plain pytest's."""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.effort import Effort
from benchmarks.report import Asked, Report, Table
from companion.config import Config
from companion.errors import EndOfChannel
from companion.messages import ItemFinished, ItemStarted, NeedsProcess, Prepare, RunItems, SessionFinished, Warm
from companion.runtime.interpreter import Isolation, Worker
from companion.workers.testrun.environment import QUESTION, Snapshot, parse_answer

ROOT = Path(__file__).parents[1] / "fixtures" / "projects" / "at_once"
ENTRY = "companion.workers.testrun.main:interpreter_main"
DEADLINE = 120.0
"""Seconds for a spare's next word."""
SPARES, ROUNDS = 4, 200


@dataclass(slots=True)
class Session:
    """What one spare said: outcomes and messages by item, what needs a process, what pytest complained of."""

    outcomes: dict[str, str] = field(default_factory=dict[str, str])
    told: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """The item that ran (or nothing), what needs a process, and why."""
    messages: dict[str, str] = field(default_factory=dict[str, str])
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Play:
    """What to run: ``rounds`` times ``spares`` sessions at once."""

    root: str
    python: str = sys.executable
    arguments: tuple[str, ...] = ()
    spares: int = 1
    rounds: int = 1


def play(what: Play, environment: dict[str, str] | None = None) -> list[Session]:
    """By a process of its own that is what an engine is, as far as spares are concerned."""
    words = [sys.executable, "-P", "-m", __name__, json.dumps(dataclasses.asdict(what))]
    there = {**os.environ, **(environment or {})}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=there)
    assert done.returncode == 0, done.stdout + done.stderr
    return [Session(**json.loads(line)) for line in done.stdout.splitlines()]


def host(what: Play) -> None:
    """The process that `play` starts: one line for each session."""
    said = subprocess.run([what.python, "-c", QUESTION], cwd=what.root, capture_output=True, text=True, check=True)
    snapshot = parse_answer(said.stdout)
    with tempfile.TemporaryDirectory() as code, ThreadPoolExecutor(what.spares) as executor:
        start = threading.Barrier(what.spares)
        for _ in range(what.rounds):
            running = [executor.submit(session, what, snapshot, code, start) for _ in range(what.spares)]
            for one in running:
                print(json.dumps(dataclasses.asdict(one.result())), flush=True)


def session(what: Play, snapshot: Snapshot, code: str, start: threading.Barrier) -> Session:
    """One spare's whole life; all begin to run when all are warm."""
    own = Isolation.FILESYSTEM | Isolation.DESCRIPTORS
    spare = Worker("spare", ENTRY, Config(root=what.root), isolation=own)
    spare.start()
    spare.send.send(Prepare(what.root, "interpreter", snapshot, (), 4000, "", code))
    seen, running = Session(), ""
    try:
        while True:
            match spare.receive.receive(DEADLINE):
                case Warm(problem=problem):
                    seen.problem = problem
                    start.wait(DEADLINE)
                    spare.send.send(RunItems(1, tuple(what.arguments), (), DEADLINE))
                case ItemStarted(id=running):
                    pass
                case ItemFinished() as item:
                    seen.outcomes[item.id] = item.outcome
                    seen.messages[item.id] = item.message
                case NeedsProcess(id=node_id, reason=reason):
                    seen.told.append((running, node_id, reason))
                case SessionFinished(problem=problem):
                    seen.problem = problem
                case _:
                    pass
    except EndOfChannel:
        pass
    if not spare.join(DEADLINE):
        seen.problem = "the spare does not end"
    seen.problem = seen.problem or spare.failure
    return seen


if __name__ == "__main__":
    host(Play(**json.loads(sys.argv[1])))
