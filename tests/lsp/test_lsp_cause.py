"""Where a red first differs from its last green run, as the language server tells it."""

from dataclasses import replace

from lspkit import failed

from companion.core.board import Board
from companion.messages import Cause, Frame, ItemFinished
from lsp.findings import Finding, Related, findings
from lsp.markdown import summary

CAUSE = Cause("cart.py", 41, "rate was 0.2 on the last green run, 20 here")
RELATED = Related("cart.py", 41, 1, "cause: rate was 0.2 on the last green run, 20 here")


def found(*items: ItemFinished, most: int = 30) -> Finding:
    board = Board()
    for item in items:
        board.apply(item)
    ((one,),) = findings(board, most_related=most).values()
    return one


def test_it_is_the_first_of_the_related_places() -> None:
    frames = (Frame("a.py", 7, "outer()"), Frame("a.py", 9, "total()"), Frame("cart.py", 3, "raise E"))
    item = replace(failed("a.py::x", 3, "E", path="cart.py", frames=frames), cause=CAUSE)
    assert found(item).related == (RELATED, Related("a.py", 7, 1, "outer()"), Related("a.py", 9, 1, "total()"))
    assert found(item, most=2).related == (RELATED, Related("a.py", 9, 1, "total()"))
    assert found(item, most=0).related == ()


def test_of_several_items_with_one_failure_it_is_told_once() -> None:
    one, other = (replace(failed(f"a.py::{name}", 3, "E", path="cart.py"), cause=CAUSE) for name in "xy")
    assert [related.message for related in found(one, other).related] == [RELATED.message, "a.py::x", "a.py::y"]


def test_it_is_shown_over_the_test() -> None:
    item = replace(failed("a.py::x", 3, "E"), cause=CAUSE)
    assert "cause: cart\\.py:41: rate was 0\\.2 on the last green run, 20 here" in summary([item], "", None)
