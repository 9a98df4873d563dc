"""Ends: of the agent, of the project's folder, and of what cannot be read."""

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from concurrent import interpreters
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Literal

import pytest
from watcher_bench import Bench, Silent, quick

from companion.messages import LookAt
from companion.workers.watching.inbox import Report
from companion.workers.watching.source import native

NOBODY = 65534


def descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()} if Path("/proc/self/fd").is_dir() else set()


@pytest.fixture
def modest() -> Iterator[Path]:
    """A folder of a user who is not allowed everything; also when the tests run as root."""
    root = Path(tempfile.mkdtemp()).resolve()
    is_root = os.geteuid() == 0
    if is_root:
        os.chown(root, NOBODY, -1)
        os.seteuid(NOBODY)
    yield root
    if is_root:
        os.seteuid(0)
    for path in root.rglob("*"):
        path.chmod(0o700)
    root.chmod(0o700)
    shutil.rmtree(root)


@pytest.mark.parametrize("polling", ["auto", "always"])
def test_nothing_is_left(polling: Literal["auto", "always"], tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    with Bench(replace(quick(tmp_path), polling=polling)):
        pass  # the first foreign function opens libffi, for good
    before = descriptors(), set(threading.enumerate())
    for number in range(5):
        with Bench(replace(quick(tmp_path), polling=polling)) as bench:
            (tmp_path / "p" / "a.py").write_text(str(number), "utf-8")
            if number % 2:  # ends with the probe under way otherwise
                bench.next()
                bench.status()
    assert (descriptors(), set(threading.enumerate())) == before
    assert not (tmp_path / ".companion" / "probe").exists()


def test_nothing_is_left_if_it_cannot_start(tmp_path: Path) -> None:
    class Broken(Silent):
        def watch(self, folder: str) -> None:  # noqa: ARG002 - the port's
            raise RuntimeError("a defect")

        def close(self) -> None:
            self.inner.close()

        def __init__(self, root: str, report: Report) -> None:
            super().__init__(root, report)
            self.inner = native(root, report)

    before = descriptors(), set(threading.enumerate())
    bench = Bench(quick(tmp_path), Broken)
    with pytest.raises(RuntimeError, match="a defect"):
        bench.__enter__()
    bench.abandon()
    assert (descriptors(), set(threading.enumerate())) == before


@pytest.mark.parametrize(
    ("end", "polling"),
    [("deleted", "auto"), ("moved", "auto"), ("replaced", "auto"), ("deleted", "always"), ("moved", "always")],
)
def test_the_root_goes(end: str, polling: Literal["auto", "always"], tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "p").mkdir(parents=True)
    (root / "p" / "a.py").touch()
    with Bench(replace(quick(root), polling=polling, debounce=0.1)) as bench:
        if end == "deleted":
            shutil.rmtree(root)
        else:
            root.rename(tmp_path / "elsewhere")
        if end == "replaced":
            root.mkdir()
        assert str(root) in bench.ends.get(timeout=20).reason
        bench.tell(LookAt(("p/a.py",)))
        root.mkdir(exist_ok=True)
        (root / "b.py").touch()
    assert bench.ends.empty()
    assert bench.changes.empty()


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be deleted there")
@pytest.mark.parametrize("polling", ["auto", "always"])
def test_the_root_is_made_anew_while_a_process_works_in_the_old_one(
    polling: Literal["auto", "always"], tmp_path: Path
) -> None:
    root = tmp_path / "root"
    (root / "p").mkdir(parents=True)
    (root / "p" / "a.py").touch()
    old = os.open(root, os.O_RDONLY)  # as a working directory, it keeps the kernel from telling of the end
    try:
        with Bench(replace(quick(root), polling=polling)) as bench:
            shutil.rmtree(root)
            (root / "p").mkdir(parents=True)
            (root / "p" / "a.py").touch()
            assert str(root) in bench.ends.get(timeout=20).reason
    finally:
        os.close(old)


def test_the_folder_above_the_root_goes(tmp_path: Path) -> None:
    root = tmp_path / "above" / "root"
    root.mkdir(parents=True)
    with Bench(quick(root)) as bench:
        (tmp_path / "above").rename(tmp_path / "elsewhere")
        (tmp_path / "elsewhere" / "root" / "a.py").touch()
        assert str(root) in bench.ends.get(timeout=20).reason


def test_unreadable_folders_and_files(modest: Path) -> None:
    for name in "closed", "shut", "open":
        (modest / name).mkdir()
        (modest / name / "a.py").write_text("x = 1\n", "utf-8")
    (modest / "open" / "b.py").write_text("x = 1\n", "utf-8")
    for name in "closed", "shut", "open/b.py":
        (modest / name).chmod(0)
    with Bench(quick(modest)) as bench:
        said = bench.status()
        assert (said.source, said.health) == ("files", "warning")
        assert all(f"{name} (Permission denied)" in said.message for name in ("closed", "shut", "open/b.py"))
        (modest / "open" / "a.py").write_text("x = 2\n", "utf-8")
        assert [change.path for change in bench.next().changes] == ["open/a.py"]
        for name, mode in ("closed", 0o700), ("shut", 0o700), ("open/b.py", 0o600):
            (modest / name).chmod(mode)
        assert [change.path for change in bench.rest()] == ["closed/a.py", "open/b.py", "shut/a.py"]
        found = [bench.status() for _ in range(bench.statuses.qsize())]
        assert "All files can be read again." in [status.message for status in found]


def test_a_known_folder_becomes_unreadable(modest: Path) -> None:
    (modest / "p").mkdir()
    (modest / "p" / "a.py").write_text("x = 1\n", "utf-8")
    with Bench(replace(quick(modest), polling="always")) as bench:
        assert bench.status().source == "watcher"
        (modest / "p").chmod(0)
        assert "p (Permission denied)" in bench.status().message
        assert bench.rest() == []
        (modest / "p").chmod(0o700)
        assert bench.status().message == "All files can be read again."
        assert bench.rest() == []


def test_a_known_file_becomes_unreadable(modest: Path) -> None:
    (modest / "a.py").write_text("x = 1\n", "utf-8")
    with Bench(quick(modest)) as bench:
        assert bench.status().health == "ok"
        (modest / "a.py").write_text("x = 2\n", "utf-8")
        (modest / "a.py").chmod(0)
        assert "a.py (Permission denied)" in bench.status().message
        assert bench.rest() == []
        (modest / "a.py").chmod(0o600)
        (change,) = bench.rest()
        assert (change.kind, change.data) == ("modified", b"x = 2\n")


def test_the_root_may_not_be_written(modest: Path) -> None:
    (modest / "a.py").write_text("x = 1\n", "utf-8")
    modest.chmod(0o500)
    with Bench(quick(modest)) as bench:
        assert "could not be tried out" in bench.status().message
        (modest / "a.py").write_text("x = 2\n", "utf-8")
        assert [change.path for change in bench.next().changes] == ["a.py"]


def test_in_an_isolated_interpreter(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", "utf-8")
    script = """
        import sys
        sys.path[:0] = [here, root]
        from pathlib import Path
        from watcher_bench import Bench, quick
        project = Path(folder)
        with Bench(quick(project)) as bench:
            assert bench.detail == "1 files in 1 folders, listening", bench.detail
            assert bench.status().health == "ok"
            (project / "p").mkdir()
            (project / "p" / "b.py").write_text("y = 1")
            (project / "a.py").write_text("x = 2")
            found = []
            while len(found) < 2:
                found += [change.path for change in bench.next().changes]
            assert sorted(found) == ["a.py", "p/b.py"], found
        import threading
        assert threading.enumerate() == [threading.current_thread()], threading.enumerate()
    """
    here = Path(__file__).parent
    interpreter = interpreters.create()
    try:
        interpreter.prepare_main(here=str(here), root=str(here.parent.parent), folder=str(tmp_path))
        interpreter.exec(dedent(script))
    finally:
        interpreter.close()
