"""The board: a view of events that another board can be brought to."""

from hypothesis import given
from hypothesis import strategies as st

from companion.core.board import Board
from companion.messages import (
    Change,
    FileFinished,
    ItemFinished,
    ItemsGone,
    ItemStarted,
    Message,
    Outcome,
    Proposal,
    ProposalsGone,
    Ready,
    RunFinished,
    Selected,
    SelectedItem,
    Status,
)  # fmt: skip

IDS = st.sampled_from(["a.py::x", "a.py::y", "b.py::x", "b.py"])
PATHS = st.sampled_from(["a.py", "b.py"])
NUMBERS = st.integers(0, 5)


def item(node_id: str, outcome: Outcome = "passed", generation: int = 1) -> ItemFinished:
    return ItemFinished(generation, node_id, outcome, 0.0, "process", "", node_id, 1, (), "", ())


def proposal(identity: str, path: str) -> Proposal:
    return Proposal(1, identity, "rule", "Rule", path, 1, 1, "unverified", 0, 1, 0, "", (), "")


EVENTS: st.SearchStrategy[Message] = st.one_of(
    st.builds(item, IDS, st.sampled_from(["passed", "failed", "error"]), NUMBERS),
    st.builds(ItemStarted, NUMBERS, IDS),
    st.builds(lambda g, i: ItemsGone(g, (i,)), NUMBERS, IDS),
    st.builds(lambda g: Change(g, (), "save"), NUMBERS),
    st.builds(lambda g, i: Selected(g, (SelectedItem(i, "why"),), 0), NUMBERS, IDS),
    st.builds(
        lambda g: RunFinished(g, 1, 1, 0, 0, 0, 0.0, cancelled=False, exit_code=0, unfinished=(), problem=""), NUMBERS
    ),
    st.builds(proposal, st.sampled_from("pq"), PATHS),
    st.builds(lambda g, p: ProposalsGone(g, (p,)), NUMBERS, PATHS),
    st.builds(lambda s, m: Status(s, "ok", m), st.sampled_from("st"), st.text(max_size=3)),
    st.builds(lambda n: Ready("/r", n, n, 0), NUMBERS),
)


@given(st.lists(EVENTS, max_size=30))
def test_a_board_fed_with_anothers_snapshot_equals_it(events: list[Message]) -> None:
    first, second = Board(), Board()
    for event in events:
        first.apply(event)
    for event in first.snapshot():
        second.apply(event)
    assert second == first
    first.clear()
    assert first == Board()


def test_red_items_in_a_stable_order() -> None:
    board = Board()
    for node_id, outcome in (("b.py::x", "failed"), ("a.py::x", "error"), ("a.py::y", "passed")):
        board.apply(item(node_id, outcome))  # type: ignore[arg-type]
    assert [result.id for result in board.red()] == ["a.py::x", "b.py::x"]


def test_what_a_file_no_longer_holds_is_gone() -> None:
    board = Board()
    for node_id in ("a.py::x", "a.py::y", "a.py", "b.py::x", "a.py_::z"):
        board.apply(item(node_id))
    assert set(board.gone(FileFinished(2, "a.py", ("a.py::y",)))) == {"a.py::x", "a.py"}
    assert set(board.gone(FileFinished(2, "a.py", ()))) == {"a.py::x", "a.py::y", "a.py"}
