"""Sessions with overlays, in either lane: everything that the spare says."""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, cast

from sessionkit import ROOT, snapshot_of, started

from companion.errors import EndOfChannel
from companion.messages import ItemFinished, Message, Overlay, RunItems, SessionFinished
from companion.runtime.codec import pack, unpack
from companion.runtime.interpreter import Worker

LANES: tuple[Literal["interpreter", "process"], ...] = ("interpreter", "process")

DRIVER = """
import ast, os, sys
sys.path.insert(0, sys.argv[2])
from companion.errors import WouldBlock
from companion.messages import Prepare
from companion.runtime.codec import pack, unpack
from companion.workers.testrun.session import Spare

class Line:
    def __init__(self, messages):
        self.left, self.said = messages, []
    def receive(self):
        return self.left.pop(0)
    def receive_nowait(self):
        raise WouldBlock
    def send(self, message):
        self.said.append(pack(message))

def main(root, own, code):
    out = open(os.dup(1), "w")  # the session takes the descriptors
    shown = (("prefix", sys.prefix), ("sites", tuple(p for p in sys.path if p.endswith("-packages"))))
    order = unpack(ast.literal_eval(sys.stdin.read()))
    line = Line([Prepare(root, "process", shown, (), 10000, "", code), order])
    sys.path[:2] = [root]
    sys.path.append(own)
    Spare(line, line).live()
    print(repr(line.said), file=out, flush=True)

main(*sys.argv[1:])
"""
PROCESS = f'exec({DRIVER!r}, {{"__name__": "driver"}})'
"""In names of its own: a session clears those of ``__main__``, as runpy would."""


def order_of(overlays: Mapping[str, str | bytes | None], arguments: Sequence[str]) -> RunItems:
    def text(value: str | bytes | None) -> bytes | None:
        return value.encode() if isinstance(value, str) else value

    laid = tuple(Overlay(path, text(value)) for path, value in overlays.items())
    return RunItems(1, tuple(arguments), (), 30.0, overlays=laid)


def said_by(spare: Worker, order: RunItems) -> list[Message]:
    """All that a spare of the interpreter lane says, which has been started."""
    spare.send.send(order)
    said: list[Message] = []
    try:
        while True:
            said.append(spare.receive.receive(60.0))
    except EndOfChannel:
        pass
    assert spare.join(30.0)
    assert spare.failure == ""
    return said


def process_session(
    root: Path,
    order: RunItems,
    *,
    python: str = sys.executable,
    there: Mapping[str, str] | None = None,
    code: str = "",
) -> list[Message]:
    """All that a spare of the process lane says, without a process that drives it."""
    command = [python, "-c", PROCESS, str(root), str(ROOT), code]
    environment = {**os.environ, **(there or {})}
    told = repr(pack(order))
    done = subprocess.run(command, cwd=root, input=told, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return [unpack(packed) for packed in ast.literal_eval(done.stdout.splitlines()[-1])]


def overlaid(
    lane: str, root: Path, overlays: Mapping[str, str | bytes | None], *arguments: str, code: str = ""
) -> list[Message]:
    """All that is said of a session of this lane."""
    order = order_of(overlays, arguments)
    if lane == "process":
        return process_session(root, order, code=code)
    return said_by(started(root, snapshot_of(root), Path(code) if code else root.with_name("code")), order)


def items_of(said: Sequence[Message]) -> dict[str, ItemFinished]:
    return {message.id: message for message in said if isinstance(message, ItemFinished)}


def outcomes_of(said: Sequence[Message]) -> dict[str, str]:
    return {node_id: item.outcome for node_id, item in items_of(said).items()}


def end_of(said: Sequence[Message]) -> SessionFinished:
    return cast("SessionFinished", said[-1])


def written(root: Path, files: Mapping[str, str]) -> Path:
    """A project of these files; its folder."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


def tree_of(root: Path) -> dict[str, bytes]:
    """Everything that a project holds."""
    return {str(p.relative_to(root)): p.read_bytes() if p.is_file() else b"" for p in sorted(root.rglob("*"))}
