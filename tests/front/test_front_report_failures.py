"""Failures as they are printed for good."""

from pathlib import Path

import pytest
from frontkit import (
    JOINED,
    change,
    finished,
    item,
    page,
    selected,
    shown,
    text,
)
from reportkit import check

from companion.front.limits import Limits
from companion.front.report import Page, news

SOURCE = """\
from shop.cart import Cart


def test_total():
    cart = Cart()  # empty
    cart.add("tea", 2)
    assert cart.total() == 7.5, "two cups of ordinary tea, as the price list says"


def test_empty():
    assert Cart().total() == 0
"""
CART = """\
class Cart:
    def total(self):
        return sum(self.prices)
"""
REPORT = """\
    def test_total():
>       assert cart.total() == 7.5
E       AssertionError: two cups
E       assert 6.0 == 7.5
E        +  where 6.0 = total()

tests/test_cart.py:7: AssertionError
----- Captured stdout call -----
adding tea
"""
TOTAL = "tests/test_cart.py::test_total"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_cart.py").write_text(SOURCE)
    (tmp_path / "cart.py").write_text(CART)
    return tmp_path


def test_failure_with_source(shop: Path) -> None:
    failed = item(TOTAL, "failed", "AssertionError: two cups", place=("tests/test_cart.py", 7), report=REPORT)
    check(
        """
        |── 14:03:22 saved cart.py · 2 tests ───────────────────────────────────────────
        |
        |✗ tests/test_cart.py::test_total
        |  AssertionError: two cups
        |  assert 6.0 == 7.5
        |   +  where 6.0 = total()
        |  at tests/test_cart.py:7
        |     4 │ def test_total():
        |     5 │     cart = Cart()  # empty
        |     6 │     cart.add("tea", 2)
        |  >  7 │     assert cart.total() == 7.5, "two cups of ordinary tea, as the price list says"
        |     8 │
        |     9 │
        |    10 │ def test_empty():
        |  captured stdout call
        |  │ adding tea
        |
        |✗ 1 failed, 1 passed in 0.42s
        """,
        *JOINED, change("cart.py"), selected(TOTAL, "t.py::b"), failed, item("t.py::b"), finished(failed=1, passed=1),
        on=page(shop),
    )  # fmt: skip


def test_failure_inside_the_project_with_its_callers(shop: Path) -> None:
    frames = [("/usr/lib/python3/site.py", 1, "x"), ("tests/test_cart.py", 7, "assert cart.total() == 7.5"),
              ("cart.py", 3, "return sum(self.prices)")]  # fmt: skip
    failed = item(TOTAL, "failed", "TypeError: unsupported operand", place=("cart.py", 3), frames=frames)
    check(
        """
        |── 14:03:22 run · 1 test ──────────────────────────────────────────────────────────────────────────
        |
        |✗ tests/test_cart.py::test_total
        |  TypeError: unsupported operand
        |  at cart.py:3
        |    1 │ class Cart:
        |    2 │     def total(self):
        |  > 3 │         return sum(self.prices)
        |  by tests/test_cart.py:7  assert cart.total() == 7.5
        |
        |✗ 1 failed in 0.42s
        """,
        *JOINED, selected(TOTAL), failed, finished(failed=1), on=page(shop, 99),
    )  # fmt: skip


def test_syntax_error(shop: Path) -> None:
    (shop / "tests/test_cart.py").write_text("def test_total(:\n    pass\n")
    broken = item("tests/test_cart.py", "error", "SyntaxError: invalid syntax", reports=("collect failed",))
    check(
        """
        |── 14:03:22 saved tests/test_cart.py · 1 test ─────────────────────────────────
        |
        |✗ tests/test_cart.py
        |  SyntaxError: invalid syntax
        |  at tests/test_cart.py:1
        |  > 1 │ def test_total(:
        |    2 │     pass
        |
        |✗ 1 error in 0.42s
        """,
        *JOINED, change("tests/test_cart.py"), selected("tests/test_cart.py"), broken, finished(errors=1),
        on=page(shop),
    )  # fmt: skip


def test_source_that_is_gone_leaves_the_place(tmp_path: Path) -> None:
    check(
        """
        |── 14:03:22 run · 1 test ──────────────────────────────────────────────────────
        |
        |✗ tests/test_cart.py::test_total
        |  failed
        |  at tests/test_cart.py:7
        |
        |✗ 1 failed in 0.42s
        """,
        *JOINED, selected(TOTAL), item(TOTAL, "failed", place=("tests/test_cart.py", 7)), finished(failed=1),
        on=page(tmp_path),
    )  # fmt: skip


def test_two_hundred_failures_are_cut_with_a_count(tmp_path: Path) -> None:
    ids = [f"t.py::test_{number:03}" for number in range(200)]
    on = Page(tmp_path, 79, "14:03:22", Limits(detailed=1, brief=2))
    check(
        """
        |── 14:03:22 run · 200 tests ───────────────────────────────────────────────────
        |
        |✗ t.py::test_000
        |  assert 0 == 't.py::test_000'
        |  at t.py:1
        |
        |✗ t.py::test_001  assert 0 == 't.py::test_001'
        |✗ t.py::test_002  assert 0 == 't.py::test_002'
        |  … and 197 more red
        |
        |✗ 200 failed in 0.42s
        """,
        *JOINED, selected(*ids), *(item(one, "failed", f"assert 0 == {one!r}") for one in ids), finished(failed=200),
        on=on,
    )  # fmt: skip


def test_two_hundred_failures_stay_within_the_usual_limits(tmp_path: Path) -> None:
    ids = [f"t.py::test_{number:03}" for number in range(200)]
    screen, board = shown(*JOINED, selected(*ids), *(item(one, "failed", f"assert 0 == {one!r}") for one in ids))
    end = finished(failed=200)
    screen.apply(end, board, 100.0)
    lines = text(*news(end, screen, board, page(tmp_path))).split("\n")
    assert len(lines) < 80
    assert "  … and 170 more red" in lines


def test_failures_with_one_cause_are_shown_once(shop: Path) -> None:
    ids = [f"t.py::test_{number}" for number in range(9)]
    boom = [item(one, "failed", "TypeError: boom", place=("cart.py", 3)) for one in ids]
    check(
        """
        |── 14:03:22 run · 10 tests ────────────────────────────────────────────────────
        |
        |✗ t.py::other
        |  assert 0
        |  at t.py:1
        |
        |✗ t.py::test_0
        |  TypeError: boom
        |  at cart.py:3
        |    1 │ class Cart:
        |    2 │     def total(self):
        |  > 3 │         return sum(self.prices)
        |  ✗ t.py::test_1  the same
        |  ✗ t.py::test_2  the same
        |  ✗ … and 6 more tests the same
        |
        |✗ 10 failed in 0.42s
        """,
        *JOINED, selected(*ids), *boom, item("t.py::other", "failed", "assert 0"), finished(failed=10),
        on=Page(shop, 79, "14:03:22", Limits(same=2)),
    )  # fmt: skip
