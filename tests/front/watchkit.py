"""A person before `companion watch` on a real terminal, with an engine that plays a script."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from frontkit import change, finished, item, selected
from tty_kit import Tty

from companion.front.live import Terminal
from companion.front.scripted import ScriptedEngine
from companion.front.watch import Watch
from companion.messages import EngineEvent, Message, RequestRun, RunAccepted

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
