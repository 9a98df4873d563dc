"""Lines where stdout is no terminal."""

from io import StringIO

from frontkit import CAUGHT_UP, JOINED, READY, WELCOME, change, finished, item, picture, selected

from companion.front.plain import Plain
from companion.front.scripted import ScriptedEngine
from companion.messages import Disconnected, EngineEvent, Status


def check(drawn: str, *events: EngineEvent) -> None:
    out = StringIO()
    engine = ScriptedEngine(lambda _: ())
    plain = Plain(engine, "/shop", out)
    for event in events:
        engine.board.apply(event)
        plain.show(event)
    assert out.getvalue() == picture(drawn) + "\n"


def test_from_joining_to_the_verdict() -> None:
    check(
        """
        |watching /shop
        |change 1: saved src/shop/cart.py and 1 more
        |run 1: 2 selected, 57 not affected
        |tests/test_cart.py:7: assert 6.0 == 7.5 (tests/test_cart.py::test_total)
        |run 1: 1 failed, 1 passed in 0.42s
        """,
        *JOINED,
        change("src/shop/cart.py", "src/shop/tax.py"),
        selected("tests/test_cart.py::test_total", "t.py::b", skipped=57),
        item("tests/test_cart.py::test_total", "failed", "assert 6.0 == 7.5", place=("tests/test_cart.py", 7)),
        item("t.py::b"),
        finished(failed=1, passed=1),
    )


def test_what_running_it_again_has_shown() -> None:
    check(
        """
        |watching /shop
        |t.py:1: assert 0 (t.py::a)
        |t.py:1: flaky: failed, then passed with nothing changed: assert 0 (t.py::a)
        |t.py:1: order-dependent: depends on which tests run before it: assert 1 (t.py::b)
        |run 1: 1 failed, 1 passed in 0.42s
        """,
        *JOINED,
        item("t.py::a", "failed", "assert 0"),
        item("t.py::a", "passed", "failed, then passed with nothing changed: assert 0", state="flaky"),
        item("t.py::b", "failed", "depends on which tests run before it: assert 1", state="order-dependent"),
        finished(failed=1, passed=1),
    )


def test_joining_an_engine_with_results() -> None:
    check(
        """
        |watching /shop: 2 tests known, 1 red
        |t.py:1: assert 0 (t.py::a)
        """,
        WELCOME, READY, item("t.py::a", "failed", "assert 0"), item("t.py::b"), finished(failed=1), CAUGHT_UP,
    )  # fmt: skip


def test_trouble() -> None:
    check(
        """
        |watching /shop
        |warning: watcher: no inotify
        |the engine is gone (killed); another starts
        |run 1: nothing ran in 0.42s: no pytest
        |run 1: 1 passed in 0.42s, stopped
        """,
        *JOINED, Status("watcher", "warning", "no inotify"), Status("files", "ok", "well"), Disconnected("killed"),
        finished(problem="no pytest"), finished(passed=1, cancelled=True),
    )  # fmt: skip


def test_no_control_characters() -> None:
    check(
        """
        |watching /shop
        |t.py:1: a b␛ (t.py::a[␊])
        """,
        WELCOME, CAUGHT_UP, item("t.py::a[\n]", "error", "\x1b[1ma\nb\x1b", place=("t.py", 1)),
    )  # fmt: skip


def test_what_cannot_be_imported_is_told_once() -> None:
    check(
        """
        |watching /shop
        |conftest.py:1: NameError: x (conftest.py)
        |run 1: 1 error in 0.42s
        |run 2: stopped
        """,
        WELCOME, CAUGHT_UP, item("conftest.py", "error", "NameError: x"),
        finished(errors=1, problem="conftest.py cannot be imported: NameError: x"),
        finished(generation=2, cancelled=True),
    )  # fmt: skip
