"""The board: a view of events that another board can be brought to."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from companion.core.board import Board, file_of
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
OUTCOMES: list[Outcome] = ["passed", "failed", "error"]


def item(node_id: str, outcome: Outcome = "passed", generation: int = 1) -> ItemFinished:
    return ItemFinished(generation, node_id, outcome, 0.0, "process", "", node_id, 1, (), "", ())


def proposal(identity: str, path: str) -> Proposal:
    return Proposal(1, identity, "rule", "Rule", path, 1, 1, "unverified", 0, 1, 0, "", (), "")


@st.composite
def events(draw: st.DrawFn) -> Message:
    """Any event that a board takes in."""
    number, node_id, path = draw(NUMBERS), draw(IDS), draw(PATHS)
    kinds: list[Message] = [
        item(node_id, draw(st.sampled_from(OUTCOMES)), number),
        ItemStarted(number, node_id),
        ItemsGone(number, (node_id,)),
        Change(number, (), "save"),
        Selected(number, (SelectedItem(node_id, "why"),), 0),
        RunFinished(number, 1, 1, 0, 0, 0, 0.0, cancelled=False, exit_code=0, unfinished=(), problem=""),
        proposal(draw(st.sampled_from("pq")), path),
        ProposalsGone(number, (path,)),
        Status(draw(st.sampled_from("st")), "ok", str(number)),
        Ready("/r", number, number, 0),
    ]
    return draw(st.sampled_from(kinds))


@given(st.lists(events(), max_size=30))
def test_a_board_fed_with_anothers_snapshot_equals_it(happened: list[Message]) -> None:
    first, second = Board(), Board()
    for event in happened:
        first.apply(event)
    for event in first.snapshot():
        second.apply(event)
    assert second == first
    first.clear()
    assert first == Board()


class Untouched(dict[str, ItemFinished]):
    """Results that nobody may go through."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("all items were looked at for one file's sake")


@given(st.lists(events(), max_size=30), PATHS, st.sets(IDS))
def test_what_is_gone_is_found_without_a_look_at_other_files(
    happened: list[Message], path: str, items: set[str]
) -> None:
    board = Board()
    for event in happened:
        board.apply(event)
    before = tuple(k for k in board.results if file_of(k) == path and k not in items)
    board.results = Untouched(board.results)
    assert board.gone(FileFinished(9, path, tuple(items))) == before


def test_red_items_in_a_stable_order() -> None:
    board = Board()
    for node_id, outcome in zip(["a.py::y", "b.py::x", "a.py::x"], OUTCOMES, strict=True):
        board.apply(item(node_id, outcome))
    assert [result.id for result in board.red()] == ["a.py::x", "b.py::x"]


def test_what_a_file_no_longer_holds_is_gone() -> None:
    board = Board()
    for node_id in ("a.py::x", "a.py::y", "a.py", "b.py::x", "a.py_::z"):
        board.apply(item(node_id))
    assert set(board.gone(FileFinished(2, "a.py", ("a.py::y",)))) == {"a.py::x", "a.py"}
    assert set(board.gone(FileFinished(2, "a.py", ()))) == {"a.py::x", "a.py::y", "a.py"}
