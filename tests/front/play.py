"""A front as a process of its own, with an engine that plays a script: ``play.py COMMAND text|json SCRIPT``."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from frontkit import JOINED, change, finished, item, selected

from companion.errors import EngineUnavailableError, UsageError
from companion.front import main
from companion.front.scripted import ScriptedEngine
from companion.messages import (
    CheckResult,
    Diagnosis,
    EngineEvent,
    Message,
    RequestDiagnosis,
    RequestRun,
    RunAccepted,
    StopRun,
)  # fmt: skip

RED = item("tests/test_cart.py::test_total", "failed", "assert 6.0 == 7.5", place=("tests/test_cart.py", 2))
RUN = (change("src/café.py"), selected(RED.id, "t.py::b"), RED, item("t.py::b"), finished(failed=1, passed=1))


def answer(message: Message) -> Sequence[EngineEvent]:
    """A red run; a diagnosis."""
    match message:
        case RequestRun():
            return (RunAccepted(message.request, 1), *RUN)
        case RequestDiagnosis():
            return (Diagnosis(message.request, "/shop", "python3", 4711, 0, (), (CheckResult("self", "ok", ""),)),)
        case _:
            return ()


def endless(message: Message) -> Sequence[EngineEvent]:
    """A run that ends when it is stopped."""
    match message:
        case RequestRun():
            return (RunAccepted(message.request, 1), *RUN[:-1])
        case StopRun():
            return (finished(failed=1, passed=1, cancelled=True),)
        case _:
            return ()


SCRIPTS: dict[str, Callable[[], ScriptedEngine]] = {
    "run": lambda: ScriptedEngine(answer, *JOINED, *RUN),
    "joined": lambda: ScriptedEngine(answer, *JOINED),
    "endless": lambda: ScriptedEngine(endless, *JOINED),
    "silent": lambda: ScriptedEngine(lambda _: (), *JOINED),
    "none": lambda: ScriptedEngine(answer, failure=EngineUnavailableError("no engine could be started: try again")),
    "unusable": lambda: ScriptedEngine(answer, failure=UsageError("pyproject.toml cannot be read as TOML")),
}


def play(command: str, shape: Literal["text", "json"], script: str) -> int:
    """Run one front command to its exit code."""
    engine = SCRIPTS[script]()
    match command:
        case "watch":
            return main.watch(Path("/shop"), lambda _: engine, shape=shape, pytest_args=())
        case "test":
            return main.test(Path("/shop"), lambda _: engine, shape=shape, scope="changed", pytest_args=(), since="")
        case _:
            return main.doctor(Path("/shop"), lambda _: engine, shape=shape)


if __name__ == "__main__":
    sys.exit(play(sys.argv[1], "json" if sys.argv[2] == "json" else "text", sys.argv[3]))
