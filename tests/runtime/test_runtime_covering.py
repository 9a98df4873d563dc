"""Who asks for lines that tests execute is told of all that the runner says of it, and of no other's."""

from companion.messages import CoverageProgress, Covered, CoveredFile, Message, RequestCoverage, StopCoverage
from companion.runtime.covering import Coverings

ANNE, BERT = 1, 2


class Desk:
    def __init__(self) -> None:
        self.runner: list[Message] = []
        self.fronts: list[tuple[int, Message]] = []
        self.coverings = Coverings(self._ask, lambda front, message: self.fronts.append((front, message)))

    def asks(self, front: int, request: int = 7, *, by_item: bool = False) -> int:
        """The number by which the runner knows it."""
        self.coverings.begin(front, RequestCoverage(request, by_item))
        told = self.runner.pop()
        assert isinstance(told, RequestCoverage)
        assert told.by_item == by_item
        return told.request

    def _ask(self, message: Message) -> bool:
        self.runner.append(message)
        return True


def test_each_front_gets_its_own_answer_under_its_own_number() -> None:
    desk = Desk()
    anne, bert = desk.asks(ANNE, by_item=True), desk.asks(BERT)
    desk.coverings.said(CoverageProgress(anne, 1, 2))
    desk.coverings.said(CoveredFile(bert, "a.py", "1", b""))
    desk.coverings.said(Covered(anne, "3.14"))
    desk.coverings.said(Covered(anne, "3.14"))
    assert desk.fronts == [
        (ANNE, CoverageProgress(7, 1, 2)), (BERT, CoveredFile(7, "a.py", "1", b"")), (ANNE, Covered(7, "3.14")),
    ]  # fmt: skip


def test_another_runner_is_asked_again_and_none_is_a_problem() -> None:
    desk = Desk()
    number = desk.asks(ANNE)
    desk.coverings.runner_up()
    assert desk.runner == [RequestCoverage(number)]
    desk.coverings.answer_all("none")
    desk.coverings.answer_all("none")
    desk.coverings.begin(BERT, RequestCoverage(3), "broken")
    assert desk.fronts == [(ANNE, Covered(7, problem="none")), (BERT, Covered(3, problem="broken"))]


def test_who_leaves_is_told_nothing_and_the_runner_is() -> None:
    desk = Desk()
    anne, bert = desk.asks(ANNE), desk.asks(BERT)
    desk.coverings.left(ANNE)
    desk.coverings.left(ANNE)
    assert desk.runner == [StopCoverage(anne)]
    desk.coverings.said(Covered(anne))
    assert desk.coverings.busy
    desk.coverings.said(Covered(bert))
    assert not desk.coverings.busy
    assert desk.fronts == [(BERT, Covered(7))]
