"""Sessions of the process lane that are asked for what they have not begun, in a process of their own each."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

DRIVER = """
import json, os, sys
from companion.errors import WouldBlock
from companion.messages import Collected, ItemFinished, Prepare, Reached, Release, Released, RunItems, SessionFinished
from companion.workers.testrun.session import Spare

class Line:
    def __init__(self, messages, asked):
        self.left, self.asked, self.finished = messages, asked, 0
        self.said = dict.fromkeys(("items", "ties"), ()) | {"undivided": "", "exit": -1}
        self.said |= {"released": [], "reached": [], "outcomes": []}
    def receive(self):
        return self.left.pop(0)
    def receive_nowait(self):
        if self.asked and self.finished >= self.asked[0][0]:
            return Release(tuple(self.asked.pop(0)[1]))
        raise WouldBlock
    def send(self, message):
        said = self.said
        if isinstance(message, Collected):
            said["items"], said["ties"], said["undivided"] = message.items, message.ties, message.undivided
        elif isinstance(message, ItemFinished):
            self.finished += 1
            said["outcomes"].append([message.id, message.outcome, message.message])
        elif isinstance(message, Released):
            said["released"].append(message.items)
        elif isinstance(message, Reached):
            said["reached"].append([message.file, message.reason])
        elif isinstance(message, SessionFinished):
            said["exit"] = message.exit_code

out = open(os.dup(1), "w")  # the session takes the descriptors
root, order = sys.argv[1], json.loads(sys.argv[2])
shown = (("prefix", sys.prefix), ("sites", tuple(p for p in sys.path if p.endswith("-packages"))))
line = Line([
    Prepare(root, "process", shown, (), 1000, "", ""),
    RunItems(1, tuple(order["arguments"]), (), 10.0, tuple(order["left_out"]), tuple(order["only"])),
], order["asked"])
sys.path[0] = root
Spare(line, line).live()
print(json.dumps(line.said), file=out, flush=True)
"""
SESSION = f'exec({DRIVER!r}, {{"__name__": "driver"}})'
"""In names of its own: a session clears those of ``__main__``, as runpy would."""


@dataclass
class Said:
    """What a session said. ``outcomes`` in their order, ``messages`` by item."""

    items: list[str]
    outcomes: list[tuple[str, str]]
    messages: dict[str, str]
    released: list[list[str]]
    reached: set[tuple[str, str]]
    ties: dict[str, set[str]]
    undivided: str
    exit: int

    @property
    def ran(self) -> list[str]:
        return [item for item, _ in self.outcomes]


def run(
    root: Path,
    *arguments: str,
    asked: tuple[tuple[int, tuple[str, ...]], ...] = (),
    left_out: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
    environment: dict[str, str] | None = None,
) -> Said:
    """``asked``: after so many items, to leave these files to another session."""
    order = json.dumps({"arguments": arguments, "asked": asked, "left_out": left_out, "only": only})
    there = {**os.environ, **(environment or {}), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SESSION, str(root), order]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=there, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    ties: dict[str, set[str]] = {}
    for file, name in said["ties"]:
        ties.setdefault(file, set()).add(name)
    return Said(
        said["items"], [(item, outcome) for item, outcome, _ in said["outcomes"]],
        {item: message for item, _, message in said["outcomes"]}, said["released"],
        {(file, reason) for file, reason in said["reached"]}, ties, said["undivided"], said["exit"],
    )  # fmt: skip


def write(root: Path, **files: str) -> None:
    """``a__test_b`` is ``a/test_b.py``."""
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
