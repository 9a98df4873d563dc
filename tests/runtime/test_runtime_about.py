"""What an engine says of itself, before and after it knows anything."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

from companion.core.board import Board
from companion.messages import AgentInfo, CheckResult, ItemFinished, Lane, Project, Ready, Status
from companion.runtime.about import About

RUNNER = AgentInfo("runner", 1, "up", 0, 0, "")
PROJECT = Project(("python3",), "3.14.8", ("interpreter", "process"), (), "")


def about(told: list[Status]) -> About:
    return About(Path("/project"), told.append, lambda: [RUNNER])


def passed(node_id: str, lane: Lane) -> ItemFinished:
    return ItemFinished(1, node_id, "passed", 0.0, lane, "", "a.py", 1, (), "", ())


def test_items_are_counted_by_their_lane() -> None:
    board = Board()
    assert about([]).ready(board) == Ready("/project", 0, 0, 0)
    for item in (passed("a.py::x", "interpreter"), passed("a.py::y", "process"), passed("a.py::z", "process")):
        board.apply(item)
    assert about([]).ready(board) == Ready("/project", 3, 1, 2)


def test_a_diagnosis_before_anything_is_known() -> None:
    diagnosis = about([]).diagnosis(7)
    assert (diagnosis.request, diagnosis.root, diagnosis.python) == (7, "/project", "")
    assert (diagnosis.engine_pid, diagnosis.agents, diagnosis.checks) == (os.getpid(), (RUNNER,), ())
    assert diagnosis.memory > 0


def test_what_is_wrong_with_the_project_is_a_check() -> None:
    made = about([])
    made.project = PROJECT
    assert [check.health for check in made.diagnosis(1).checks] == ["ok"]
    made.project = replace(PROJECT, problem="python3 does not run")
    assert made.diagnosis(1).checks == (CheckResult("project", "error", "python3 does not run"),)


def test_the_self_tests_results_come_by_themselves() -> None:
    async def scenario() -> None:
        told: list[Status] = []
        made = about(told)
        made.test()
        async with asyncio.timeout(60.0):
            while not made.diagnosis(1).checks:  # noqa: ASYNC110 - the loop's own turns are what is waited for
                await asyncio.sleep(0)
        errors = [check for check in made.diagnosis(1).checks if check.health == "error"]
        assert [status.source for status in told] == [f"selftest:{check.name}" for check in errors]

    asyncio.run(scenario())
