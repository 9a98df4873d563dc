"""Real engines on copies of the fixture projects, each test in runtime and state folders of its own."""

import functools
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from enginekit import CHECKOUT, PROJECTS, Front, children_of, wait_gone


@pytest.fixture(autouse=True)
def private_homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Sockets, logs and locks of this test alone; the folder's path is short, because sockets' paths are limited."""
    runtime = Path(tempfile.mkdtemp(prefix="cmp-"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("VIRTUAL_ENV", str(CHECKOUT / ".venv"))
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    yield runtime
    shutil.rmtree(runtime, ignore_errors=True)


@pytest.fixture
def project(tmp_path: Path) -> Callable[[str], Path]:
    """Copies a fixture project to where it can be edited."""

    def copy(name: str) -> Path:
        target = tmp_path / "projects" / name
        shutil.copytree(PROJECTS / name, target, ignore=shutil.ignore_patterns("__pycache__", ".companion"))
        return target.resolve()

    return copy


@pytest.fixture
def join() -> Iterator[Callable[[Path], Front]]:
    """Fronts that are closed, and their engines ended, when the test is over; nothing of them may be left."""
    fronts: list[Front] = []

    def open_front(root: Path) -> Front:
        front = Front(root)
        fronts.append(front)
        return front

    yield open_front
    pids = {front.engine for front in fronts if front.engine}
    family = {child for pid in pids for child in children_of(pid)} | pids
    for front in fronts:
        front.end()
    assert [pid for pid in family if not wait_gone(pid)] == []


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Downloads a package's source distribution, once: pip builds what tells of it, which takes its time."""

    @functools.cache
    def fetch(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*command, "--dest", str(folder), name], check=True, capture_output=True, timeout=230)
        (found,) = folder.glob("*.tar.gz")
        return found

    return fetch


@pytest.fixture
def sdist(tmp_path: Path, archive: Callable[[str], Path]) -> Callable[[str], Path]:
    """A package's source distribution with its own tests, unpacked."""

    def fetch(name: str) -> Path:
        with tarfile.open(archive(name)) as tar:
            tar.extractall(tmp_path / "sdist", filter="data")
        (root,) = (tmp_path / "sdist").iterdir()
        return root.resolve()

    return fetch
