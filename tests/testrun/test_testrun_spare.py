"""A spare of the interpreter lane, by itself: one session, and nothing of it left."""

import subprocess
import sys
from pathlib import Path

from companion.config import Config
from companion.errors import EndOfChannel
from companion.messages import ItemFinished, Prepare, RunItems
from companion.runtime.interpreter import Isolation, Worker
from companion.runtime.memory import resident
from companion.workers.testrun.environment import QUESTION, Snapshot, parse_answer

ENTRY = "companion.workers.testrun.main:interpreter_main"
GREEN = Path(__file__).parents[2] / "fixtures" / "projects" / "green"


def session(root: Path, snapshot: Snapshot, code: Path) -> list[str]:
    """The outcomes of one session in a spare of its own."""
    own = Isolation.FILESYSTEM | Isolation.DESCRIPTORS
    spare = Worker("spare", ENTRY, Config(root=str(root)), isolation=own)
    spare.start()
    spare.send.send(Prepare(str(root), "interpreter", snapshot, (), 1000, "", str(code)))
    spare.send.send(RunItems(1, (), (), 10.0))
    outcomes: list[str] = []
    try:
        while True:
            message = spare.receive.receive(30.0)
            if isinstance(message, ItemFinished):
                outcomes.append(message.outcome)
    except EndOfChannel:
        pass
    assert spare.join(30.0)
    assert spare.failure == ""
    return outcomes


def test_a_spare_gives_all_its_memory_back(tmp_path: Path) -> None:
    said = subprocess.run([sys.executable, "-c", QUESTION], cwd=GREEN, capture_output=True, text=True, check=True)
    snapshot = parse_answer(said.stdout)
    for _ in range(5):
        assert session(GREEN, snapshot, tmp_path) == ["passed"] * 3
    before = resident()
    for _ in range(10):
        assert session(GREEN, snapshot, tmp_path) == ["passed"] * 3
    assert resident() - before < 40_000_000  # ten heaps that stay would be two hundred
