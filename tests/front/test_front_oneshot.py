"""`companion test`: which run counts, what the engine's death means, exit codes."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence

import pytest
from frontkit import JOINED, change, finished, item, selected, shown
from oneshotkit import GREEN, RED, answering

from companion.core import verdict
from companion.errors import EngineUnavailableError
from companion.front.exits import Exit
from companion.front.oneshot import OneShot, exit_code
from companion.front.scripted import ScriptedEngine
from companion.messages import (
    Disconnected,
    EngineEvent,
    Message,
    RequestRun,
    RunAccepted,
    RunFinished,
    Status,
    StopRun,
)  # fmt: skip


class Notes:
    """A face that only remembers; ``after`` is told each event when it has been shown."""

    def __init__(self, after: Callable[[EngineEvent], None] = lambda _: None) -> None:
        self.concluded: list[RunFinished | None] = []
        self.closed = False
        self._after = after

    def show(self, event: EngineEvent) -> None:
        self._after(event)

    def conclude(self, run: RunFinished | None) -> None:
        self.concluded.append(run)

    def close(self) -> None:
        self.closed = True


def run(engine: ScriptedEngine, face: Notes | None = None, pytest_args: tuple[str, ...] = ()) -> int:
    """The exit code; everything must have been closed."""
    notes = face or Notes()

    async def scenario() -> int:
        async with asyncio.timeout(20):
            return await OneShot(engine, notes, "changed", pytest_args).run()

    code = asyncio.run(scenario())
    assert (engine.closed, notes.closed, len(notes.concluded)) == (True, True, 1)
    return code


def test_green() -> None:
    engine = ScriptedEngine(
        answering([selected(GREEN.id, generation=2), GREEN, finished(generation=2, passed=1)]), *JOINED
    )
    assert run(engine) == Exit.GREEN
    assert engine.sent == [RequestRun(1, "changed", (), ())]


def test_red() -> None:
    engine = ScriptedEngine(
        answering([selected(RED.id, generation=2), RED, finished(generation=2, failed=1)]), *JOINED
    )
    assert run(engine) == Exit.RED


def test_green_waits_for_what_pytest_says_at_its_end() -> None:
    end, bad = finished(generation=2, passed=1), verdict.bad(3, "it broke")
    assert run(ScriptedEngine(answering([verdict.OPEN, GREEN, end, verdict.GOOD]), *JOINED)) == Exit.GREEN
    assert run(ScriptedEngine(answering([verdict.OPEN, GREEN, end, bad]), *JOINED)) == 3
    assert run(ScriptedEngine(answering([finished(generation=2, exit_code=0)]), *JOINED, GREEN, bad)) == 3


def test_red_waits_for_nothing() -> None:
    engine = ScriptedEngine(answering([verdict.OPEN, RED, finished(generation=2, failed=1)]), *JOINED)
    assert run(engine) == Exit.RED


def test_nobody_says_how_the_session_ends_when_the_runner_has_crashed() -> None:
    events: list[EngineEvent] = [verdict.OPEN, GREEN, finished(generation=2, passed=1), RETRYING]
    assert run(ScriptedEngine(answering(events), *JOINED)) == Exit.GREEN


def test_arguments_for_pytest_are_passed_on() -> None:
    engine = ScriptedEngine(answering([finished(generation=2, passed=1)]), *JOINED)
    assert run(engine, pytest_args=("-k", "x")) == Exit.GREEN
    assert engine.sent == [RequestRun(1, "changed", (), ("-k", "x"))]


def test_earlier_run_does_not_count() -> None:
    before = (selected(RED.id), RED, finished(failed=1), item(RED.id))
    engine = ScriptedEngine(answering([finished(generation=2, passed=1)]), *JOINED, *before)
    assert run(engine) == Exit.GREEN


def test_newer_change_takes_the_run_over() -> None:
    notes = Notes()
    events: list[EngineEvent] = [change("a.py", generation=3), finished(generation=2, passed=1, cancelled=True),
              selected(RED.id, generation=3), RED, finished(generation=3, failed=1)]  # fmt: skip
    assert run(ScriptedEngine(answering(events), *JOINED), notes) == Exit.RED
    assert notes.concluded == [finished(generation=3, failed=1)]


def test_somebody_else_stops_the_run() -> None:
    engine = ScriptedEngine(answering([finished(generation=2, passed=1, cancelled=True)]), *JOINED)
    assert run(engine) == Exit.STOPPED


def test_engine_dies_in_the_middle() -> None:
    dying: list[EngineEvent] = [selected(GREEN.id, generation=2), Disconnected("killed"), *JOINED]
    engine = ScriptedEngine(answering(dying, [finished(generation=2, passed=1)]), *JOINED)
    assert run(engine) == Exit.GREEN
    assert engine.sent == [RequestRun(1, "changed", (), ()), RequestRun(2, "changed", (), ())]


CRASHED = finished(generation=2, cancelled=True, problem="the runner ended")
RETRYING = Status("agent:runner", "warning", "the runner ended, and is being restarted")
GIVEN_UP = Status("agent:runner", "error", "the runner ended, and is not started again: restart companion")


def test_runner_that_crashes_runs_it_again() -> None:
    engine = ScriptedEngine(answering([RETRYING, CRASHED, finished(generation=2, passed=1)]), *JOINED)
    assert run(engine) == Exit.GREEN


def test_runner_that_is_given_up_ends_it() -> None:
    notes = Notes()
    assert run(ScriptedEngine(answering([GIVEN_UP, CRASHED]), *JOINED), notes) == Exit.INTERNAL
    assert notes.concluded == [CRASHED]


def test_runner_that_was_given_up_before() -> None:
    with pytest.raises(EngineUnavailableError, match="tests cannot be run: the runner ended"):
        asyncio.run(OneShot(ScriptedEngine(answering([]), *JOINED, GIVEN_UP), Notes(), "all", ()).run())


def test_no_engine() -> None:
    engine = ScriptedEngine(answering(), failure=EngineUnavailableError("none"))
    with pytest.raises(EngineUnavailableError):
        asyncio.run(OneShot(engine, Notes(), "all", ()).run())
    assert engine.closed


def test_nobody_reads_any_more() -> None:
    def fail(_: EngineEvent) -> None:
        raise BrokenPipeError

    engine = ScriptedEngine(answering(), *JOINED)
    with pytest.raises(BrokenPipeError):
        asyncio.run(OneShot(engine, Notes(fail), "all", ()).run())
    assert engine.closed


def interrupting(times: int) -> Callable[[EngineEvent], None]:
    """Press Ctrl-C when the run has been selected."""

    def after(event: EngineEvent) -> None:
        if event == selected(RED.id, generation=2):
            for _ in range(times):
                asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGINT)

    return after


def test_ctrl_c_asks_for_the_end() -> None:
    stopped = finished(generation=2, failed=1, cancelled=True)

    def answer(message: Message) -> Sequence[EngineEvent]:
        match message:
            case RequestRun():
                return (RunAccepted(1, 2), selected(RED.id, generation=2))
            case StopRun():
                return (change("late.py", generation=3), stopped)
            case _:
                return ()

    notes = Notes(interrupting(1))
    engine = ScriptedEngine(answer, *JOINED)
    assert run(engine, notes) == Exit.STOPPED
    assert (engine.sent[-1], notes.concluded) == (StopRun(), [stopped])


def test_second_ctrl_c_does_not_wait() -> None:
    notes = Notes(interrupting(2))
    assert run(ScriptedEngine(answering([selected(RED.id, generation=2)]), *JOINED), notes) == Exit.STOPPED
    assert notes.concluded == [None]


@pytest.mark.parametrize(
    ("end", "known", "pytest_args", "code"),
    [
        (finished(passed=1), [GREEN], (), 0),
        (finished(failed=1), [RED], (), 1),
        (finished(passed=1, cancelled=True), [GREEN], (), 2),
        (finished(exit_code=3, problem="no pytest"), [], (), 3),
        (finished(exit_code=0, problem="no pytest"), [], (), 3),
        (finished(passed=1, exit_code=4), [GREEN], (), 4),
        (finished(), [], (), 5),
        (finished(exit_code=0), [], (), 5),
        (finished(), [GREEN], (), 0),
        (finished(), [GREEN, RED], (), 1),
        (finished(passed=1), [GREEN, RED], (), 1),
        (finished(passed=1), [GREEN, RED], ("-k", "b"), 0),
        (finished(), [GREEN, RED], ("-k", "nothing"), 5),
        (finished(exit_code=0), [GREEN, RED], ("-k", "a"), 1),
        (finished(), [selected("t.py::b")], ("--collect-only",), 0),
        (finished(), [selected()], ("--co",), 5),
    ],
)
def test_exit_code(end: RunFinished, known: list[EngineEvent], pytest_args: tuple[str, ...], code: int) -> None:
    assert exit_code(end, shown(*known)[1], pytest_args) == code
