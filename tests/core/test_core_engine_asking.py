"""A front that has come to ask what would run starts nothing, nor does it when it leaves."""

from enginekit_core import after, orders, saved

from companion.core.engine import AgentUp, FrontJoined, FrontLeft, State
from companion.messages import FileChange

UP = AgentUp("runner"), AgentUp("watcher")
A = FileChange("a.py", "modified", "1", "2", (), None)


def test_nothing_runs_while_only_such_fronts_are_there_or_have_been() -> None:
    assert orders(State(), FrontJoined(1, asks=True), *UP, FrontLeft(1)) == []
    assert (
        orders(State(), FrontJoined(1, asks=True), *UP, FrontJoined(2, asks=True), FrontLeft(1), FrontLeft(2)) == []
    )


def test_what_has_changed_meanwhile_runs_for_whoever_comes_next() -> None:
    state, _ = after(State(), FrontJoined(1, asks=True), *UP, saved(A), FrontLeft(1))
    (order,) = orders(state, FrontJoined(2))
    assert order.changes == (A,)


def test_where_somebody_watches_they_change_nothing() -> None:
    state, _ = after(State(pending=State().pending.put_off()), FrontJoined(1), *UP)
    state, _ = after(state, FrontJoined(2, asks=True), FrontLeft(2), FrontLeft(1))
    assert state.silent == frozenset()
