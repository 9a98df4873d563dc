"""The live lines, state by state, as a terminal without colours shows them."""

from frontkit import (
    CAUGHT_UP,
    JOINED,
    WELCOME,
    change,
    finished,
    item,
    picture,
    proposal,
    running,
    selected,
    shown,
    text,
)

from companion.front.commands import press
from companion.front.view import live, totals
from companion.front.window import Keys, Window
from companion.messages import Disconnected, EngineEvent, Status

GREEN = (
    item("tests/test_cart.py::test_a"),
    item("tests/test_cart.py::test_b"),
    item("tests/test_tax.py::t", "skipped"),
)
RED = item("tests/test_cart.py::test_voucher_from_exactly_its_minimum_on", "failed", "assert Money(0) == Money(250)")


def check(
    drawn: str, *events: EngineEvent, keys: str = "", width: int = 80, height: int = 24, keyboard: Keys = "heard"
) -> None:
    """What is shown three seconds after these events and then these keys."""
    screen, board = shown(*events)
    for key in keys:
        press(screen, board, {"\n": "enter"}.get(key, key))
    assert text(*live(screen, board, Window(width - 1, height, 103.2, keyboard)), width=width) == picture(drawn)


def test_before_the_engine_answers() -> None:
    check("""
        |
        |  joining the engine…
        |  ? help  q quit
    """)


def test_engine_looks_at_the_project() -> None:
    check(
        """
        |
        |● looking at the project…
        |  a all  r again  p path  t name  w why  space pause  ? help  q quit
        """,
        WELCOME, CAUGHT_UP,
    )  # fmt: skip


def test_idle_green() -> None:
    check(
        """
        |
        |✓ 3 tests: 2 passed · 1 skipped · waiting for changes
        |  a all  r again  p path  t name  w why  space pause  ? help  q quit
        """,
        *JOINED, *GREEN, finished(passed=2, skipped=1),
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


def test_only_what_is_red_is_shown_in_red() -> None:
    _, board = shown(*GREEN, RED)
    line = totals(board)
    red = [line.plain[span.start : span.end] for span in line.spans if "red" in str(span.style)]
    assert (str(line.style), red) == ("", ["✗ ", "1 failed"])


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


def test_change_whose_tests_are_being_selected() -> None:
    check(
        """
        |
        |● saved b.py: selecting tests…
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


def test_engine_lost() -> None:
    check(
        """
        |
        |! the engine is gone (it was killed by signal 11): another starts
        |  ? help  q quit
        """,
        *JOINED, *GREEN, Disconnected("it was killed by signal 11"),
    )  # fmt: skip


def test_no_tests() -> None:
    check(
        """
        |
        |● no tests found
        |  a all  r again  p path  t name  w why  space pause  ? help  q quit
        """,
        *JOINED, selected(), finished(),
    )  # fmt: skip


def test_nothing_can_be_run() -> None:
    problem = "There is no pytest in /srv/shop/.venv/bin/python: install it there, or set python in [tool.companion]"
    check(
        """
        |
        |✗ nothing can be run
        |! There is no pytest in /srv/shop/.venv/bin/python: install it there, or set
        |  python in [tool.companion]
        |  a all  r again  p path  t name  w why  space pause  ? help  q quit
        """,
        *JOINED, selected(), finished(problem=problem),
    )  # fmt: skip


def test_statuses_in_whole_words() -> None:
    message = "The project is looked at every second, because its file system does not tell of changes."
    check(
        """
        |
        |✓ 3 tests: 2 passed · 1 skipped · waiting for changes
        |! watcher: The project is looked at every second, because its file system does
        |  not tell of changes.
        |! runner: boom
        |  a all  r again  p path  t name  w why  space pause  ? help  q quit
        """,
        *JOINED, *GREEN, Status("watcher", "warning", message), Status("runner", "error", "boom"),
        Status("files", "ok", "All files can be read again."),
    )  # fmt: skip


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
