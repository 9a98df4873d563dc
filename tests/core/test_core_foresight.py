"""What is prepared for the next save, and for how long that is good."""

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.core.foresight import foreseen, holds
from companion.core.orders import files_of, serves
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


def test_what_earlier_saves_of_the_file_wanted_is_prepared_as_well() -> None:
    earlier = ("tests/test_tax.py", "tests/test_cart.py", "tests/test_net.py")
    guess = foreseen(saved(change("cart.py")), [ORDER], {"tests/test_net.py"}, earlier)
    assert guess is not None
    assert guess.arguments == ("tests/test_cart.py", "tests/test_tax.py")
    assert serves(guess, ORDER)


@pytest.mark.parametrize("arguments", [(), ("-x",), ("tests/test_cart.py::test_total",)])
def test_an_order_that_names_no_file_is_not_made_to_name_one(arguments: tuple[str, ...]) -> None:
    """A session over everything would become one over the files of earlier saves."""
    order = replace(ORDER, arguments=arguments)
    guess = foreseen(saved(change("cart.py")), [order], (), ("tests/test_tax.py",))
    assert guess is not None
    assert guess.arguments == arguments


@given(st.lists(st.builds(change, names, kinds), max_size=3))
def test_only_the_file_that_is_edited_may_change(changes: list[FileChange]) -> None:
    assert holds(GUESS, changes) == ({(one.path, one.kind) for one in changes} <= {("cart.py", "modified")})


@given(orders, st.frozensets(st.sampled_from(["test_a.py", "test_c.py"])))
def test_what_is_prepared_serves_the_same_order_again(last: RunItems, reaching: frozenset[str]) -> None:
    guess = foreseen(saved(change("cart.py")), [last], reaching)
    if guess is None:
        assert last.left_out or last.only or reaching
    else:
        assert serves(guess, replace(last, generation=5, deselect=("test_a.py::test_y",)))
        assert not files_of(guess) & reaching
