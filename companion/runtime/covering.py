"""Questions of fronts for lines that tests execute: each is answered at last, however long tests run for that."""

from collections.abc import Callable
from dataclasses import replace

from companion.messages import CoverageProgress, Covered, CoveredFile, Message, RequestCoverage, StopCoverage


class Coverings:
    """``ask`` sends to the runner, and says whether there is one; questions wait for one that starts."""

    def __init__(self, ask: Callable[[Message], bool], answer: Callable[[int, Message], None]) -> None:
        self._ask, self._answer = ask, answer
        self._serial = 0
        self._open: dict[int, tuple[int, RequestCoverage]] = {}

    @property
    def busy(self) -> bool:
        """Whether somebody waits for an answer."""
        return bool(self._open)

    def begin(self, front: int, question: RequestCoverage, problem: str = "") -> None:
        """This front asks; a ``problem`` is the answer."""
        if problem:
            self._answer(front, Covered(question.request, problem=problem))
            return
        self._serial += 1
        self._open[self._serial] = front, question
        self._ask(replace(question, request=self._serial))

    def runner_up(self) -> None:
        """There is another runner, which knows of no question."""
        for number, (_, question) in self._open.items():
            self._ask(replace(question, request=number))

    def said(self, message: CoverageProgress | CoveredFile | Covered) -> None:
        """The runner answers."""
        waiting = self._open.get(message.request)
        if waiting is not None:
            front, question = waiting
            if isinstance(message, Covered):
                del self._open[message.request]
            self._answer(front, replace(message, request=question.request))

    def answer_all(self, problem: str) -> None:
        """No runner will answer; harmless if nobody asks."""
        asked, self._open = self._open, {}
        for front, question in asked.values():
            self._answer(front, Covered(question.request, problem=problem))

    def left(self, front: int) -> None:
        """This front is gone, and nobody waits for its answers."""
        for number in [number for number, (asker, _) in self._open.items() if asker == front]:
            del self._open[number]
            self._ask(StopCoverage(number))
