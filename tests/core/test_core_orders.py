"""Which orders a session can carry out that was begun with another one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.core.orders import files_of, serves
from companion.messages import Overlay, RunItems

BEGUN = RunItems(0, ("-x", "tests/test_a.py", "tests/test_b.py"), (), 60.0, trace="codes")

words = st.sampled_from(["-x", "-k.py", "test_a.py", "test_b.py", "test_b.py::test_c", "tests"])
arguments = st.lists(words, max_size=4, unique=True).map(tuple)


def test_an_order_names_files_and_other_words() -> None:
    order = replace(BEGUN, arguments=("--rootdir=x.py", "a.py", "b.py::test_x", "c.py::test[x.py]", "tests", "-x.py"))
    assert files_of(order) == {"a.py"}


@pytest.mark.parametrize(
    "order",
    [
        replace(BEGUN, generation=7),
        replace(BEGUN, arguments=("-x", "tests/test_b.py")),
        replace(BEGUN, arguments=("-x", "tests/test_b.py", "tests/test_a.py")),
        replace(BEGUN, deselect=("tests/test_a.py::test_x",)),
        replace(BEGUN, first=("tests/test_b.py",)),
        replace(BEGUN, ledger="somewhere"),
    ],
)
def test_less_of_the_same_files_is_served(order: RunItems) -> None:
    assert serves(BEGUN, order)


@pytest.mark.parametrize(
    "order",
    [
        replace(BEGUN, arguments=("-x", "tests/test_a.py", "tests/test_c.py")),
        replace(BEGUN, arguments=("tests/test_a.py",)),
        replace(BEGUN, arguments=("-x", "-q", "tests/test_a.py")),
        replace(BEGUN, arguments=("-x", "tests/test_a.py::test_x")),
        replace(BEGUN, arguments=("-x",)),
        replace(BEGUN, timeout=10.0),
        replace(BEGUN, trace=""),
        replace(BEGUN, trace="lines"),
        replace(BEGUN, left_out=("tests/test_b.py",)),
        replace(BEGUN, only=("tests/test_a.py",)),
        replace(BEGUN, overlays=(Overlay("cart.py", None),)),
    ],
)
def test_anything_else_is_not(order: RunItems) -> None:
    """Least of all everything: a session that was begun with files has looked for no others."""
    assert not serves(BEGUN, order)


@given(arguments, arguments)
def test_it_serves_what_names_fewer_files_and_says_the_same_otherwise(
    one: tuple[str, ...], two: tuple[str, ...]
) -> None:
    begun, order = replace(BEGUN, arguments=one), replace(BEGUN, arguments=two)
    if serves(begun, order):
        assert set(two) <= set(one)
        assert set(one) - set(two) == files_of(begun) - files_of(order)
        assert bool(files_of(order)) == bool(files_of(begun))
    assert serves(begun, begun)
