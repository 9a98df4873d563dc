"""Where benchmarks run: copies of projects in a temporary folder, with an environment that is said out loud.

What a benchmark starts keeps its sockets and logs in that folder too. ``PYTHONDONTWRITEBYTECODE`` is unset, so that
bytecode is cached on every side, unless `uncached` is asked for.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Generator, Mapping
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
SHOP = CHECKOUT / "fixtures" / "projects" / "shop"
LEFT_OUT = shutil.ignore_patterns(".companion", "__pycache__", ".pytest_cache")


@contextlib.contextmanager
def sandbox() -> Generator[Path]:
    """A temporary folder.

    Effect: while it lives, the environment that is handed down points to it and to the environment of this Python.
    """
    with tempfile.TemporaryDirectory(prefix="cb-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        for sub in ("run", "state"):
            (folder / sub).mkdir(mode=0o700)
        with environment(
            {
                "PYTHONDONTWRITEBYTECODE": None,
                "PYTHONPYCACHEPREFIX": None,
                "VIRTUAL_ENV": sys.prefix,
                "XDG_RUNTIME_DIR": str(folder / "run"),
                "XDG_STATE_HOME": str(folder / "state"),
            }
        ):
            yield folder


@contextlib.contextmanager
def environment(values: Mapping[str, str | None]) -> Generator[None]:
    """These variables set (None: unset) for what is started meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    _set(values)
    try:
        yield
    finally:
        _set(before)


@contextlib.contextmanager
def uncached(folder: Path, warm: Path) -> Generator[None]:
    """Nothing has bytecode but the standard library, and none is written: a fresh install on a machine that sets
    ``PYTHONDONTWRITEBYTECODE``. ``warm`` is a project whose tests import what of the standard library is needed.
    """
    caches = folder / "caches"
    with environment({"PYTHONPYCACHEPREFIX": str(caches)}):
        subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=warm, capture_output=True, check=False)
        subprocess.run([sys.executable, "-c", "import companion.engine"], cwd=warm, check=True)
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), str(CHECKOUT), str(folder)}:
        shutil.rmtree(caches / place.lstrip("/"), ignore_errors=True)
    with environment({"PYTHONPYCACHEPREFIX": str(caches), "PYTHONDONTWRITEBYTECODE": "1"}):
        yield


def copy(project: Path, folder: Path, name: str) -> Path:
    """A fresh copy of a project, without what earlier runs left in it."""
    return shutil.copytree(project, folder / name, ignore=LEFT_OUT)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
