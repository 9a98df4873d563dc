"""The live lines while nothing runs, as a terminal without colours shows them."""

from frontkit import CAUGHT_UP, JOINED, WELCOME, finished, item, selected, shown
from viewkit import GREEN, RED, check

from companion.front.view import totals
from companion.messages import Disconnected, Status


def test_before_the_engine_answers() -> None:
    check("""
        |
        |  joining the engine…
        |  ? help  q quit
    """)


def test_before_the_engine_answers_the_last_state_is_shown() -> None:
    check(
        """
        |
        |✗ 4 tests: 1 failed · 2 passed · 1 skipped · last time; joining the engine…
        |  ? help  q quit
        """,
        *GREEN, RED,
    )  # fmt: skip


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


def test_only_what_is_red_is_shown_in_red() -> None:
    _, board = shown(*GREEN, RED)
    line = totals(board)
    red = [line.plain[span.start : span.end] for span in line.spans if "red" in str(span.style)]
    assert (str(line.style), red) == ("", ["✗ ", "1 failed"])


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


def test_what_a_failure_says_is_no_status() -> None:
    check(
        """
        |
        |✗ 1 test: 1 error · waiting for changes
        |  a all  f failed  e edit  r again  p path  t name  w why  space pause  ? help  q quit
        """,
        *JOINED, selected(), item("conftest.py", "error", "NameError: x"),
        finished(errors=1, problem="conftest.py cannot be imported: NameError: x"), width=100,
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
