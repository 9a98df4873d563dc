"""Who asks the runner something gets one answer, whatever becomes of it."""

import asyncio
from collections.abc import Callable

import pytest

from companion.messages import AffectedItems, Explanation, Message, RequestAffected, RequestExplanation
from companion.runtime import asking
from companion.runtime.asking import Asking, Question


class Runner:
    """Keeps what it is asked, while it is up."""

    def __init__(self, *, up: bool) -> None:
        self.up, self.asked = up, list[Question]()

    def ask(self, question: Message) -> bool:
        assert isinstance(question, RequestAffected | RequestExplanation)
        if self.up:
            self.asked.append(question)
        return self.up


def answers(during: Callable[[Asking, Runner], object], *, up: bool = True) -> list[tuple[int, Message]]:
    """What is told to fronts 7 and 8, which ask just before ``during``, under the same number."""
    told: list[tuple[int, Message]] = []

    async def ask() -> None:
        runner, both = Runner(up=up), asyncio.Event()

        def answer(front: int, message: Message) -> None:
            told.append((front, message))
            if len(told) == 2:
                both.set()

        each = Asking(runner.ask, answer)
        each.begin(7, RequestAffected(1))
        each.begin(8, RequestExplanation(1, "test_a.py::test_x"))
        during(each, runner)
        await both.wait()

    asyncio.run(asyncio.wait_for(ask(), 30.0))
    assert sorted(front for front, _ in told) == [7, 8]
    return sorted(told, key=lambda entry: entry[0])


def reply(each: Asking, runner: Runner) -> None:
    """To what was asked last first."""
    for question in reversed(runner.asked[-2:]):
        if isinstance(question, RequestAffected):
            each.said(AffectedItems(question.request, (), 3))
        else:
            each.said(Explanation(question.request, question.item, "edited"))


def test_each_front_gets_its_own_answer_under_its_own_number() -> None:
    assert answers(reply) == [
        (7, AffectedItems(1, (), 3)),
        (8, Explanation(1, "test_a.py::test_x", "edited")),
    ]


def test_a_runner_that_starts_is_asked_then() -> None:
    def start(each: Asking, runner: Runner) -> None:
        assert runner.asked == []
        runner.up = True
        each.runner_up()
        reply(each, runner)

    assert [front for front, _ in answers(start, up=False)] == [7, 8]


def test_the_next_runner_is_asked_again_and_the_first_one_s_answers_count_once() -> None:
    def crash(each: Asking, runner: Runner) -> None:
        first = list(runner.asked)
        each.runner_up()
        assert runner.asked == [*first, *first]
        reply(each, runner)
        reply(each, runner)

    answers(crash)


def test_no_runner_any_more_and_one_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    told = answers(lambda each, _: each.answer_all("none"))
    assert [message.problem for _, message in told if isinstance(message, AffectedItems | Explanation)] == [
        "none"
    ] * 2
    monkeypatch.setattr(asking, "PATIENCE", 0.0)
    answers(lambda _each, _runner: None)


def test_a_front_that_has_left_is_told_nothing() -> None:
    def leave(each: Asking, runner: Runner) -> None:
        each.begin(9, RequestAffected(1))
        each.left(9)
        each.answer_all("none")

    answers(leave)


def test_a_problem_is_the_answer() -> None:
    told: list[Message] = []
    Asking(Runner(up=True).ask, lambda _, message: told.append(message)).begin(7, RequestAffected(4), "broken")
    assert told == [AffectedItems(4, (), 0, problem="broken")]
