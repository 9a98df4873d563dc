"""Tests that use what tracing uses keep their outcome, and what they executed is told or known to be unknown."""

import os
import shutil
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest
from overlaykit import LANES, items_of, order_of, process_session, written
from tracedkit import Told, traced

OWN = """\
import cProfile, importlib.util, os, sys, threading
from unittest import mock
import pytest

def called(): return 1

needs_monitoring = pytest.mark.skipif(sys.version_info < (3, 12), reason="no sys.monitoring")

@needs_monitoring
@pytest.mark.parametrize("tool", range(6))
def test_monitoring(tool):
    seen, monitoring = [], sys.monitoring
    monitoring.use_tool_id(tool, "own")
    monitoring.register_callback(tool, monitoring.events.PY_START, lambda code, _: seen.append(code.co_name))
    monitoring.set_local_events(tool, called.__code__, monitoring.events.PY_START)
    called()
    called()
    monitoring.set_local_events(tool, called.__code__, 0)
    monitoring.register_callback(tool, monitoring.events.PY_START, None)
    monitoring.free_tool_id(tool)
    assert seen == ["called", "called"]

@needs_monitoring
def test_a_place_that_is_found():
    tool = next(tool for tool in range(6) if sys.monitoring.get_tool(tool) is None)
    sys.monitoring.use_tool_id(tool, "own")
    assert called() == 1
    sys.monitoring.free_tool_id(tool)

def test_trace_function():
    seen = []
    sys.settrace(lambda frame, event, _: seen.append(frame.f_code.co_name))
    called()
    sys.settrace(None)
    assert seen == ["called"]

def test_environment():
    before = dict(os.environ)
    with mock.patch.dict(os.environ, {"OWN": "1"}, clear=True):
        assert list(os.environ) == ["OWN"] and os.environ.copy() == {"OWN": "1"} and len(os.environ) == 1
        assert os.environ.get("HOME") is None
        with pytest.raises(KeyError) as told:
            os.environ["HOME"]
        assert [entry.name for entry in told.traceback][1:] == ["__getitem__"]
    assert os.environ == before
    assert type(os.environ) is os._Environ and "function" in str(type(os._Environ.__getitem__))
    with pytest.raises(TypeError):
        os.environ[1]

def test_environment_that_is_replaced(monkeypatch):
    monkeypatch.setattr(os, "environ", {"OWN": "1"})
    assert os.getenv("OWN") == "1"

def test_finders(monkeypatch):
    assert not [finder for finder in sys.meta_path if "tracing" in str(finder)]
    monkeypatch.setattr(sys, "meta_path", [])
    with pytest.raises(ModuleNotFoundError) as told:
        import nowhere_at_all
    assert len(told.traceback) == 1

def test_audit_hook():
    seen = []
    sys.addaudithook(lambda event, _: seen.append(event) if event.startswith("own.") else None)
    sys.audit("own.event", 1)
    assert seen == ["own.event"]

def test_looking():
    with pytest.raises(TypeError) as told:
        os.path.exists([])
    assert "exists" in str(told.traceback[-1].name)
    assert os.path.exists(0) in (True, False)
"""
PROFILES = """\
import cProfile, sys, threading
def called(): return 1
def test_before(): assert called() == 1
def test_own():
    seen = []
    sys.setprofile(lambda frame, event, _: seen.append((event, frame.f_code.co_name)))
    called()
    sys.setprofile(None)
    assert [event for event, name in seen if name == "called"] == ["call", "return"]
def test_after(): assert called() == 1
def test_c():
    profile = cProfile.Profile()
    profile.runcall(called)
    assert "called" in str(list(profile.getstats()))
def test_last(): assert called() == 1
"""
FREES = """\
import sys
def called(): return 1
def test_before(): assert called() == 1
def test_frees():
    for tool in range(6):
        sys.monitoring.free_tool_id(tool)
    called()
def test_takes():
    for tool in range(6):
        sys.monitoring.use_tool_id(tool, "own")
    assert called() == 1
def test_while_all_are_taken(): assert called() == 1
def test_gives_back():
    for tool in range(6):
        sys.monitoring.free_tool_id(tool)
def test_after(): assert called() == 1
"""
RELEASES = [("3.10", "7.0.1"), ("3.11", "7.4.4"), ("3.12", "8.0.2"), ("3.13", "8.4.2")]


@pytest.mark.parametrize("depth", ["codes", "lines"])
@pytest.mark.parametrize("lane", LANES)
def test_outcomes_are_those_of_a_session_that_is_not_traced(lane: str, depth: str, tmp_path: Path) -> None:
    root = written(tmp_path / "project", {"test_own.py": OWN, "test_profiles.py": PROFILES})
    told = traced(lane, root, depth="lines" if depth == "lines" else "codes")
    assert {
        message.id: message.message for message in items_of(told.said).values() if message.outcome != "passed"
    } == {}
    for tool in range(6):
        assert told.item(f"test_monitoring[{tool}]").codes == {"test_own.py:9", "test_own.py:5"}


@pytest.mark.parametrize("lane", LANES)
def test_profilers(lane: str, tmp_path: Path) -> None:
    told = traced(lane, written(tmp_path / "project", {"test_it.py": PROFILES}))
    check_profilers(told)
    assert told.item("test_own").codes >= {"test_it.py:2"}


def check_profilers(told: Told) -> None:
    assert {*told.outcomes.values()} == {"passed"}
    for name in ("test_before", "test_after", "test_last"):
        assert "test_it.py:2" in told.item(name).codes


@pytest.mark.parametrize("lane", LANES)
def test_who_takes_our_place_is_known_to_be_unknown(lane: str, tmp_path: Path) -> None:
    """Nothing is better than too little: what is not told of counts as touched by everything."""
    told = traced(lane, written(tmp_path / "project", {"test_it.py": FREES}))
    assert {*told.outcomes.values()} == {"passed"}
    known = {owner.partition("::")[2] for kind, owner in told.owners if kind == "item"}
    assert {"test_before", "test_after"} <= known
    assert not {"test_frees", "test_takes", "test_while_all_are_taken"} & known
    assert "test_it.py:2" in told.item("test_after").codes


def test_a_shared_fixture_that_was_not_followed_is_unknown_to_all_that_use_it(tmp_path: Path) -> None:
    told = traced("process", written(tmp_path / "project", {"test_it.py": dedent("""
        import sys
        import pytest
        @pytest.fixture(scope="module")
        def unknown():
            for tool in range(6):
                sys.monitoring.free_tool_id(tool)
        def test_a(unknown): pass
        def test_b(unknown): pass
        def test_c(): pass
    """)}))  # fmt: skip
    assert {owner for kind, owner in told.owners if kind == "item"} == {"test_it.py::test_c"}


def older(version: str, release: str, folder: Path) -> tuple[str, dict[str, str]]:
    """Its Python, and what has to be in the environment."""
    python = shutil.which(f"python{version}")
    there = {"PYENV_VERSION": version, "PYTHONPATH": str(folder / "site-packages")}
    if python is None or subprocess.run([python, "-c", ""], check=False, env={**os.environ, **there}).returncode:
        pytest.skip(f"no Python {version} on this machine")
    install = (python, "-m", "pip", "install", "--quiet", "--target", there["PYTHONPATH"])
    subprocess.run([*install, f"pytest=={release}"], check=True, capture_output=True, env={**os.environ, **there})
    return python, there


@pytest.mark.network
@pytest.mark.parametrize(("version", "release"), RELEASES)
def test_older_ones(version: str, release: str, tmp_path: Path) -> None:
    from test_testrun_tracing_notes import FILES, HEAD, READS  # noqa: PLC0415 - the same, once more

    python, there = older(version, release, tmp_path)
    root = written(tmp_path / "own", {"test_own.py": OWN})
    told = traced("process", root, python=python, there=there)
    untraced = process_session(root, order_of({}, ()), python=python, there=there)
    assert told.outcomes == {node_id: item.outcome for node_id, item in items_of(untraced).items()}
    assert {
        message.id: message.message for message in items_of(told.said).values() if message.outcome == "failed"
    } == {}
    check_profilers(traced("process", written(tmp_path / "p", {"test_it.py": PROFILES}), python=python, there=there))
    notes = {
        f"test_{at:02}.py": f"{HEAD}def test_it(tmp_path):\n" + "".join(f"    {line}\n" for line in body.splitlines())
        for at, (body, _) in enumerate(READS)
    }
    told = traced("process", written(tmp_path / "notes", {**FILES, **notes}), python=python, there=there)
    seen = [told.item(f"test_{at:02}.py::test_it").notes for at in range(len(READS))]
    assert [(body, found) for (body, wanted), found in zip(READS, seen, strict=True) if wanted != found] == []
