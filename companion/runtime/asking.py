"""What fronts ask of the runner, and nobody else can answer; each gets one answer, whatever becomes of the runner."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from companion.messages import AffectedItems, Explanation, Message, RequestAffected, RequestExplanation

PATIENCE = 60.0
"""Seconds that the runner gets: it may be in the middle of starting."""
SILENT = "the runner has not answered: try again, and see companion doctor"

type Question = RequestAffected | RequestExplanation
type Answer = AffectedItems | Explanation


class Asking:
    """``ask`` sends to the runner, and says whether there is one; questions wait for one that starts."""

    def __init__(self, ask: Callable[[Message], bool], answer: Callable[[int, Message], None]) -> None:
        self._ask, self._answer = ask, answer
        self._serial = 0
        self._open: dict[int, tuple[int, Question, asyncio.TimerHandle]] = {}

    def begin(self, front: int, question: Question, problem: str = "") -> None:
        """This front asks; a ``problem`` is the answer."""
        if problem:
            self._answer(front, denied(question, problem))
            return
        self._serial += 1
        number = self._serial
        patience = asyncio.get_running_loop().call_later(PATIENCE, self._give_up, number, SILENT)
        self._open[number] = front, question, patience
        self._ask(replace(question, request=number))

    def runner_up(self) -> None:
        """There is another runner, which knows of no question."""
        for number, (_, question, _) in self._open.items():
            self._ask(replace(question, request=number))

    def said(self, answer: Answer) -> None:
        """The runner answers."""
        waiting = self._open.pop(answer.request, None)
        if waiting is not None:
            front, question, patience = waiting
            patience.cancel()
            self._answer(front, replace(answer, request=question.request))

    def answer_all(self, problem: str) -> None:
        """No runner will answer; harmless if nobody asks."""
        for number in list(self._open):
            self._give_up(number, problem)

    def left(self, front: int) -> None:
        """This front is gone."""
        for number, (asker, _, patience) in list(self._open.items()):
            if asker == front:
                patience.cancel()
                del self._open[number]

    def _give_up(self, number: int, problem: str) -> None:
        front, question, patience = self._open.pop(number)
        patience.cancel()
        self._answer(front, denied(question, problem))


def denied(question: Question, problem: str) -> Answer:
    """The answer that there is none."""
    if isinstance(question, RequestAffected):
        return AffectedItems(question.request, (), 0, problem=problem)
    return Explanation(question.request, question.item, problem=problem)
