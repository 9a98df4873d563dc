"""Where a red run first differs from the last green one: the line, and what is said of it."""

from typing import NamedTuple

import pytest
from causekit import PATH, cause_of

from companion.messages import Cause


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
