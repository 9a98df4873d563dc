"""What also runs in the project's own Python, from 3.10 on."""

import ast
import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from treekit import ROOT

from companion.runtime.shipping import SHIPPED

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PATTERNS = SETTINGS["tool"]["ruff"]["per-file-target-version"]
SHARED = sorted(path for pattern in PATTERNS for path in ROOT.glob(pattern))

REACH = """
import sys
sys.path.insert(0, sys.argv[1])
import companion.workers.testrun.main, companion.workers.testrun.session
print("\\n".join(m.__file__ for n, m in sorted(sys.modules.items()) if n.startswith("companion") and m.__file__))
"""


def test_what_is_shipped_is_what_runs_there() -> None:
    """All of it, with the packages that hold it, and nothing else."""
    packages = {folder / "__init__.py" for path in SHARED for folder in path.parents if folder != ROOT}
    expected = {path for path in {*SHARED, *packages} if path.is_relative_to(ROOT / "companion") and path.exists()}
    assert {path for pattern in SHIPPED for path in (ROOT / "companion").glob(pattern)} == expected


@pytest.mark.parametrize("path", SHARED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_parses_as_python_3_10(path: Path) -> None:
    ast.parse(path.read_text("utf-8"), feature_version=(3, 10))


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_imports_there_and_reaches_nothing_else(version: str) -> None:
    python = shutil.which(f"python{version}")
    there = {**os.environ, "PYENV_VERSION": version}  # where a version manager stands in front of them
    if python is None or subprocess.run([python, "-c", ""], check=False, capture_output=True, env=there).returncode:
        pytest.skip(f"no Python {version} on this machine")
    command = [python, "-S", "-c", REACH, str(ROOT)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, env=there)
    assert said.returncode == 0, said.stderr
    reached = {line for line in said.stdout.splitlines() if not line.endswith("__init__.py")}
    assert reached <= {str(path) for path in SHARED}
