"""What is prepared for the next save, and what it may answer."""

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.core.foresight import answers, foreseen, holds
from companion.messages import FileChange, Foresee, Overlay, RunItems, RunTests, Scope

ORDER = RunItems(4, ("tests/test_cart.py",), (), 60.0)
GUESS = Foresee(0, ORDER.arguments, (), 60.0, edited="cart.py")

names = st.sampled_from(["cart.py", "tax.py", "conftest.py", "rates.json"])
kinds = st.sampled_from(["created", "modified", "deleted"])
orders = st.builds(
    RunItems,
    generation=st.integers(0, 9),
    arguments=st.lists(st.sampled_from(["-x", "test_a.py", "test_b.py::test_c"]), max_size=2).map(tuple),
    deselect=st.lists(st.sampled_from(["test_a.py::test_x"]), max_size=1).map(tuple),
    timeout=st.sampled_from([10.0, 60.0]),
    left_out=st.lists(st.just("test_c.py"), max_size=1).map(tuple),
    only=st.lists(st.just("test_d.py"), max_size=1).map(tuple),
    first=st.lists(st.just("test_a.py"), max_size=1).map(tuple),
)


def change(path: str, kind: Literal["created", "modified", "deleted"] = "modified") -> FileChange:
    return FileChange(path, kind, "1", "2", (), None)


def saved(*changes: FileChange, scope: Scope = "changed") -> RunTests:
    return RunTests(4, scope, changes, (), ())


def test_the_same_file_is_expected_to_be_saved_again() -> None:
    assert foreseen(saved(change("cart.py")), [ORDER]) == GUESS


def test_an_order_that_was_given_twice_is_one() -> None:
    assert foreseen(saved(change("cart.py")), [ORDER, replace(ORDER, generation=5)]) == GUESS


@pytest.mark.parametrize(
    ("run", "given"),
    [
        (saved(), [ORDER]),
        (saved(change("cart.py"), change("tax.py")), [ORDER]),
        (saved(change("cart.py", "created")), [ORDER]),
        (saved(change("rates.json")), [ORDER]),
        (saved(change("cart.py"), scope="all"), [ORDER]),
        (saved(change("cart.py")), []),
        (saved(change("cart.py")), [ORDER, replace(ORDER, arguments=("tests/test_tax.py",))]),
        (saved(change("cart.py")), [replace(ORDER, left_out=("tests/test_tax.py",))]),
        (saved(change("cart.py")), [replace(ORDER, overlays=(Overlay("cart.py", None),))]),
    ],
)
def test_what_tells_nothing_of_the_next_save(run: RunTests, given: list[RunItems]) -> None:
    assert foreseen(run, given) is None


def test_a_test_file_that_reaches_outside_is_not_imported_for_nothing() -> None:
    item = replace(ORDER, arguments=("tests/test_cart.py::test_total",))
    for order in (ORDER, item):
        assert foreseen(saved(change("cart.py")), [order], {"tests/test_cart.py"}) is None
        assert foreseen(saved(change("cart.py")), [order], {"tests/test_tax.py"}) is not None


@given(st.lists(st.builds(change, names, kinds), max_size=3))
def test_only_the_file_that_is_edited_may_change(changes: list[FileChange]) -> None:
    assert holds(GUESS, changes) == ({(one.path, one.kind) for one in changes} <= {("cart.py", "modified")})


@given(orders, orders)
def test_it_answers_an_order_that_differs_in_its_generation_only(last: RunItems, order: RunItems) -> None:
    guess = foreseen(saved(change("cart.py")), [last])
    if guess is not None:
        assert answers(guess, last)
        assert answers(guess, order) == (replace(order, generation=last.generation) == last)
    else:
        assert last.left_out or last.only


def test_what_is_debugged_or_foreseen_itself_is_another_order() -> None:
    assert not answers(GUESS, GUESS)
