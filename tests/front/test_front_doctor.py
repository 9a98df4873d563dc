"""`companion doctor`: table, JSON, exit code."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from frontkit import JOINED, READY, picture, text

from companion.errors import EngineUnavailableError
from companion.front.doctor import as_json, as_text, diagnose, exit_code
from companion.front.scripted import ScriptedEngine
from companion.front.settings import checked
from companion.messages import AgentInfo, CheckResult, Diagnosis, EngineEvent, Health, Miss, RequestDiagnosis

AGENTS = (
    AgentInfo("watcher", 1, "serving", 0, 9_100_000, "inotify"),
    AgentInfo("refactorer", 3, "serving", 2, 0, "4 rules"),
)
CHECKS = (CheckResult("subinterpreters", "ok", "created in 16 ms"), CheckResult("inotify", "warning", "polling"))


def diagnosis(*checks: CheckResult) -> Diagnosis:
    return Diagnosis(1, "/shop", "/shop/.venv/bin/python 3.14.8", 4711, 61_000_000, AGENTS, checks or CHECKS)


def test_text() -> None:
    assert text(as_text(diagnosis(), READY)) == picture("""
        |root    /shop
        |python  /shop/.venv/bin/python 3.14.8
        |engine  pid 4711, 61.0 MB
        |tests   3 known; ran last: 1 in the interpreter lane, 1 in the process lane
        |
        |agent       interpreter  state    restarts  memory  detail
        |watcher               1  serving         0  9.1 MB  inotify
        |refactorer            3  serving         2          4 rules
        |
        |check            result   detail
        |subinterpreters  ok       created in 16 ms
        |inotify          warning  polling
        |
        |✓ all well
    """)


def test_items_that_reach_outside_are_counted() -> None:
    outside = replace(diagnosis(), external=3)
    assert "external  3 ↗ reach outside: they run on save only" in text(as_text(outside, READY))
    assert json.loads(as_json(outside, READY))["external"] == 3


def test_text_of_failed_checks() -> None:
    lines = text(as_text(diagnosis(CheckResult("pytest", "error", "there is none")), None)).split("\n")
    assert "tests   the project is not known yet" in lines
    assert lines[-1] == "✗ 1 of 1 checks failed"


def test_json() -> None:
    value = json.loads(as_json(diagnosis(), READY))
    names = ["root", "python", "engine_pid", "memory", "lanes", "external", "lane_reasons", "selection", "agents"]
    assert list(value) == [*names, "checks"]
    assert value["agents"][0] == {
        "name": "watcher",
        "interpreter": 1,
        "state": "serving",
        "restarts": 0,
        "memory": 9_100_000,
        "detail": "inotify",
    }
    assert value["checks"][1] == {"name": "inotify", "health": "warning", "detail": "polling"}


@pytest.mark.parametrize(
    ("skips", "missed", "told"),
    [
        (1, 0, "recall 100 % over the last 1 skip"),
        (1_240, 0, "recall 100 % over the last 1,240 skips"),
        (10_000, 1, "recall 99.9 % over the last 10,000 skips, 1 missed"),
        (100, 50, "recall 50 % over the last 100 skips, 50 missed"),
    ],
)
def test_how_often_selection_misses(skips: int, missed: int, told: str) -> None:
    misses = tuple(Miss(1.5, f"test_a.py::x{number}", ("data.bin",)) for number in range(missed))
    found = replace(diagnosis(), skips=skips, missed=missed, misses=misses)
    assert f"selection  {told}" in text(as_text(found, READY)).split("\n")
    value = json.loads(as_json(found, READY))["selection"]
    assert (value["skips"], value["missed"], len(value["misses"])) == (skips, missed, missed)
    assert value["misses"][:1] == [{"time": 1.5, "id": "test_a.py::x0", "files": ["data.bin"]}][:missed]


@pytest.mark.parametrize(("health", "code"), [("ok", 0), ("warning", 0), ("error", 1)])
def test_exit_code(health: Health, code: int) -> None:
    assert exit_code(diagnosis(CheckResult("x", health, ""))) == code


def test_a_configuration_that_cannot_be_used_is_a_failed_check(tmp_path: Path) -> None:
    assert checked(tmp_path).health == "ok"
    (tmp_path / "pyproject.toml").write_text("[tool.companion]\nlane = 'proces'\n", "utf-8")
    assert exit_code(diagnosis(checked(tmp_path))) == 1
    assert "lane must be one of auto" in checked(tmp_path).detail


def ask(answer: EngineEvent) -> tuple[Diagnosis, ScriptedEngine]:
    engine = ScriptedEngine(lambda message: (answer,) if isinstance(message, RequestDiagnosis) else (), *JOINED)
    found, ready = asyncio.run(diagnose(engine))
    assert ready == READY
    return found, engine


def test_asking() -> None:
    found, engine = ask(diagnosis())
    assert (found, engine.sent, engine.closed) == (diagnosis(), [RequestDiagnosis(1)], True)


def test_other_answer() -> None:
    with pytest.raises(EngineUnavailableError, match="not this version"):
        ask(READY)


def test_no_engine() -> None:
    engine = ScriptedEngine(lambda _: (), failure=EngineUnavailableError("none"))
    with pytest.raises(EngineUnavailableError, match="none"):
        asyncio.run(diagnose(engine))
    assert engine.closed
