"""`companion test` on a terminal: what is left there when it has ended."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from frontkit import JOINED, finished, item, selected
from oneshotkit import GREEN, RED, answering
from tty_kit import Tty

from companion.front.live import Terminal
from companion.front.oneshot import OneShot
from companion.front.port import Engine
from companion.front.scripted import ScriptedEngine
from companion.front.summary import TextFace
from companion.messages import (
    EngineEvent,
    Selected,
)  # fmt: skip


def seen(*events: EngineEvent, known: Sequence[EngineEvent] = (), pytest_args: tuple[str, ...] = ()) -> str:
    """What is left on a terminal's screen after a run with these events."""

    async def scenario() -> str:
        engine: Engine = ScriptedEngine(answering(events), *JOINED, *known)
        async with Tty() as tty, asyncio.timeout(20):
            face = TextFace(
                engine, Path("/shop"), Terminal(tty.out, None, lambda: 0.0, lambda: "14:03:22"), pytest_args
            )
            await OneShot(engine, face, "changed", pytest_args).run()
            await tty.until(lambda: "\x1b[?25h" in tty.raw)
            assert tty.settings() == tty.found
            tty.out.write("done")
            tty.out.flush()
            await tty.see("done")
            return tty.seen

    return asyncio.run(scenario())


def test_terminal_shows_failures_and_summary() -> None:
    words = seen(
        selected(RED.id, generation=2),
        item(RED.id, "failed", "assert 0", generation=2),
        finished(generation=2, failed=1),
    )
    assert "✗ t.py::a\n  assert 0\n  at t.py:1\n\n✗ 1 failed in 0.42s\n" in words


def test_terminal_shows_what_stays_red_beside_a_green_run() -> None:
    green = item(GREEN.id, generation=2)
    words = seen(selected(GREEN.id, generation=2), green, finished(generation=2, passed=1), known=[RED, GREEN])
    assert "✗ t.py::a\n  assert 0\n  at t.py:1\n\n✓ 1 passed in 0.42s\n✗ 2 tests: 1 failed · 1 passed\n" in words


def test_terminal_says_that_nothing_changed() -> None:
    words = seen(selected(generation=2), finished(generation=2), known=[RED, GREEN])
    assert "✗ t.py::a\n  assert 0\n  at t.py:1\n\n✗ 2 tests: 1 failed · 1 passed · nothing changed since\n" in words


def test_terminal_says_why_nothing_could_be_run() -> None:
    assert "✗ no pytest\n" in seen(selected(generation=2), finished(generation=2, problem="no pytest"))


def test_terminal_says_that_there_are_no_tests() -> None:
    assert "● no tests found\n" in seen(selected(generation=2), finished(generation=2))


def test_terminal_says_that_arguments_have_left_nothing_to_run() -> None:
    words = seen(
        selected(generation=2),
        finished(generation=2, deselected=2),
        known=[RED, GREEN],
        pytest_args=("-k", "no such"),
    )
    assert "● nothing ran: -k 'no such' leaves no test · 2 deselected\n  run it with other arguments" in words
    assert "✓" not in words


def test_terminal_says_that_a_shard_is_empty() -> None:
    events = Selected(2, (), 0, 5), finished(generation=2)
    words = seen(*events, known=[GREEN], pytest_args=("--companion-shard=3/3",))
    assert "● nothing ran: --shard 3/3 leaves no test · 5 in other shards\ndone" in words


def test_terminal_lists_what_is_only_collected() -> None:
    events = selected("b.py::x", "a.py::y", "a.py::x", generation=2), finished(generation=2, deselected=1)
    words = seen(*events, known=[RED], pytest_args=("--collect-only",))
    assert "a.py::y\na.py::x\nb.py::x\n\n3 tests collected · 1 deselected\ndone" in words


BROKEN = item("tests/conftest.py", "error", "NameError: x", generation=2, reports=("collect failed",))
CANNOT = "tests/conftest.py cannot be imported: NameError: x"


def test_terminal_tells_once_what_cannot_be_imported() -> None:
    words = seen(selected(generation=2), BROKEN, finished(generation=2, errors=1, problem=CANNOT))
    assert "✗ tests/conftest.py\n  NameError: x\n  at tests/conftest.py:1\n\n✗ 1 error in 0.42s\ndone" in words
    assert words.count("NameError: x") == 1 + words.partition("✗ tests")[0].count("NameError: x"), "progress apart"
