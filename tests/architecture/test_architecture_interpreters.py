"""What each agent's interpreter holds, and what starting each program costs, counted in modules."""

import subprocess
import sys
from pathlib import Path

import pytest
from treekit import ROOT

from companion.config import Config
from companion.messages import Status
from companion.runtime.interpreter import Worker

HEAVY = frozenset({"libcst", "watchdog", "pathspec", "pytest", "rich", "pygls", "lsprotocol", "asyncio", "httpx"})
OWN = {"watcher": {"watchdog", "pathspec"}, "runner": set[str](), "refactorer": {"libcst"}}


@pytest.mark.parametrize("agent", sorted(OWN))
def test_an_agent_holds_its_own_heavy_library_only(agent: str, tmp_path: Path) -> None:
    """And needs neither pickle nor JSON to come up: both raise there."""
    worker = Worker(agent, "tests.architecture.agentspy:main", Config(root=str(tmp_path)))
    worker.start()
    try:
        said = worker.receive.receive(30.0)
    finally:
        assert worker.join(30.0)
    assert worker.failure == ""
    assert isinstance(said, Status)
    assert set(said.message.split()) & HEAVY == OWN[agent]


@pytest.mark.parametrize(
    ("module", "ceiling", "never"),
    [
        ("companion.messages", 100, {"hashlib", "difflib", "asyncio", "json"}),
        ("companion.cli", 120, {"rich", "asyncio", "libcst", "pygls", "watchdog"}),
        ("companion.front.client", 320, {"rich", "libcst", "pygls", "watchdog"}),
        ("companion.engine", 330, {"rich", "libcst", "pygls", "watchdog", "pytest"}),
        ("companion.workers.runner", 330, {"rich", "libcst", "pygls", "watchdog", "pytest", "asyncio"}),
        ("lsp.cli", 200, {"rich", "libcst", "watchdog", "pytest"}),
    ],
)
def test_importing_stays_cheap(module: str, ceiling: int, never: set[str]) -> None:
    code = f"import sys, {module}; print(' '.join(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    loaded = said.split()
    assert {name.split(".")[0] for name in loaded} & never == set()
    assert len(loaded) <= ceiling
