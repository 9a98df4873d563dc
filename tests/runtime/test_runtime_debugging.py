"""Which front debugs: the newest one, until it or what it debugs ends."""

from companion.messages import DebugEnded, DebugItem, DebugListens, Message, RequestDebug, StopDebug
from companion.runtime.debugging import INTERNAL, Debugs

ANNE, BERT = 1, 2


class Desk:
    def __init__(self) -> None:
        self.runner: list[Message] = []
        self.fronts: list[tuple[int, Message]] = []
        self.debugs = Debugs(self.runner.append, lambda front, message: self.fronts.append((front, message)))

    def asks(self, front: int, item: str = "test_a.py::test_x", request: int = 7) -> int:
        """The session that the runner is told to begin."""
        self.debugs.begin(front, RequestDebug(request, item), "")
        begun = self.runner.pop()
        assert isinstance(begun, DebugItem)
        assert begun.item == item
        return begun.session


def ended(request: int, problem: str) -> DebugEnded:
    return DebugEnded(request, INTERNAL, (), problem)


def test_who_asked_hears_where_it_listens_and_how_it_ended() -> None:
    desk = Desk()
    session = desk.asks(ANNE)
    desk.debugs.said(DebugListens(session, "127.0.0.1", 5678))
    desk.debugs.said(DebugEnded(session, 1, (), ""))
    desk.debugs.left(ANNE)
    assert desk.fronts == [(ANNE, DebugListens(7, "127.0.0.1", 5678)), (ANNE, DebugEnded(7, 1, (), ""))]
    assert desk.runner == []


def test_a_second_request_takes_the_place_of_the_first() -> None:
    desk = Desk()
    old = desk.asks(ANNE)
    new = desk.asks(BERT, "test_b.py::test_y", 8)
    assert desk.fronts == [(ANNE, ended(7, "another test is debugged now"))]
    desk.debugs.said(DebugListens(old, "127.0.0.1", 1))  # it was on its way
    assert (len(desk.fronts), desk.runner) == (1, [StopDebug(old)])
    desk.debugs.left(ANNE)
    desk.debugs.said(DebugListens(new, "127.0.0.1", 2))
    assert desk.fronts[1:] == [(BERT, DebugListens(8, "127.0.0.1", 2))]


def test_who_leaves_ends_it() -> None:
    desk = Desk()
    session = desk.asks(ANNE)
    desk.debugs.left(BERT)
    assert desk.runner == []
    desk.debugs.left(ANNE)
    assert (desk.runner, desk.fronts) == ([StopDebug(session)], [])


def test_the_runners_end_is_told_once() -> None:
    desk = Desk()
    desk.asks(ANNE)
    desk.debugs.lost("the runner ended: a defect")
    desk.debugs.lost("the runner ended: another")
    assert desk.fronts == [(ANNE, ended(7, "the runner ended: a defect"))]


def test_without_a_runner_nothing_begins() -> None:
    desk = Desk()
    session = desk.asks(BERT)
    desk.debugs.begin(ANNE, RequestDebug(9, "test_a.py::test_x"), "no runner")
    assert desk.fronts == [(ANNE, ended(9, "no runner"))]
    desk.debugs.said(DebugListens(session, "127.0.0.1", 3))
    assert desk.fronts[1:] == [(BERT, DebugListens(7, "127.0.0.1", 3))]
