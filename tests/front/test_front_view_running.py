"""The live lines while tests are selected, run, or wait."""

from frontkit import CAUGHT_UP, JOINED, WELCOME, change, finished, item, running, selected
from viewkit import GREEN, RED, check


def test_running_known_items() -> None:
    ids = [f"tests/test_cart.py::test_{number}" for number in range(12)]
    check(
        """
        |
        |●  3/12  25% ━━━━━━━━━━────────────────────────────── 3.20s
        |  tests/test_cart.py::test_11
        |  x stop  space pause  a all  w why  ? help  q quit
        """,
        *JOINED, *running(*ids, done=[item(one) for one in ids[:3]]),
    )  # fmt: skip


def test_running_with_failures_while_stopping() -> None:
    ids = [f"tests/test_cart.py::test_{number}" for number in range(4)]
    check(
        """
        |
        |● 2/4  50% 1 red ━━━━━━━━━━━━━━━━━━━━──────────────────── stopping 3.20s
        |  tests/test_cart.py::test_3
        |✗ tests/test_cart.py::test_voucher_from_exactly_its_minimum_on  assert Money(0…
        |  x stop  space pause  a all  w why  ? help  q quit
        """,
        *JOINED, *running(*ids, done=[item(ids[0]), RED]), keys="x",
    )  # fmt: skip


def test_running_at_120_columns() -> None:
    ids = [f"tests/test_cart.py::test_{number}" for number in range(4)]
    check(
        """
        |
        |● 2/4  50% 1 red ━━━━━━━━━━━━━━━━━━━━──────────────────── 3.20s
        |  tests/test_cart.py::test_3
        |✗ tests/test_cart.py::test_voucher_from_exactly_its_minimum_on  assert Money(0) == Money(250)
        |  x stop  space pause  a all  w why  ? help  q quit
        """,
        *JOINED, *running(*ids, done=[item(ids[0]), RED]), width=120,
    )  # fmt: skip


def test_running_files_never_seen_counts_files() -> None:
    done = [item("tests/test_a.py::test_1"), item("tests/test_b.py::test_1")]
    check(
        """
        |
        |● 2 tests  25% ━━━━━━━━━━────────────────────────────── 3.20s
        |  tests/test_d.py
        |  x stop  space pause  a all  w why  ? help  q quit
        """,
        *JOINED, *running(*(f"tests/test_{name}.py" for name in "abcd"), done=done),
    )  # fmt: skip


def test_changes_that_come_quicker_than_tests_run() -> None:
    """What the stopped runs found counts meanwhile."""
    stopped = (
        change("a.py"), selected("t.py::a", "t.py::b"), item("t.py::a", "failed"), finished(failed=1, cancelled=True)
    )  # fmt: skip
    check(
        """
        |
        |● saved c.py: selecting tests… 3.20s · 3 changes since the last verdict
        |✗ 4 tests: 1 failed · 2 passed · 1 skipped · so far
        |  x stop  space pause  a all  w why  ? help  q quit
        """,
        *JOINED, *GREEN, *stopped, change("b.py", generation=2), selected(generation=2),
        finished(generation=2, cancelled=True), change("c.py", generation=3),
    )  # fmt: skip


def test_change_whose_tests_are_being_selected() -> None:
    check(
        """
        |
        |● saved b.py: selecting tests… 3.20s
        |  x stop  space pause  a all  w why  ? help  q quit
        """,
        *JOINED, *GREEN, change("a.py"), selected(), finished(), change("b.py", generation=2),
    )  # fmt: skip


def test_change_of_before_that_nobody_works_at() -> None:
    check(
        """
        |
        |✓ 3 tests: 2 passed · 1 skipped · waiting for changes
        |  a all  r again  p path  t name  w why  space pause  ? help  q quit
        """,
        WELCOME, change("b.py", generation=2), *GREEN, CAUGHT_UP,
    )  # fmt: skip


def test_paused() -> None:
    check(
        """
        |
        |● paused: changes are collected, space goes on
        |  a all  r again  p path  t name  w why  space go on  ? help  q quit
        """,
        *JOINED, *GREEN, keys=" ",
    )  # fmt: skip


def test_paused_with_changes_that_wait() -> None:
    check(
        """
        |
        |● paused: 2 changes waiting, space goes on
        |  a all  r again  p path  t name  w why  space go on  ? help  q quit
        """,
        *JOINED, *GREEN, change("a.py"), selected(), finished(), change("b.py", generation=2),
        change("c.py", generation=3), keys=" ",
    )  # fmt: skip
