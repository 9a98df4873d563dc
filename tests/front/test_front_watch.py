"""`companion watch` on a real terminal, with an engine that plays a script."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from frontkit import JOINED, proposal, selected
from tty_kit import Tty
from watchkit import RUN, answer, watch

from companion.errors import EngineUnavailableError
from companion.front.exits import Exit
from companion.front.live import Terminal
from companion.front.scripted import ScriptedEngine
from companion.front.watch import Watch
from companion.messages import Pause, RequestRun, StopRun


def test_run_scrolls_by_and_the_bottom_waits(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_cart.py").write_text("def test_total():\n    assert total() == 7.5\n")

    async def person(tty: Tty, _engine: ScriptedEngine) -> None:
        await tty.see("── 14:03:22 saved src/cart.py · 2 tests ──")
        await tty.see("  > 2 │     assert total() == 7.5")
        await tty.see("✗ 1 failed, 1 passed in 0.42s")
        await tty.see("✗ 2 tests: 1 failed · 1 passed · waiting for changes")
        tty.type("q")

    code, engine = watch(person, tmp_path, *JOINED, *RUN)
    assert (code, engine.closed) == (Exit.GREEN, True)


def test_asked_runs_carry_the_arguments_for_pytest(tmp_path: Path) -> None:
    async def person(tty: Tty, _engine: ScriptedEngine) -> None:
        await tty.see("waiting for changes")
        tty.type("a")
        await tty.see("14:03:22 all tests · 1 test")
        tty.type("q")

    _, engine = watch(person, tmp_path, *JOINED, *RUN, pytest_args=("-x",))
    assert engine.sent == [RequestRun(0, "changed", (), ("-x",)), RequestRun(2, "all", (), ("-x",))]


def test_keys_that_tell_the_engine(tmp_path: Path) -> None:
    async def person(tty: Tty, _engine: ScriptedEngine) -> None:
        await tty.see("starting…")
        tty.type("x")
        await tty.see("stopping")
        tty.type(" q")

    _, engine = watch(person, tmp_path, *JOINED, selected("t.py::b"))
    assert engine.sent == [StopRun(), Pause()]


def test_typing_a_name(tmp_path: Path) -> None:
    async def person(tty: Tty, _engine: ScriptedEngine) -> None:
        await tty.see("waiting for changes")
        tty.type("ttotal")
        await tty.see("test name total█  1 test")
        tty.type("\r")
        await tty.see("tests named total · 1 test")
        tty.type("q")

    _, engine = watch(person, tmp_path, *JOINED, *RUN)
    assert engine.sent == [RequestRun(1, "name", ("total",), ())]


def test_why_and_proposals_are_printed(tmp_path: Path) -> None:
    async def person(tty: Tty, _engine: ScriptedEngine) -> None:
        await tty.see("1 proposal")
        tty.type("w")
        await tty.see("calls shop.cart:total\n  tests/test_cart.py  1 test")
        tty.type("s")
        await tty.see("● Return early instead of nesting  guard-clause")
        tty.type("q")

    watch(person, tmp_path, *JOINED, *RUN, proposal(diff="@@ -1 +1 @@\n-a\n+b\n"))


def test_ctrl_c(tmp_path: Path) -> None:
    async def person(tty: Tty, _engine: ScriptedEngine) -> None:
        await tty.see("waiting for changes")
        os.kill(os.getpid(), signal.SIGINT)

    code, engine = watch(person, tmp_path, *JOINED, *RUN)
    assert (code, engine.closed) == (Exit.INTERRUPT, True)


def test_terminated(tmp_path: Path) -> None:
    async def person(tty: Tty, _engine: ScriptedEngine) -> None:
        await tty.see("waiting for changes")
        os.kill(os.getpid(), signal.SIGTERM)

    assert watch(person, tmp_path, *JOINED, *RUN)[0] == Exit.TERMINATED


def test_signals_are_put_back(tmp_path: Path) -> None:
    async def person(tty: Tty, _engine: ScriptedEngine) -> None:
        await tty.see("waiting for changes")
        tty.type("q")

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGTSTP, signal.SIGWINCH)]
    watch(person, tmp_path, *JOINED, *RUN)
    after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGTSTP, signal.SIGWINCH)]
    assert after == before


def test_other_width_is_noticed(tmp_path: Path) -> None:
    async def person(tty: Tty, _engine: ScriptedEngine) -> None:
        await tty.see("waiting for changes")
        tty.resize(40, 10)
        os.kill(os.getpid(), signal.SIGWINCH)
        await tty.see("✗ 2 tests: 1 failed · 1 passed\n  a all  f failed  ? help  q quit")
        tty.type("q")

    watch(person, tmp_path, *JOINED, *RUN)


def test_no_engine_puts_the_terminal_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        engine = ScriptedEngine(answer, failure=EngineUnavailableError("no engine could be started"))
        async with Tty() as tty, asyncio.timeout(20):
            terminal = Terminal(tty.out, tty.fileno, lambda: 100.0, lambda: "14:03:22")
            with pytest.raises(EngineUnavailableError):
                await Watch(engine, tmp_path, terminal, environment={}).run()
            assert tty.settings() == tty.found

    asyncio.run(scenario())


def test_window_is_closed(tmp_path: Path) -> None:
    async def scenario() -> None:
        engine = ScriptedEngine(answer, *JOINED, *RUN)
        async with Tty() as tty, asyncio.timeout(20):
            terminal = Terminal(tty.out, tty.fileno, lambda: 100.0, lambda: "14:03:22")
            watching = asyncio.ensure_future(Watch(engine, tmp_path, terminal, environment={}).run())
            await tty.see("waiting for changes")
            tty.hang_up()
            assert await watching == Exit.HANGUP
            assert engine.closed

    asyncio.run(scenario())
