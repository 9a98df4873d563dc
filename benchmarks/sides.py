"""One suite run by pytest itself and by companion: what each says of every item."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from benchmarks.sandbox import CHECKOUT

PLUGIN = CHECKOUT / "tests" / "e2e" / "outcomeplugin.py"
COMPANION = (str(Path(sys.prefix, "bin", "companion")),)
PATIENCE = 240.0
"""Seconds that a whole suite may take."""
TIMED_OUT = -1


@dataclass(frozen=True, slots=True)
class Side:
    """What one of them said: outcomes by node id, the exit code, seconds; ``lanes`` by file, for companion."""

    outcomes: Mapping[str, str]
    exit_code: int
    seconds: float
    lanes: Mapping[str, str] = field(default_factory=dict[str, str])
    said: str = ""
    """What to read where something went wrong: the end of the output."""

    @property
    def share(self) -> float:
        """The part of the files that ran in the interpreter lane."""
        return sum(lane == "interpreter" for lane in self.lanes.values()) / max(1, len(self.lanes))


def plain(root: Path, python: str) -> Side:
    """``python -m pytest``, with a plugin that keeps the outcomes."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "outcomes.json")
        shutil.copy(PLUGIN, folder)
        environment = {**os.environ, "OUTCOMES": str(out), "PYTHONPATH": folder}
        command = [python, "-m", "pytest", "-q", "-o", f"cache_dir={folder}/cache", "-p", "outcomeplugin"]
        done, seconds = _timed(command, root, environment)
        outcomes: dict[str, str] = json.loads(out.read_text("utf-8")) if out.exists() else {}
    return Side(outcomes, done.returncode, seconds, said=done.stdout[-3000:] + done.stderr[-3000:])


def companion(root: Path, environment: Path) -> Side:
    """``companion test --all --json``, by the engine that runs, or by one that it starts."""
    done, seconds = _timed(
        [*COMPANION, "test", str(root), "--all", "--json"], root, {**os.environ, "VIRTUAL_ENV": str(environment)}
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    items: dict[str, dict[str, Any]] = {}
    for event in events:
        if event["event"] == "item":
            items[event["id"]] = event
        elif event["event"] == "gone":
            for node_id in event["ids"]:
                items.pop(node_id, None)
    lanes = {node_id.partition("::")[0]: item["lane"] for node_id, item in items.items()}
    told = [json.dumps(event) for event in events if event["event"] in ("run", "status")]
    outcomes = {node_id: _outcome(item) for node_id, item in items.items()}
    return Side(outcomes, done.returncode, seconds, lanes, "\n".join(told) + done.stderr[-3000:])


def _outcome(item: Mapping[str, Any]) -> str:
    """In pytest's words: what fails in its teardown is an error there, and a failure for us."""
    return "error" if "teardown failed" in item.get("reports", ()) else str(item["outcome"])


def differences(expected: Side, seen: Side) -> dict[str, tuple[str, str]]:
    """Items whose outcome is not the same, with both outcomes; ``-`` for an item that is not there."""
    ids = dict.fromkeys((*expected.outcomes, *seen.outcomes))
    pairs = {node_id: (expected.outcomes.get(node_id, "-"), seen.outcomes.get(node_id, "-")) for node_id in ids}
    return {node_id: pair for node_id, pair in pairs.items() if pair[0] != pair[1]}


def unsteady(one: Side, other: Side) -> frozenset[str]:
    """Items that differ between two runs by pytest itself, digits masked: their ids hold the time, say."""
    return frozenset(masked(node_id) for node_id in differences(one, other))


def masked(node_id: str) -> str:
    """The id without its digits."""
    return re.sub(r"\d", "#", node_id)


def _timed(
    command: list[str], root: Path, environment: Mapping[str, str]
) -> tuple[subprocess.CompletedProcess[str], float]:
    """Output goes to files: what tests leave running must not hold us up; it is ended here."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            start_new_session=True,
        )  # fmt: skip
        try:
            code = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            code = TIMED_OUT
        seconds = time.perf_counter() - start
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return subprocess.CompletedProcess(command, code, _text(out), _text(err)), seconds


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
