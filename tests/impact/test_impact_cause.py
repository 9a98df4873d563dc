"""Where a red run first differs from the last green one: the line, and what is said of it."""

from typing import NamedTuple

import pytest
from causekit import PATH, cause_of, stories
from hypothesis import given
from hypothesis import strategies as st

from companion.core.impact.cause import Story, data_cause, first_difference
from companion.core.impact.comparison import Comparison, compared
from companion.core.impact.watching import watched
from companion.messages import Cause, Moment


class Case(NamedTuple):
    """Two texts, what is done with them, and what is told: the line, and what is there."""

    before: str
    now: str
    use: str
    line: int
    text: str


def edit(text: str, old: str, new: str) -> tuple[str, str]:
    assert old in text
    return text, text.replace(old, new, 1)


CART = """RATE = 0.2
KINDS = {
    "a": 1,
    "b": 2,
}

class Cart:
    most = 3

    def __init__(self, prices):
        self.prices = prices

    def total(self, rate=RATE):
        total = 0
        for price in self.prices:
            if price > 2:
                total += price * rate
        return total

    def count(self):
        return len(self.prices)

def checked(cart):
    if not cart.prices:
        raise ValueError("empty")
    return cart.total()
"""
USE = "checked(Cart([1, 5, 10]))"

CASES: dict[str, Case] = {
    "a constant of the module": Case(
        *edit(CART, "RATE = 0.2", "RATE = 20"), USE, 1, "RATE was 0.2 on the last green run, 20 here"
    ),
    "a constant over several lines": Case(
        *edit(CART, '"b": 2', '"b": 3'), USE, 4,
        "KINDS was {'a': 1, 'b': 2} on the last green run, {'a': 1, 'b': 3} here",
    ),
    "an attribute of a class": Case(
        *edit(CART, "most = 3", "most = 4"), USE, 8, "most was 3 on the last green run, 4 here"
    ),
    "an operator": Case(
        *edit(CART, "total += price * rate", "total += price + rate"), USE, 17,
        "total was 1.0 on the last green run, 5.2 here",
    ),
    "a condition": Case(
        *edit(CART, "price > 2", "price > 7"), USE, 16, "the condition was true on the last green run, false here"
    ),
    "a condition that is true now": Case(
        *edit(CART, "price > 2", "price > 0"), USE, 16, "the condition was false on the last green run, true here"
    ),
    "what is returned": Case(
        *edit(CART, "return total\n", "return total + 1\n"), USE, 18,
        "returned 3.0 on the last green run, 4.0 here",
    ),
    "an exception": Case(
        *edit(CART, "not cart.prices", "cart.prices"), USE, 24,
        "the condition was false on the last green run, true here",
    ),
    "an exception in a changed line": Case(
        *edit(CART, "total = 0", "total = 0 / 0"), USE, 14, "raises ZeroDivisionError: division by zero here"
    ),
    "a deleted statement": Case(
        *edit(CART, "                total += price * rate\n", "                pass\n"), USE, 17,
        "`total += price * rate` is gone",
    ),
    "a deleted line": Case(
        *edit(CART, "    if not cart.prices:\n        raise ValueError(\"empty\")\n", ""), "checked(Cart([]))", 24,
        "`if not cart.prices:` is gone",
    ),
    "a default": Case(
        *edit(CART, "rate=RATE", "rate=None"), USE, 13,
        "`def total(self, rate=None):` was `def total(self, rate=RATE):` on the last green run",
    ),
    "a parameter more": Case(
        *edit(CART, "def checked(cart)", "def checked(cart, more)"), USE, 23,
        "`def checked(cart, more):` was `def checked(cart):` on the last green run",
    ),
    "another name": Case(
        *edit(CART, "def checked(cart)", "def check(cart)"), USE, 23,
        "`def check(cart):` was `def checked(cart):` on the last green run",
    ),
    "a method that is gone": Case(
        *edit(CART, "    def count(self):\n        return len(self.prices)\n", "    pass\n"),
        "Cart([1]).count()", 20, "`def count(self):` is gone",
    ),
    "a line that is new": Case(
        *edit(CART, "        return total\n", "        total = -total\n        return total\n"), USE, 18,
        "`total = -total` was not there on the last green run",
    ),
    "a line whose effect shows later": Case(
        "STATE = []\ndef f():\n    STATE.append(1)\n    x = len(STATE)\n    return x\n",
        "STATE = []\ndef f():\n    STATE.clear()\n    x = len(STATE)\n    return x\n",
        "f()", 3, "`STATE.clear()` was `STATE.append(1)` on the last green run",
    ),
    "nothing that can be seen": Case(
        "def f(log):\n    log(1)\n    return 3\n", "def f(log):\n    log(2)\n    return 3\n", "f(lambda of: None)", 2,
        "`log(2)` was `log(1)` on the last green run",
    ),
    "a loop that ends earlier": Case(
        "def f(n):\n    for i in range(n):\n        x = i\n    return 1\n",
        "def f(n):\n    for i in range(n - 1):\n        x = i\n    return 1\n",
        "f(2)", 2, "the loop ends here, not on the last green run",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_edit_is_named(name: str) -> None:
    case = CASES[name]
    assert cause_of(case.before, case.now, case.use) == Cause(PATH, case.line, case.text)


# --- what is no cause -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_equal_stories_have_no_difference_but_what_was_changed(name: str) -> None:
    """What the changed statement did was the same: it is named by its text, and no value is made up."""
    case = CASES[name]
    _, now, files = stories(case.before, case.now, case.use)
    found = first_difference(now, now, {PATH: same(files[PATH].now.lines)})
    assert found is None


def same(lines: tuple[str, ...]) -> Comparison:
    text = "\n".join(lines)
    comparison = compared(text, text)
    assert comparison is not None
    return comparison


def test_comments_and_formatting_are_no_change() -> None:
    now = CART.replace("RATE = 0.2", "# the rate\nRATE = (\n    0.2  # as agreed\n)").replace(
        "price > 2", "(price>2)"
    )
    assert cause_of(CART, now, USE) is None


def test_what_differs_before_anything_that_changed_is_not_to_blame() -> None:
    before = "from itertools import count\nCOUNT = count(ONE)\ndef f():\n    n = next(COUNT)\n    return 1\n"
    one, other = before.replace("ONE", "1"), before.replace("ONE", "1").replace("return 1", "return 2")
    assert cause_of(one, other, "(f(), f())") == Cause(PATH, 5, "returned 1 on the last green run, 2 here")
    noisy = "import time\ndef f():\n    n = time.perf_counter_ns()\n    return 1\n"
    assert cause_of(noisy, noisy.replace("return 1", "return 2"), "f()") == Cause(
        PATH, 4, "returned 1 on the last green run, 2 here"
    )


def test_code_that_was_not_executed_is_not_to_blame() -> None:
    before = "def f():\n    return 1\ndef g():\n    return 2\n"
    assert cause_of(before, before.replace("return 2", "return 3"), "f()") is None


def test_a_story_that_broke_off_says_nothing_of_what_followed() -> None:
    before = "def f(n):\n    for i in range(n):\n        x = i\n    return 1\n"
    old, new, files = stories(before, before.replace("return 1", "return 2"), "f(5000)")
    assert not old.whole
    assert first_difference(old, new, files) is None


@pytest.mark.parametrize(
    ("before", "now", "line", "text"),
    [
        ("a\nb\n", "a\nc\n", 2, "`c` was `b` on the last green run"),
        ("a\nb\nc\n", "a\nc\n", 2, "`b` is gone"),
        ("a\nc\n", "a\nb\nc\n", 2, "`b` was not there on the last green run"),
        ("a\n", "a\nb\n", 2, "`b` was not there on the last green run"),
        ("a\nb\n", "a\n", 1, "`b` is gone"),
        (None, "a\n", 1, "the file was not there on the last green run"),
        ("a\n", None, 1, "the file was there on the last green run"),
        ("", "a", 1, "`a` was not there on the last green run"),
    ],
)
def test_a_data_file(before: str | None, now: str | None, line: int, text: str) -> None:
    assert data_cause("data.txt", before, now) == Cause("data.txt", line, text)


@pytest.mark.parametrize(
    ("before", "now", "line", "text"),
    [
        ("A=1\nAPI_KEY=hunter1\n", "A=1\nAPI_KEY=hunter2\n", 2, "API_KEY was another on the last green run"),
        ("A=1\n", "A=1\nexport API_KEY=hunter2\n", 2, "API_KEY was not set on the last green run"),
        ("A=1\nAPI_KEY=hunter1\n", "A=1\n", 1, "API_KEY was another on the last green run"),
        ("A=1\n", "# hunter2\nA=1\n", 1, "the file was another on the last green run"),
        (None, "API_KEY=hunter2\n", 1, "the file was not there on the last green run"),
    ],
)
def test_of_a_variable_only_the_name_is_told(before: str | None, now: str, line: int, text: str) -> None:
    assert data_cause(".env", before, now) == Cause(".env", line, text)


def test_a_file_that_is_no_text_was_another() -> None:
    assert data_cause("data.bin", "", "") == Cause("data.bin", 1, "the file was another on the last green run")


LINES = st.sampled_from([
    "A = 1", "A = 2", "def f(a=1):", "    a += 1", "    a -= 1", "    return a", "    if a:", "        a = 3",
    "    pass", "class B:", "    b = 2", "@staticmethod", "", "# so", "    for a in [1, 2]:", "        yield a",
    "    try:", "    except E as e:", "    else:", "    match a:", "        case 1:", "            pass",
    "    x = lambda: 2",
])  # fmt: skip
TEXTS = st.lists(LINES, max_size=14).map("\n".join)
MOMENTS = st.builds(
    Moment,
    st.sampled_from(["call", "line", "bound", "return", "raise"]),
    st.sampled_from([PATH, "other.py"]),
    st.integers(0, 16),
    st.integers(0, 16),
    st.lists(st.tuples(st.sampled_from(["", "a", "b"]), st.sampled_from(["1", "2"])), max_size=2).map(tuple),
)
STORIES = st.builds(Story, st.lists(MOMENTS, max_size=12).map(tuple), st.booleans())


@given(TEXTS, TEXTS, STORIES, STORIES)
def test_whatever_is_told_the_cause_is_a_line_of_the_file(before: str, now: str, one: Story, other: Story) -> None:
    comparison = compared(before, now)
    if comparison is None:
        return
    watched(PATH, comparison)
    found = first_difference(one, other, {PATH: comparison})
    if found is not None:
        assert found.path == PATH
        assert 1 <= found.line <= max(1, len(comparison.now.lines))
        assert "\n" not in found.text


@given(TEXTS, STORIES)
def test_the_same_story_of_the_same_text_has_no_cause(text: str, one: Story) -> None:
    comparison = compared(text, text)
    if comparison is not None:
        assert first_difference(one, one, {PATH: comparison}) is None


@given(TEXTS, TEXTS)
def test_each_statement_is_paired_with_one_at_most(before: str, now: str) -> None:
    comparison = compared(before, now)
    if comparison is not None:
        assert len(comparison.inverse) == len(comparison.pairs)
        assert all(0 <= old < len(comparison.before.statements) for old in comparison.pairs.values())
        assert all(0 <= new < len(comparison.now.statements) for new in comparison.pairs)
