"""Sessions of spares that are driven directly, and plain pytest's own beside them."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from companion.config import Config
from companion.errors import EndOfChannel
from companion.messages import ItemFinished, Message, Prepare, RunItems
from companion.runtime.interpreter import Isolation, Worker
from companion.workers.testrun.environment import QUESTION, Snapshot, parse_answer

ENTRY = "companion.workers.testrun.main:interpreter_main"
ROOT = Path(__file__).parents[2]

DRIVER = """
import json, os, sys
from companion.errors import WouldBlock
from companion.messages import ItemFinished, Prepare, RunItems
from companion.workers.testrun.session import Spare

class Line:
    def __init__(self, messages):
        self.left, self.items = messages, {}
    def receive(self):
        return self.left.pop(0)
    def receive_nowait(self):
        raise WouldBlock
    def send(self, message):
        if isinstance(message, ItemFinished):
            self.items[message.id] = [message.outcome, message.message, message.reports]

def main(root, *arguments):
    out = open(os.dup(1), "w")  # the session takes the descriptors
    shown = (("prefix", sys.prefix), ("sites", tuple(p for p in sys.path if p.endswith("-packages"))))
    order = RunItems(1, tuple(arguments), (), 10.0, trace=os.environ.get("TRACE", ""))
    line = Line([Prepare(root, "process", shown, (), 1000, "", ""), order])
    sys.path[0] = root
    Spare(line, line).live()
    print(json.dumps(line.items), file=out, flush=True)

main(*sys.argv[1:])
"""
PROCESS = f'exec({DRIVER!r}, {{"__name__": "driver"}})'
"""In names of its own: a session clears those of ``__main__``, as runpy would."""


@dataclass(frozen=True, slots=True)
class Item:
    """Of what is said of an item."""

    outcome: str
    message: str
    reports: tuple[str, ...]


def snapshot_of(root: Path) -> Snapshot:
    """What this Python shows in this folder."""
    said = subprocess.run([sys.executable, "-c", QUESTION], cwd=root, capture_output=True, text=True, check=True)
    return parse_answer(said.stdout)


def started(root: Path, snapshot: Snapshot, code: Path, preload: tuple[str, ...] = ()) -> Worker:
    """A spare of the interpreter lane that gets warm."""
    own = Isolation.FILESYSTEM | Isolation.DESCRIPTORS
    spare = Worker("spare", ENTRY, Config(root=str(root)), isolation=own)
    spare.start()
    spare.send.send(Prepare(str(root), "interpreter", snapshot, preload, 1000, "", str(code)))
    return spare


def session(
    root: Path,
    snapshot: Snapshot,
    code: Path,
    arguments: Sequence[str] = (),
    preload: tuple[str, ...] = (),
    deselect: tuple[str, ...] = (),
    trace: Literal["", "codes"] = "",
    chosen: tuple[str, ...] | None = None,
) -> list[Message]:
    """All that a spare of the interpreter lane says."""
    spare = started(root, snapshot, code, preload)
    spare.send.send(RunItems(1, tuple(arguments), deselect, 10.0, trace=trace, chosen=chosen))
    said: list[Message] = []
    try:
        while True:
            said.append(spare.receive.receive(30.0))
    except EndOfChannel:
        pass
    assert spare.join(30.0)
    assert spare.failure == ""
    return said


def outcomes_of(said: Sequence[Message]) -> dict[str, str]:
    return {message.id: message.outcome for message in said if isinstance(message, ItemFinished)}


def interpreter_outcomes(root: Path, code: Path, *arguments: str, trace: Literal["", "codes"] = "") -> dict[str, str]:
    """By a spare of the interpreter lane."""
    return outcomes_of(session(root, snapshot_of(root), code, arguments, trace=trace))


def process_outcomes(python: str, root: Path, environment: dict[str, str], *arguments: str) -> dict[str, str]:
    """By what a spare of the process lane does, without a process that drives it."""
    return {node_id: item.outcome for node_id, item in process_items(python, root, environment, *arguments).items()}


def process_items(python: str, root: Path, environment: dict[str, str], *arguments: str) -> dict[str, Item]:
    """As `process_outcomes`, and what was said of each."""
    there = {
        **os.environ,
        **environment,
        "PYTHONPATH": os.pathsep.join([environment.get("PYTHONPATH", ""), str(ROOT)]),
    }
    apart = f"exec({PROCESS!r}, {{'__name__': 'driver'}})"  # the session takes over __main__
    command = [python, "-c", apart, str(root), *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=there)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, tuple[str, str, list[str]]] = json.loads(done.stdout.splitlines()[-1])
    return {node_id: Item(outcome, message, tuple(reports)) for node_id, (outcome, message, reports) in found.items()}


def interpreter_items(root: Path, code: Path, *arguments: str) -> dict[str, Item]:
    """As `interpreter_outcomes`, and what was said of each."""
    said = session(root, snapshot_of(root), code, arguments)
    return {m.id: Item(m.outcome, m.message, m.reports) for m in said if isinstance(m, ItemFinished)}


def plain(python: str, root: Path, environment: dict[str, str], *arguments: str) -> None:
    """By ``python -m pytest``; what came of it, the project writes down itself."""
    there = {**os.environ, **environment}
    command = [python, "-m", "pytest", "--rootdir", str(root), "--continue-on-collection-errors", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=there)
    assert done.returncode in (0, 1), done.stdout + done.stderr
