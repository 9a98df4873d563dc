"""`companion debug`: the port is announced, the outcome shown, pytest's exit code returned."""

import asyncio
import io
import json
import os
import signal
from collections.abc import Sequence

import pytest
from frontkit import JOINED, item

from companion.errors import EngineUnavailableError
from companion.front.debugging import Debug
from companion.front.exits import Exit
from companion.front.scripted import ScriptedEngine
from companion.messages import DebugEnded, DebugListens, Disconnected, EngineEvent, Message, RequestDebug

ITEM = "tests/test_cart.py::test_total"
LISTENS = DebugListens(0, "127.0.0.1", 54321)
PASSED = item(ITEM)
RED = item(ITEM, "failed", "assert 1 == 2", place=("src/cart.py", 7))


def shown(*events: EngineEvent, as_json: bool = False) -> tuple[int, list[str]]:
    """The exit code, and the lines, if the engine says this to the request."""

    def answer(message: Message) -> Sequence[EngineEvent]:
        assert message == RequestDebug(0, ITEM)
        return events

    out = io.StringIO()
    engine = ScriptedEngine(answer, *JOINED)
    code = asyncio.run(Debug(engine, ITEM, out, as_json=as_json).run())
    assert engine.closed
    return code, out.getvalue().splitlines()


def test_the_port_is_announced_and_the_outcome_shown() -> None:
    code, lines = shown(LISTENS, DebugEnded(0, 0, (PASSED,), ""))
    assert code == Exit.GREEN
    assert lines == ["debugpy listens on 127.0.0.1:54321: attach to it", f"passed: {ITEM}"]


def test_a_failure_is_shown_with_its_place() -> None:
    code, lines = shown(LISTENS, DebugEnded(0, 1, (RED,), ""))
    assert code == Exit.RED
    assert lines[1:] == [f"src/cart.py:7: assert 1 == 2 ({ITEM})"]


def test_as_json() -> None:
    code, lines = shown(LISTENS, DebugEnded(0, 1, (RED,), ""), as_json=True)
    port, outcome = map(json.loads, lines)
    assert code == Exit.RED
    assert port == {"event": "debug", "id": ITEM, "host": "127.0.0.1", "port": 54321}
    assert (outcome["event"], outcome["id"], outcome["outcome"]) == ("item", ITEM, "failed")


@pytest.mark.parametrize(("said", "code"), [(4, Exit.USAGE), (0, Exit.INTERNAL)])
def test_a_problem_is_one_sentence(said: int, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(DebugEnded(0, said, (), "it has no debugpy,\n  run pip")) == (code, [])
    assert capsys.readouterr().err == "companion: it has no debugpy, run pip\n"


def test_the_engines_end_is_told() -> None:
    with pytest.raises(EngineUnavailableError, match="the engine is gone"):
        shown(LISTENS, Disconnected("it ended"))


def test_ctrl_c_leaves_the_engine() -> None:
    def interrupt(_: Message) -> Sequence[EngineEvent]:
        os.kill(os.getpid(), signal.SIGINT)
        return ()

    engine = ScriptedEngine(interrupt, *JOINED)
    assert asyncio.run(Debug(engine, ITEM, io.StringIO(), as_json=False).run()) == Exit.STOPPED
    assert engine.closed
