"""Who asks how the engine is gets one answer, whatever becomes of the runner or of the engine."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from companion.messages import Diagnosis, LaneRow, Lanes, Message, RequestLanes
from companion.runtime import diagnosing
from companion.runtime.about import About
from companion.runtime.diagnosing import Diagnosing

ROWS = (LaneRow("process", "edited", 1, "test_a.py"),)


def answers(during: Callable[[Diagnosing], object], *, runner: bool = True) -> list[tuple[int, Diagnosis]]:
    """What two fronts are told that ask just before ``during``; ``runner``: there is one."""
    told: list[tuple[int, Diagnosis]] = []

    async def ask() -> None:
        answered = asyncio.Event()

        def answer(front: int, message: Message) -> None:
            assert isinstance(message, Diagnosis)
            told.append((front, message))
            answered.set()

        about = About(Path("/project"), lambda _: None, list)
        asked: list[RequestLanes] = []

        def of_runner(question: RequestLanes) -> bool:
            asked.append(question)
            return runner

        each = Diagnosing(about, of_runner, answer)
        each.begin(7, 1)
        each.begin(8, 1)
        assert len(asked) == 2
        during(each)
        await answered.wait()

    asyncio.run(asyncio.wait_for(ask(), 30.0))
    assert [front for front, _ in told] == [7, 8]
    return told


def test_the_runner_says_where_tests_run() -> None:
    told = answers(lambda each: each.lanes(Lanes(ROWS)))
    assert [diagnosis.lanes for _, diagnosis in told] == [ROWS, ROWS]


def test_the_next_engine_knows_of_no_question() -> None:
    """One that goes on as a fresh process answers before it does."""
    assert len(answers(lambda each: each.answer_all())) == 2


def test_without_a_runner_they_are_answered_at_once() -> None:
    assert len(answers(lambda _: None, runner=False)) == 2


def test_a_runner_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosing, "PATIENCE", 0.0)
    assert len(answers(lambda _: None)) == 2
