"""`companion test --json`: what is told is the run that was asked for."""

import json
from io import StringIO

from frontkit import READY, WELCOME, change, finished, item, selected

from companion.front.faces import JsonFace
from companion.front.jsonlines import JsonLines
from companion.front.scripted import ScriptedEngine
from companion.messages import CaughtUp, EngineEvent, RunAccepted, Status

OLD = (change("a.py"), selected("t.py::a", "t.py::b"), finished(failed=1, passed=1),
       item("t.py::a", "failed", "assert 0"), item("t.py::b"))  # fmt: skip
RUN = (selected("t.py::b", generation=2), item("t.py::b", generation=2), finished(generation=2, passed=1))
RUN_TOLD = [("selected", 2), ("item", 2), ("run", 2)]
IDLE, BUSY = CaughtUp(1, running=False), CaughtUp(2, running=True)
SICK, WELL = Status("watcher", "warning", "it polls"), Status("files", "ok", "well")


def told(*events: EngineEvent, by_itself: bool = False) -> list[tuple[str, object]]:
    """Names and generations (``earlier`` in their place, health for statuses) of what is written."""
    out, engine = StringIO(), ScriptedEngine(lambda _: ())
    face = JsonFace(engine, JsonLines(engine, out, StringIO()), by_itself=by_itself)
    for event in events:
        engine.board.apply(event)
        face.show(event)
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    return [
        (event["event"], "earlier" if event.get("earlier") else event.get("generation", event.get("health")))
        for event in found
    ]


def test_an_earlier_run_is_not_told_again_but_what_it_left_red() -> None:
    events = (WELCOME, SICK, WELL, READY, *OLD, IDLE, RunAccepted(1, 2), change("b.py", generation=2), *RUN)
    assert told(*events) == [("ready", None), ("status", "warning"), ("item", "earlier"), ("change", 2), *RUN_TOLD]


def test_what_was_red_is_nothing_to_a_run_that_counts_by_itself() -> None:
    assert told(WELCOME, READY, *OLD, IDLE, RunAccepted(1, 2), *RUN, by_itself=True) == [("ready", None), *RUN_TOLD]


def test_nothing_has_changed_since_the_last_run() -> None:
    """Its answer has the generation of that one."""
    events = (WELCOME, READY, *OLD, IDLE, RunAccepted(1, 1), selected(), finished())
    assert told(*events) == [("ready", None), ("item", "earlier"), ("selected", 1), ("run", 1)]


def test_a_run_that_had_begun_is_told_from_its_beginning() -> None:
    begun, (end,) = RUN[:2], RUN[2:]
    events = (WELCOME, READY, item("t.py::a", "failed"), change("b.py", generation=2), *begun, BUSY)
    assert told(*events, RunAccepted(1, 2), end) == [("ready", None), ("item", "earlier"), ("change", 2), *RUN_TOLD]


def test_a_run_that_is_somebody_elses_answer_is_not_told() -> None:
    other = (selected("t.py::a", generation=2), item("t.py::a", generation=2), finished(generation=2, passed=1))
    mine = (selected("t.py::b", generation=3), finished(generation=3, passed=1))
    events = (WELCOME, READY, *OLD, IDLE, RunAccepted(1, 2), RunAccepted(1, 3), *other, *mine)
    assert told(*events, by_itself=True) == [("ready", None), ("selected", 3), ("run", 3)]


def test_the_next_engine_is_asked_anew() -> None:
    events = (
        WELCOME,
        READY,
        IDLE,
        RunAccepted(1, 2),
        RUN[0],
        WELCOME,
        READY,
        *OLD[1:3],
        IDLE,
        RunAccepted(1, 2),
        *RUN,
    )
    assert told(*events, by_itself=True) == [("ready", None), ("selected", 2), ("ready", None), *RUN_TOLD]
