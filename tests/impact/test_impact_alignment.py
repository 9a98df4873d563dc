"""Two sequences side by side, however long they are and however often something is repeated in them."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.core.impact.alignment import SMALL, matches, opcodes
from companion.core.impact.comparison import compared

SHAPES = st.lists(st.sampled_from("abcdefgh"), max_size=30)


@given(SHAPES, SHAPES)
def test_all_of_both_is_said_in_order_and_what_is_equal_is(old: list[str], new: list[str]) -> None:
    found = [*opcodes(old, new)]
    for (_, _, i2, _, j2), (_, i1, _, j1, _) in pairwise(found):
        assert (i2, j2) == (i1, j1)
    assert found[0][1::2] == (0, 0)
    assert found[-1][2::2] == (len(old), len(new))
    for tag, i1, i2, j1, j2 in found:
        assert tag != "equal" or old[i1:i2] == new[j1:j2]


def test_of_what_is_long_too_all_that_stayed_is_found() -> None:
    old = [f"x{at}" for at in range(1000)]
    new = ["first", *(each for each in old if each not in ("x300", "x600")), "last"]
    assert len(old) * len(new) > SMALL
    assert len(matches(old, new)) == 998


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def f{0}():\n    return 1\n", "def g{0}():\n    return 1\n"),
        ("x = 1\na{0} = 1\n", "x = 1\nb{0} = 1\n"),
    ],
)
def test_a_long_file_of_which_half_is_another_takes_no_minute(old: str, new: str) -> None:
    began = time.process_time()
    texts = ("".join(text.format(at) for at in range(1000)) for text in (old, new + "\n"))
    assert compared(*texts) is not None
    assert time.process_time() - began < 4.0
