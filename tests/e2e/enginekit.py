"""A front for tests: the real client, driven step by step, with deadlines."""

import asyncio
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Self

from companion.core.board import Board
from companion.errors import CompanionError
from companion.front.client import Client
from companion.messages import (
    AgentInfo,
    CaughtUp,
    Diagnosis,
    Message,
    RequestDiagnosis,
    RequestRun,
    RunAccepted,
    RunFinished,
    Scope,
    ShutDown,
    Welcome,
)  # fmt: skip

CHECKOUT = Path(__file__).parents[2]
PROJECTS = CHECKOUT / "fixtures" / "projects"
PATIENCE = 40.0
"""Seconds; only a broken product uses them up."""


class Front:
    """One front of one root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.engine = 0
        self.seen: list[Message] = []
        self._ended = False
        self._runner = asyncio.Runner()
        self._client = self._runner.run(self._start())
        self._events: AsyncIterator[Message] = aiter(self._client.events())
        self.until(CaughtUp)

    @property
    def board(self) -> Board:
        return self._client.board

    def until[M: Message](self, kind: type[M], fits: Callable[[M], bool] = lambda _: True) -> M:
        """The next event of this kind that fits; what came before it is kept in `seen`."""

        async def wait() -> M:
            async for event in self._events:
                self.seen.append(event)
                if isinstance(event, Welcome):
                    self.engine = event.pid
                if isinstance(event, kind) and fits(event):
                    return event
            raise AssertionError(f"the events ended before {kind.__name__} came")

        try:
            return self._runner.run(asyncio.wait_for(wait(), PATIENCE))
        except TimeoutError:
            tail = "\n".join(str(event)[:200] for event in self.seen[-15:])
            raise AssertionError(f"{kind.__name__} did not come; the last events:\n{tail}") from None

    def verdict(self) -> RunFinished:
        """The next run's end that is not a cancelled one's."""
        return self.until(RunFinished, lambda run: not run.cancelled)

    def run(self, scope: Scope, *arguments: str) -> int:
        """Ask for a run; its generation."""
        answer = self._ask(lambda n: RequestRun(n, scope, arguments, ()))
        assert isinstance(answer, RunAccepted)
        return answer.generation

    def diagnose(self) -> Diagnosis:
        answer = self._ask(RequestDiagnosis)
        assert isinstance(answer, Diagnosis)
        return answer

    def resident(self) -> dict[str, AgentInfo]:
        """The agents by name, once all are up."""
        end = time.monotonic() + PATIENCE
        agents: dict[str, AgentInfo] = {}
        while time.monotonic() < end:
            agents = {a.name: a for a in self.diagnose().agents if not a.name.startswith("spare")}
            if all(agent.state == "up" for agent in agents.values()):
                return agents
        raise AssertionError(f"not all agents came up: {agents}")

    def send(self, message: Message) -> None:
        async def put() -> None:
            self._client.send(message)
            await asyncio.sleep(0)

        self._runner.run(put())

    def outcomes(self) -> dict[str, str]:
        return {node_id: result.outcome for node_id, result in self.board.results.items()}

    def red(self) -> list[str]:
        return [result.id for result in self.board.red()]

    def leave(self) -> None:
        self._runner.run(self._client.close())

    def end(self) -> None:
        """Leave, and end the engine. Harmless if done already."""
        if self._ended:
            return
        self._ended = True
        try:
            self.send(ShutDown())
            self.leave()
        except CompanionError, RuntimeError:
            pass
        self._runner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    async def _start(self) -> Client:
        client = Client(self.root, front="kit")
        await client.start()
        return client

    def _ask(self, make: Callable[[int], Message]) -> Message:
        return self._runner.run(asyncio.wait_for(self._client.request(make), PATIENCE))


def save(path: Path, old: str, new: str) -> None:
    """Replace text in a file, as an editor that writes safely does; the text must be there."""
    text = path.read_text("utf-8")
    assert old in text
    write(path, text.replace(old, new))


def write(path: Path, text: str) -> None:
    """Write a new file beside it and move it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.swp")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def interpreters_first(root: Path) -> Path:
    """Nothing has to be tried before it runs in an interpreter."""
    with (root / "pyproject.toml").open("a", encoding="utf-8") as out:
        out.write('\n[tool.companion]\nlane = "interpreter"\n')
    return root


def plain_outcomes(root: Path, python: str = sys.executable) -> dict[str, str]:
    """What ``python -m pytest`` itself says of each item of this project."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "outcomes.json")
        environment = {**os.environ, "OUTCOMES": str(out), "PYTHONPATH": str(Path(__file__).parent)}
        command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "outcomeplugin"]
        subprocess.run(
            [*command, "--continue-on-collection-errors"],
            cwd=root, env=environment, capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        found: dict[str, str] = json.loads(out.read_text("utf-8"))
        return found


def children_of(pid: int) -> set[int]:
    """The processes that this one started, and theirs."""
    found: set[int] = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and _parent(folder) == pid:
            found |= {int(folder.name)} | children_of(int(folder.name))
    return found


def _parent(folder: Path) -> int:
    try:
        return int((folder / "stat").read_text("utf-8").rpartition(")")[2].split()[1])
    except OSError:
        return -1


def wait_gone(pid: int, seconds: float = 10.0) -> bool:
    """Wait for a process's end, however it is related to us."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], seconds)[0])
    finally:
        os.close(watched)
