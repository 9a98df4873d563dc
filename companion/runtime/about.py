"""What an engine tells about itself: what it found of the project, its agents, its memory, its self-test."""

import asyncio
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from companion.core.board import Board
from companion.messages import AgentInfo, CheckResult, Diagnosis, LaneRow, Miss, Project, Ready, Status
from companion.runtime.memory import proportional
from companion.runtime.selftest import self_test


class About:
    """``publish`` gets what fronts are told without asking; ``parts`` describes agents and spares as they are now."""

    def __init__(
        self, root: Path, publish: Callable[[Status], None], parts: Callable[[], Iterable[AgentInfo]]
    ) -> None:
        self.project: Project | None = None
        self._root, self._publish, self._parts = str(root), publish, parts
        self._checks: tuple[CheckResult, ...] = ()
        self.lanes: tuple[LaneRow, ...] = ()
        self.external = 0
        self.selection: tuple[int, int, tuple[Miss, ...]] = 0, 0, ()

    def test(self) -> None:
        """Test what this machine offers, in a thread of its own; errors are published."""
        tests = asyncio.get_running_loop().run_in_executor(None, self_test)
        tests.add_done_callback(lambda done: self._tested(done.result()))

    def ready(self, board: Board) -> Ready:
        """How many items are known, by lane."""
        results = list(board.results.values())
        interpreter = sum(result.lane == "interpreter" for result in results)
        return Ready(self._root, len(results), interpreter, len(results) - interpreter)

    def diagnosis(self, request: int) -> Diagnosis:
        """Everything that can be said, for people."""
        return Diagnosis(
            request=request,
            root=self._root,
            python=" ".join(self.project.python) if self.project is not None else "",
            engine_pid=os.getpid(),
            memory=proportional(os.getpid()),
            agents=tuple(self._parts()),
            checks=(*self._checks, *_project_checks(self.project)),
            lanes=self.lanes,
            external=self.external,
            skips=self.selection[0],
            missed=self.selection[1],
            misses=self.selection[2],
        )

    def _tested(self, checks: tuple[CheckResult, ...]) -> None:
        self._checks = checks
        for check in checks:
            if check.health == "error":
                self._publish(Status(f"selftest:{check.name}", check.health, f"{check.name}: {check.detail}"))


def _project_checks(project: Project | None) -> tuple[CheckResult, ...]:
    if project is None:
        return ()
    if project.problem:
        return (CheckResult("project", "error", project.problem),)
    command = " ".join(project.python)
    return (CheckResult("project", "ok", f"Python {project.version} ({command}), lanes: {', '.join(project.lanes)}"),)
