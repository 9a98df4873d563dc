"""`concurrent`: interpreter spares of one engine at once, round after round: every outcome is plain pytest's."""

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.effort import Effort
from benchmarks.figures import duration
from benchmarks.report import Asked, Report, Table
from companion.config import Config
from companion.errors import EndOfChannel
from companion.messages import ItemFinished, ItemStarted, NeedsProcess, Prepare, RunItems, SessionFinished, Warm
from companion.runtime.interpreter import Isolation, Worker
from companion.runtime.isolation import SWITCH
from companion.workers.testrun.environment import QUESTION, Snapshot, parse_answer

PROJECT = Path(__file__).parents[1] / "fixtures" / "projects" / "at_once"
ENTRY = "companion.workers.testrun.main:interpreter_main"
DEADLINE = 120.0
"""Seconds for a spare's next word."""
ROUNDS = 200
SHARED = {SWITCH: "off"}
"""As where a container's seccomp profile refuses: no spare has anything for itself."""
WAYS: tuple[tuple[str, int, dict[str, str]], ...] = (
    ("four at once", 4, {}),
    ("one at a time, unshare refused", 1, SHARED),
    ("four at once, unshare refused", 4, SHARED),
)
HEAD = ("", "sessions", "items", "false outcomes", "files told to need a process", "seconds")
NOTES = (
    """`capfd`, `monkeypatch.chdir`, `umask`, `setenv` and programs that print it, time zones, locale, `tmp_path`,
output of programs, pipes: each session is one spare's, in one process that stands for the engine. Where `unshare` is
refused, files that touch what is shared are told to need a process, and do not count: they run again there.""",
)


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


def run(effort: Effort) -> Report:
    """See the module."""
    with tempfile.TemporaryDirectory() as folder:
        root = copy_of_project(Path(folder))
        expected, rounds = plain(root), effort.rounds(ROUNDS)
        rows: list[tuple[str, ...]] = []
        asked: list[Asked] = []
        for name, spares, environment in WAYS:
            start = time.monotonic()
            sessions = play(Play(str(root), spares=spares, rounds=rounds), environment)
            seconds = time.monotonic() - start
            wrong = Counter(dict(Counter(item for one in sessions for item in false(one, expected))))
            items = sum(len(one.outcomes) for one in sessions)
            told = {id_.partition("::")[0] for one in sessions for _, id_, _ in one.told}
            rows.append(
                (name, str(len(sessions)), str(items), str(wrong.total()), ", ".join(sorted(told)), duration(seconds))
            )
            asked.append(Asked(f"{name}: outcomes that are not pytest's", "0", str(wrong.total()), not wrong))
    return Report("concurrent", "Spares at once", NOTES, (Table("Sessions", HEAD, tuple(rows)),), tuple(asked))


def false(session: Session, expected: dict[str, str]) -> list[str]:
    """Items that would be shown otherwise than pytest shows them: what was told runs again in a process."""
    if session.problem:
        return [session.problem]
    moved = {node_id.partition("::")[0] for _, node_id, _ in session.told}
    return [
        node_id
        for node_id in expected.keys() | session.outcomes.keys()
        if node_id.partition("::")[0] not in moved and expected.get(node_id) != session.outcomes.get(node_id)
    ]


def copy_of_project(folder: Path) -> Path:
    """The project, where it can be run without a trace."""
    return Path(shutil.copytree(PROJECT, folder / "at_once", ignore=shutil.ignore_patterns("__pycache__"))).resolve()


def plain(root: Path) -> dict[str, str]:
    """Outcomes by ``python -m pytest``."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.findall(r"^(\S+::.*?) (PASSED|FAILED|SKIPPED)", done.stdout, re.MULTILINE)
    return {node_id: outcome.lower() for node_id, outcome in found}


if __name__ == "__main__":
    host(Play(**json.loads(sys.argv[1])))
