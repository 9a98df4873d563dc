"""One engine a root: joined by several fronts, replaced when it dies, gone when nobody is left."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import Front, children_of, save, wait_gone

from companion.messages import (
    AgentName,
    CaughtUp,
    Disconnected,
    RestartAgent,
    RunFinished,
    Selected,
    Status,
    StopRun,
)  # fmt: skip

Project = Callable[[str], Path]
Join = Callable[[Path], Front]


def test_two_fronts_see_the_same(project: Project, join: Join) -> None:
    root = project("shop")
    first = join(root)
    first.verdict()
    second = join(root)
    assert second.engine == first.engine
    assert second.outcomes() == first.outcomes()
    save(root / "src/shop/discounts.py", "amount > self.minimum", "amount >= self.minimum")
    assert first.verdict().generation == second.verdict().generation
    assert first.red() == second.red() == []


def test_killed_engine_is_replaced_and_what_was_pending_is_answered(project: Project, join: Join) -> None:
    root = project("shop")
    front = join(root)
    front.verdict()
    dead, left = front.engine, children_of(front.engine)
    os.kill(dead, signal.SIGKILL)
    generation = front.run("all")
    front.until(Disconnected)
    front.until(CaughtUp)
    assert front.engine not in (0, dead)
    run = front.until(RunFinished, lambda r: not r.cancelled and r.generation >= generation)
    assert run.selected == 97
    for pid in left:
        assert wait_gone(pid)


def test_engine_is_replaced_once_for_two_fronts(project: Project, join: Join) -> None:
    root = project("green")
    fronts = [join(root), join(root)]
    for front in fronts:
        front.verdict()
    os.kill(fronts[0].engine, signal.SIGKILL)
    for front in fronts:
        front.until(Disconnected)
        front.until(CaughtUp)
    assert fronts[0].engine == fronts[1].engine


@pytest.mark.parametrize("agent", ["watcher", "runner", "refactorer"])
def test_agent_that_raises_is_restarted_and_the_loop_goes_on(project: Project, join: Join, agent: AgentName) -> None:
    root = project("shop")
    front = join(root)
    front.verdict()
    before = front.resident()[agent]
    front.send(RestartAgent(agent, "a test of ours"))
    front.until(Status, lambda s: s.source == f"agent:{agent}" and s.health == "warning")
    front.until(Status, lambda s: s.source == f"agent:{agent}" and s.health == "ok")
    front.until(Status, lambda s: s.source == f"crash:{agent}" and s.health == "ok")
    after = front.resident()[agent]
    assert after.restarts == 1
    assert sum(row.files for row in front.diagnose().lanes) == 10, "it is known what would run where"
    assert after.interpreter != before.interpreter
    save(root / "src/shop/discounts.py", "amount > self.minimum", "amount >= self.minimum")
    front.until(RunFinished, lambda r: not r.cancelled and r.selected > 0)
    assert front.red() == []


def test_three_interpreters_are_resident(project: Project, join: Join) -> None:
    front = join(project("green"))
    front.until(Status, lambda s: s.source == "watcher")
    front.verdict()
    resident = front.resident()
    interpreters = {name: agent for name, agent in resident.items() if agent.interpreter >= 0}
    assert set(interpreters) == {"watcher", "runner", "refactorer"}
    assert len({a.interpreter for a in interpreters.values()}) == 3
    assert all(a.state == "up" and a.interpreter > 0 for a in interpreters.values())
    assert set(resident) - set(interpreters) <= {"template"}


def test_engine_ends_after_its_last_front(project: Project, join: Join, private_homes: Path) -> None:
    front = join(project("green"))
    front.verdict()
    assert list(private_homes.rglob("*.sock"))
    family = {front.engine, *children_of(front.engine)}
    front.leave()
    assert all(wait_gone(pid, 20.0) for pid in family)
    assert not list(private_homes.rglob("*.sock"))


def test_only_this_user_can_connect(project: Project, join: Join, private_homes: Path) -> None:
    front = join(project("green"))
    front.verdict()
    sockets = list(private_homes.rglob("*.sock"))
    assert [oct(s.stat().st_mode & 0o777) for s in sockets] == ["0o600"]
    assert all(s.parent.stat().st_mode & 0o077 == 0 for s in sockets)


def test_stopping_a_run(project: Project, join: Join) -> None:
    root = project("shop")
    front = join(root)
    front.verdict()
    front.run("all")
    front.until(Selected, lambda s: len(s.items) == 97)
    front.send(StopRun())
    run = front.until(RunFinished)
    assert run.cancelled
    assert run.exit_code == 2


FORBIDDING = """
import _interpreters, json, os, pickle, sys

def forbid(module, name):
    real = getattr(module, name)
    def checked(*args, **options):
        caller = sys._getframe(1).f_globals.get("__name__", "")
        ours = caller.startswith(("companion", "concurrent.interpreters", "agents"))
        # one stands for pytest's cache, whose files are JSON, the other reads and writes what lies in the store
        if ours and caller not in ("companion.workers.testrun.cache", "companion.store.documents"):
            with open(os.environ["CAUGHT"], "a") as out:
                out.write(f"{caller} uses {module.__name__}.{name}\\n")
            raise AssertionError(f"{module.__name__}.{name} was used")
        return real(*args, **options)
    setattr(module, name, checked)

if _interpreters.get_current()[0] != 0:
    for library in (json, pickle):
        for name in ("dumps", "loads", "dump", "load"):
            forbid(library, name)
    with open(os.environ["CAUGHT"] + ".interpreters", "a") as out:
        out.write("x")
"""


def test_neither_pickle_nor_json_between_interpreters(
    project: Project, join: Join, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both raise in every subinterpreter of the engine when our code, or a queue on its behalf, calls them."""
    (tmp_path / "sitecustomize.py").write_text(FORBIDDING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("CAUGHT", str(tmp_path / "caught"))
    root = project("shop")
    front = join(root)
    assert front.verdict().failed == 1
    save(root / "src/shop/discounts.py", "amount > self.minimum", "amount >= self.minimum")
    assert front.verdict().failed == 0
    assert all(agent.restarts == 0 for agent in front.resident().values())
    assert len((tmp_path / "caught.interpreters").read_text()) >= 4
    assert not (tmp_path / "caught").exists()
