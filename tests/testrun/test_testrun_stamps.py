"""What a warm spare compares: files that it has imported, and what is installed."""

import os
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

from companion.workers.testrun.stamps import loaded, outdated


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where one module is installed, which has been imported."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "installed.py").write_text("")
    os.utime(folder / "installed.py", (1, 1))
    module = ModuleType("installed")
    module.__file__ = str(folder / "installed.py")
    monkeypatch.setitem(sys.modules, "installed", module)
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    return folder


def test_nothing_has_changed(site: Path) -> None:
    stamps = loaded()
    assert {str(site), str(site / "installed.py")} <= stamps.keys()
    assert not outdated(stamps)


def test_python_makes_its_cache(site: Path) -> None:
    """Which it does in an environment that has not been used: that is no reason to begin again and again."""
    stamps = loaded(time.time_ns() - 10**9)
    (site / "__pycache__").mkdir()
    (site / "__pycache__" / "installed.cpython-314.pyc").write_text("")
    assert not outdated(stamps)
    assert not outdated(loaded(time.time_ns() - 10**9))


@pytest.mark.parametrize("name", ["other.py", "other-1.0.dist-info", "other.pth"])
def test_something_is_installed_or_removed(site: Path, name: str) -> None:
    stamps = loaded()
    (site / name).write_text("")
    assert outdated(stamps)
    with_it = loaded()
    (site / name).unlink()
    assert outdated(with_it)
    assert not outdated(stamps)


def test_a_file_is_written(site: Path) -> None:
    stamps = loaded()
    os.utime(site / "installed.py", (2, 2))
    assert outdated(stamps)


def test_a_file_was_written_while_it_was_imported_perhaps(site: Path) -> None:
    os.utime(site / "installed.py")
    assert outdated(loaded(time.time_ns() - 10**10))
    assert not outdated(loaded(time.time_ns() + 10**10))


def test_what_is_gone(site: Path) -> None:
    stamps = loaded()
    (site / "installed.py").unlink()
    site.rmdir()
    assert outdated(stamps)
