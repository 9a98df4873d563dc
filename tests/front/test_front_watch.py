"""`companion watch` on a real terminal, with an engine that plays a script."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from frontkit import JOINED, change, finished, item, proposal, selected
from tty_kit import Tty

from companion.errors import EngineUnavailableError
from companion.front.exits import Exit
from companion.front.live import Terminal
from companion.front.scripted import ScriptedEngine
from companion.front.watch import Watch
from companion.messages import EngineEvent, Message, Pause, RequestRun, RunAccepted, StopRun

RED = item("tests/test_cart.py::test_total", "failed", "assert 6.0 == 7.5", place=("tests/test_cart.py", 2))
RUN = (change("src/cart.py"), selected(RED.id, "t.py::b"), RED, item("t.py::b"), finished(failed=1, passed=1))

type Person = Callable[[Tty, ScriptedEngine], Awaitable[None]]


def answer(message: Message) -> Sequence[EngineEvent]:
    """Every run that is asked for is accepted as generation 7, and green."""
    if not isinstance(message, RequestRun):
        return ()
    green = (selected("t.py::b", generation=7), item("t.py::b", generation=7), finished(generation=7, passed=1))
    return (RunAccepted(message.request, 7), *green)


def watch(
    person: Person,
    root: Path,
    *events: EngineEvent,
    environment: dict[str, str] | None = None,
    pytest_args: tuple[str, ...] = (),
) -> tuple[int, ScriptedEngine]:
    """Let a person sit before it; the exit code. The terminal must be as it was found afterwards."""

    async def scenario() -> tuple[int, ScriptedEngine]:
        engine = ScriptedEngine(answer, *events)
        async with Tty() as tty, asyncio.timeout(20):
            terminal = Terminal(tty.out, tty.fileno, lambda: 100.0, lambda: "14:03:22")
            screen = Watch(engine, root, terminal, environment=environment or {}, pytest_args=pytest_args)
            watching = asyncio.ensure_future(screen.run())
            try:
                await person(tty, engine)
                code = await watching
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
            assert tty.settings() == tty.found
            await tty.until(lambda: tty.raw.rfind("\x1b[?25h") > tty.raw.rfind("\x1b[?25l"))
            return code, engine

    return asyncio.run(scenario())


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


def test_editor_has_the_terminal_as_it_was_found(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text(
        '#!/bin/sh\nstty -a | grep -o "[-]*icanon"\necho "opened $1"\nread line\necho "closing $line"\n'
    )
    editor.chmod(0o755)

    async def person(tty: Tty, engine: ScriptedEngine) -> None:
        await tty.see("waiting for changes")
        tty.type("e")
        await tty.see(f"icanon\nopened {tmp_path}/tests/test_cart.py")
        assert "-icanon" not in tty.seen
        engine.play(change("late.py", generation=2))
        tty.type("now\n")
        await tty.see("closing now")
        tty.type("q")

    assert watch(person, tmp_path, *JOINED, *RUN, environment={"EDITOR": str(editor)})[0] == Exit.GREEN


def test_what_happens_while_the_editor_is_open_is_shown_afterwards(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "opened"\nread line\necho "closing"\n')
    editor.chmod(0o755)

    async def person(tty: Tty, engine: ScriptedEngine) -> None:
        await tty.see("waiting for changes")
        tty.type("e")
        await tty.see("opened")
        engine.play(change("late.py", generation=2), selected(generation=2), finished(generation=2))
        tty.type("\n")
        await tty.see("saved late.py: no test is affected")
        assert tty.seen.index("closing") < tty.seen.index("late.py")
        tty.type("q")

    watch(person, tmp_path, *JOINED, *RUN, environment={"EDITOR": str(editor)})


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "set EDITOR to open tests/test_cart.py:2 from here"),
        ({"EDITOR": "/nowhere/vim"}, "the editor cannot be started (No such file or directory): look at EDITOR"),
        ({"EDITOR": "/nowhere/code"}, "the editor cannot be started (No such file or directory): look at EDITOR"),
    ],
)
def test_no_editor(tmp_path: Path, environment: dict[str, str], words: str) -> None:
    async def person(tty: Tty, _engine: ScriptedEngine) -> None:
        await tty.see("waiting for changes")
        tty.type("e")
        await tty.see(words)
        tty.type("q")

    watch(person, tmp_path, *JOINED, *RUN, environment=environment)


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
