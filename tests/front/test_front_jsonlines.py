"""The documented shape of each event, character by character."""

import json
from io import StringIO

import pytest
from frontkit import CAUGHT_UP, READY, WELCOME, change, finished, item, proposal, selected

from companion.front.jsonlines import JsonLines, shape
from companion.front.scripted import ScriptedEngine
from companion.messages import (
    Disconnected,
    EngineEvent,
    ItemsGone,
    ItemStarted,
    ProposalsGone,
    Ready,
    RunAccepted,
    Selected,
    Status,
)  # fmt: skip


def written(*events: EngineEvent) -> list[str]:
    """The lines for these events, and what the log says after a mark."""
    out, log = StringIO(), StringIO()
    engine = ScriptedEngine(lambda _: ())
    lines = JsonLines(engine, out, log)
    for event in events:
        engine.board.apply(event)
        lines.show(event)
    return [*out.getvalue().splitlines(), *(f"log: {line}" for line in log.getvalue().splitlines())]


SHAPES = [
    (READY, '{"event":"ready","root":"/shop","items":3,"lanes":{"interpreter":1,"process":1}}'),
    (
        change("a.py", "b.py", generation=2),
        '{"event":"change","generation":2,"files":["a.py","b.py"],"trigger":"save"}',
    ),
    (
        selected("tests/test_a.py::test_x", generation=2, skipped=9),
        (
            '{"event":"selected","generation":2,"items":[{"id":"tests/test_a.py::test_x",'
            '"why":"calls shop.cart:total"}],"skipped":9}'
        ),
    ),
    (Selected(2, (), 9, 4), '{"event":"selected","generation":2,"items":[],"skipped":9,"elsewhere":4}'),
    (
        item("t.py::a", "failed", "assert 0", generation=2, place=("a.py", 7)),
        (
            '{"event":"item","generation":2,"id":"t.py::a","outcome":"failed","seconds":0.25,"lane":"process",'
            '"message":"assert 0","path":"a.py","line":7}'
        ),
    ),
    (
        item("t.py::a", reports=("call passed", "teardown failed")),
        (
            '{"event":"item","generation":1,"id":"t.py::a","outcome":"passed","seconds":0.25,"lane":"process",'
            '"message":"","path":"t.py","line":1,"reports":["call passed","teardown failed"]}'
        ),
    ),
    (
        item("t.py::a", message="failed, then passed", state="flaky"),
        (
            '{"event":"item","generation":1,"id":"t.py::a","outcome":"passed","seconds":0.25,"lane":"process",'
            '"message":"failed, then passed","path":"t.py","line":1,"state":"flaky"}'
        ),
    ),
    (ItemsGone(2, ("t.py::a",)), '{"event":"gone","generation":2,"ids":["t.py::a"]}'),
    (
        finished(generation=2, passed=3, failed=1, errors=1, skipped=1, xfailed=2, xpassed=1, deselected=7),
        (
            '{"event":"run","generation":2,"selected":9,"passed":3,"failed":1,"errors":1,"skipped":1,"xfailed":2,'
            '"xpassed":1,"deselected":7,"seconds":0.42,"cancelled":false}'
        ),
    ),
    (
        finished(problem="no pytest"),
        (
            '{"event":"run","generation":1,"selected":0,"passed":0,"failed":0,"errors":0,"skipped":0,"xfailed":0,'
            '"xpassed":0,"deselected":0,"seconds":0.42,"cancelled":false,"problem":"no pytest"}'
        ),
    ),
    (
        proposal(diff="+x"),
        (
            '{"event":"proposal","generation":1,"id":"p1","rule":"guard-clause","path":"src/shop/inventory.py","line":41,'
            '"verdict":"verified","items":12,"changed_lines":4,"executed_lines":4,"diff":"+x"}'
        ),
    ),
    (Status("watcher", "warning", "boom"), '{"event":"status","health":"warning","message":"boom"}'),
]


@pytest.mark.parametrize(("event", "line"), SHAPES, ids=lambda value: type(value).__name__)
def test_shape(event: EngineEvent, line: str) -> None:
    assert json.dumps(shape(event), separators=(",", ":")) == line


@pytest.mark.parametrize(
    "event",
    [ItemStarted(1, "t.py::a"), RunAccepted(1, 1), ProposalsGone(1, ("a.py",))],
    ids=lambda e: type(e).__name__,
)
def test_without_shape(event: EngineEvent) -> None:
    assert written(WELCOME, CAUGHT_UP, event) == []


def test_ready_comes_after_what_was_known() -> None:
    assert [json.loads(line)["event"] for line in written(WELCOME, READY, item("t.py::a"), CAUGHT_UP)] == [
        "item",
        "ready",
    ]


def test_ready_is_news_where_the_engine_finds_out_later() -> None:
    lines = written(WELCOME, CAUGHT_UP, Ready("/shop", 0, 1, 1))
    assert [json.loads(line)["event"] for line in lines] == ["ready"]


def test_lost_engine_goes_to_the_log() -> None:
    assert written(WELCOME, CAUGHT_UP, Disconnected("killed")) == [
        "log: companion: the engine is gone (killed); another starts"
    ]


def test_every_line_is_ascii_and_one_line() -> None:
    (line,) = written(WELCOME, CAUGHT_UP, Status("x", "ok", "é\n\udc80\u2028"))
    assert line == '{"event":"status","health":"ok","message":"\\u00e9\\n\\udc80\\u2028"}'
