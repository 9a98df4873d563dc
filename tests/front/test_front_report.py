"""Runs as they are printed for good, joining, why, proposals."""

from pathlib import Path

from frontkit import (
    CAUGHT_UP,
    JOINED,
    READY,
    WELCOME,
    change,
    finished,
    item,
    page,
    picture,
    proposal,
    selected,
    shown,
    text,
)
from reportkit import check

from companion.front.proposals import proposals
from companion.front.report import news, why
from companion.messages import Disconnected


def test_joining_a_red_engine_shows_its_failures(tmp_path: Path) -> None:
    check(
        """
        |── 14:03:22 2 tests known, 1 red ──────────────────────────────────────────────
        |
        |✗ t.py::a
        |  assert 0
        |  at t.py:1
        """,
        WELCOME, READY, item("t.py::a", "failed", "assert 0"), item("t.py::b"), CAUGHT_UP, on=page(tmp_path),
    )  # fmt: skip


def test_joining_a_green_engine_is_one_line() -> None:
    check("|14:03:22 1 test known, all green", WELCOME, READY, item("t.py::b"), CAUGHT_UP, on=page())


def test_joining_prints_no_run_of_before() -> None:
    screen, board = shown(WELCOME, selected("t.py::a"), finished(passed=1))
    assert news(finished(passed=1), screen, board, page()) == []


def test_engine_lost() -> None:
    check(
        "|14:03:22 the engine is gone (killed by signal 9); another starts",
        *JOINED, Disconnected("killed by signal 9"), on=page(),
    )  # fmt: skip


def test_why_says_each_reason_once() -> None:
    screen, _ = shown(*JOINED, selected("t.py::a", "t.py::b", skipped=7))
    run = screen.progress.run
    assert run is not None
    assert text(*why(run, page())) == picture("""
        |── why 2 tests ran ────────────────────────────────────────────────────────────
        |calls shop.cart:total
        |  t.py  2 tests
        |7 not affected
    """)


def test_proposal_with_its_diff() -> None:
    diff = "--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,2 @@\n def f():\n-    if a:\n-        b\n--- c\n+    b\n"
    _, board = shown(*JOINED, proposal(diff=diff))
    assert text(*proposals(board, 79)) == picture("""
        |── 1 proposal ─────────────────────────────────────────────────────────────────
        |
        |● Return early instead of nesting  guard-clause
        |  src/shop/inventory.py:41
        |  verified · 12 tests ran, 4 of 4 changed lines executed
        |  @@ -1,3 +1,2 @@
        |   def f():
        |  -    if a:
        |  -        b
        |  --- c
        |  +    b
    """)


def test_nothing_affected_by_nothing_is_not_worth_a_line() -> None:
    check("|", *JOINED, selected(), finished(), on=page())


def test_nothing_affected() -> None:
    check(
        "|14:03:22 saved README.md: no test is affected",
        *JOINED, change("README.md"), selected(), finished(), on=page(),
    )  # fmt: skip


def test_nothing_can_be_run() -> None:
    check(
        "|14:03:22 started: There is no pytest in python: install it",
        *JOINED, change(trigger="start"), selected(), finished(problem="There is no pytest in python: install it"),
        on=page(),
    )  # fmt: skip


def test_what_cannot_be_imported_is_told_once_in_full() -> None:
    problem = "conftest.py cannot be imported: NameError: x"
    check(
        """
        |── 14:03:22 saved conftest.py · 1 test ────────────────────────────────────────
        |
        |✗ conftest.py
        |  NameError: x
        |  at conftest.py:1
        |
        |✗ 1 error in 0.42s
        """,
        *JOINED, change("conftest.py"), selected(), item("conftest.py", "error", "NameError: x"),
        finished(errors=1, problem=problem), on=page(),
    )  # fmt: skip


def test_superseded_run_without_a_result_is_none() -> None:
    check("", *JOINED, change("a.py"), selected("t.py::a"), finished(cancelled=True), on=page())


def test_superseded_run_tells_what_is_red_so_far() -> None:
    check(
        """
        |14:03:22 stopped after 1 of 2 tests
        |✗ t.py::a  assert 0
        """,
        *JOINED, selected("t.py::a", "t.py::b"), item("t.py::a", "failed", "assert 0"),
        finished(failed=1, passed=1, cancelled=True), on=page(),
    )  # fmt: skip


def test_superseded_run_is_one_line() -> None:
    check(
        "|14:03:22 stopped after 1 of 2 tests",
        *JOINED, selected("t.py::a", "t.py::b"), item("t.py::a"), finished(passed=2, cancelled=True), on=page(),
    )  # fmt: skip


def test_run_that_a_person_stopped_shows_what_it_found(tmp_path: Path) -> None:
    check(
        """
        |── 14:03:22 run · 2 tests ─────────────────────────────────────────────────────
        |
        |✗ t.py::a
        |  assert 0
        |  at t.py:1
        |
        |✗ 1 failed, 1 passed in 0.42s, stopped
        """,
        *JOINED, selected("t.py::a", "t.py::b"), item("t.py::a", "failed", "assert 0"),
        finished(failed=1, passed=1, cancelled=True), on=page(tmp_path), keys="x",
    )  # fmt: skip


def test_still_red_from_earlier(tmp_path: Path) -> None:
    check(
        """
        |── 14:03:22 saved cart.py · 1 test ────────────────────────────────────────────
        |still red from earlier: 1
        |✗ t.py::old  assert 0
        |
        |✓ 1 passed in 0.42s
        """,
        *JOINED, item("t.py::old", "failed", "assert 0"), change("cart.py"), selected("t.py::b"), item("t.py::b"),
        finished(passed=1), on=page(tmp_path),
    )  # fmt: skip


def test_green_run() -> None:
    check(
        """
        |── 14:03:22 saved src/shop/cart.py and 1 more · 2 tests ───────────────────────
        |✓ 1 passed, 1 skipped in 0.42s · 57 not affected
        """,
        *JOINED, change("src/shop/cart.py", "src/shop/tax.py"), selected("t.py::a", "t.py::b", skipped=57),
        item("t.py::a"), item("t.py::b", "skipped"), finished(passed=1, skipped=1), on=page(),
    )  # fmt: skip


def test_a_flaky_test_has_a_line_and_is_no_failure(tmp_path: Path) -> None:
    check(
        """
        |── 14:03:22 saved a.py · 2 tests ──────────────────────────────────────────────
        |flaky: 1
        |! t.py::a  failed, then passed with nothing changed: assert 0
        |
        |✓ 2 passed in 0.42s
        """,
        *JOINED, change("a.py"), selected("t.py::a", "t.py::b"),
        item("t.py::a", "failed", "assert 0"), item("t.py::b"),
        item("t.py::a", "passed", "failed, then passed with nothing changed: assert 0", state="flaky"),
        finished(passed=2), on=page(tmp_path),
    )  # fmt: skip


def test_an_order_dependent_test_is_a_failure_and_says_so(tmp_path: Path) -> None:
    check(
        """
        |── 14:03:22 saved a.py · 1 test ───────────────────────────────────────────────
        |
        |✗ t.py::a
        |  order-dependent: its outcome depends on which tests run before it
        |  assert 0
        |  at t.py:1
        |
        |✗ 1 failed in 0.42s
        """,
        *JOINED, change("a.py"), selected("t.py::a"),
        item("t.py::a", "failed", "depends on ...: assert 0", report="E   assert 0", state="order-dependent"),
        finished(failed=1), on=page(tmp_path),
    )  # fmt: skip
