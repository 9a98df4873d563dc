"""Where a red first differs from its last green run, as each front shows it."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

from frontkit import JOINED, change, finished, item, page, picture, selected, shown, text
from reportkit import check

from companion.front.failure import detailed
from companion.front.jsonlines import shape
from companion.front.plain import Plain
from companion.front.report import news
from companion.front.scripted import ScriptedEngine
from companion.messages import Cause

ITEM = "tests/test_cart.py::test_total"
RED = item(ITEM, "failed", "assert 6.0 == 7.5", place=("tests/test_cart.py", 7))
KNOWN = replace(RED, cause=Cause("cart.py", 41, "rate was 0.2 on the last green run, 20 here"))
RUN = (*JOINED, change("cart.py"), selected(ITEM), RED, finished(failed=1))


def test_it_is_printed_after_the_run_that_it_belongs_to() -> None:
    screen, board = shown(*RUN, KNOWN)
    assert text(*news(KNOWN, screen, board, page())) == picture(
        """
        |14:03:22 ✗ tests/test_cart.py::test_total
        |  cause cart.py:41: rate was 0.2 on the last green run, 20 here
        """
    )
    assert screen.progress.run is not None
    assert [one.cause for one in screen.progress.run.red.values()] == [KNOWN.cause]


def test_who_joins_later_sees_it_with_the_failure(tmp_path: Path) -> None:
    welcome, ready, caught_up = JOINED
    check(
        """
        |── 14:03:22 1 test known, 1 red ───────────────────────────────────────────────
        |
        |✗ tests/test_cart.py::test_total
        |  assert 6.0 == 7.5
        |  cause cart.py:41: rate was 0.2 on the last green run, 20 here
        |  at tests/test_cart.py:7
        """,
        welcome, ready, KNOWN, caught_up, on=page(tmp_path),
    )  # fmt: skip


def test_control_characters_of_a_value_do_no_harm(tmp_path: Path) -> None:
    hostile = replace(RED, cause=Cause("a\x1b[2J.py", 1, "x was \x1b]0;title\x07\nhere"))
    drawn = text(*detailed(hostile, tmp_path, 79))
    assert "\x1b" not in drawn
    assert "\x07" not in drawn


def test_without_a_terminal_it_is_a_line_of_its_own() -> None:
    out, engine = StringIO(), ScriptedEngine(lambda _: ())
    plain = Plain(engine, "/shop", out)
    for event in (*RUN, KNOWN):
        engine.board.apply(event)
        plain.show(event)
    assert out.getvalue().splitlines()[-1] == (
        "cart.py:41: rate was 0.2 on the last green run, 20 here (cause of tests/test_cart.py::test_total)"
    )


def test_programs_read_it_with_the_item() -> None:
    found = shape(KNOWN)
    assert found is not None
    assert json.loads(json.dumps(found))["cause"] == {
        "path": "cart.py", "line": 41, "text": "rate was 0.2 on the last green run, 20 here",
    }  # fmt: skip
    assert "cause" not in (shape(RED) or {})
