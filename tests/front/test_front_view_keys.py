"""The live lines' foot: keys, help, what is being typed; and what keeps the lines in their place."""

from frontkit import JOINED, finished, proposal, running
from viewkit import GREEN, RED, check


def test_help() -> None:
    check(
        """
        |
        |  a           run all tests
        |  f           run the failed ones
        |  r, Enter    run the last selection again
        |  p           run test files by a part of their path
        |  t           run tests by name, as pytest's -k
        |  x, Esc      stop the run
        |  space       pause; go on
        |  w           why these tests were selected
        |  e           open the first failing place in $EDITOR
        |  s           show the proposals with their diffs
        |  ?           this help
        |  q, Ctrl-C   quit
        |  any key closes this
        """,
        *JOINED, keys="?",
    )  # fmt: skip


def test_typing_a_path() -> None:
    check(
        """
        |
        |✓ 3 tests: 2 passed · 1 skipped · waiting for changes
        |path cart█  1 test file
        """,
        *JOINED, *GREEN, keys="pcart",
    )  # fmt: skip


def test_typed_path_matches_nothing() -> None:
    check(
        """
        |
        |✓ 3 tests: 2 passed · 1 skipped · waiting for changes
        |path zz█  no test file matches zz
        """,
        *JOINED, *GREEN, keys="pzz\n",
    )  # fmt: skip


def test_typing_a_name() -> None:
    check(
        """
        |
        |✓ 3 tests: 2 passed · 1 skipped · waiting for changes
        |test name cart█  2 tests
        """,
        *JOINED, *GREEN, keys="tcart",
    )  # fmt: skip


def test_key_without_effect_says_why() -> None:
    check(
        """
        |
        |✓ 3 tests: 2 passed · 1 skipped · waiting for changes
        |  nothing has failed
        |  a all  r again  p path  t name  w why  space pause  ? help  q quit
        """,
        *JOINED, *GREEN, keys="f",
    )  # fmt: skip


def test_nobody_can_press_keys() -> None:
    check(
        """
        |
        |✓ 3 tests: 2 passed · 1 skipped · waiting for changes
        |  Ctrl-C ends this
        """,
        *JOINED, *GREEN, keyboard="none",
    )  # fmt: skip


def test_low_window_keeps_the_last_lines() -> None:
    check(
        """
        |  ?           this help
        |  q, Ctrl-C   quit
        |  any key closes this
        """,
        *JOINED, keys="?", height=4,
    )  # fmt: skip


def test_names_cannot_steer_the_terminal() -> None:
    check(
        """
        |
        |● 0/1   0% ──────────────────────────────────────── 3.20s
        |  tests/test_a.py::test[␛x␊y]
        |  x stop  space pause  a all  w why  ? help  q quit
        """,
        *JOINED, *running("tests/test_a.py::test[\x1b[31m\x1bx\ny]"),
    )  # fmt: skip


def test_idle_red_offers_the_keys_for_it() -> None:
    check(
        """
        |
        |✗ 4 tests: 1 failed · 2 passed · 1 skipped · 2 proposals · waiting for changes
        |  a all  f failed  e edit  s proposals  r again  p path  ? help  q quit
        """,
        *JOINED, *GREEN, RED, proposal(1), proposal(2), finished(passed=2, failed=1),
    )  # fmt: skip


def test_idle_red_at_120_columns_has_room_for_all_keys() -> None:
    check(
        """
        |
        |✗ 4 tests: 1 failed · 2 passed · 1 skipped · 1 proposal · waiting for changes
        |  a all  f failed  e edit  s proposals  r again  p path  t name  w why  space pause  ? help  q quit
        """,
        *JOINED, *GREEN, RED, proposal(), finished(passed=2, failed=1), width=120,
    )  # fmt: skip
