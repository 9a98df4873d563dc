"""Random mutations of whole projects: every item whose outcome a full run by plain pytest changes is selected.

``MUTATIONS=500`` in the environment makes so many of each project, ``MUTATIONS_SEED=2`` others.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import pytest
from enginekit import write

from benchmarks.engine import Front
from benchmarks.mutation.bench import told
from benchmarks.mutation.judging import Judge
from benchmarks.mutation.mutants import Mutants
from benchmarks.mutation.sides import Plain

NUMBER = int(os.environ.get("MUTATIONS", "20"))
SEED = int(os.environ.get("MUTATIONS_SEED", "1"))
CONFIGURATION = """\
[pytest]
testpaths = tests
pythonpath = . src
addopts = -m "not slow"
markers = slow
"""
"""Of either project, but that what waits for the clock is left out."""


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No plugins but pytest's own: the truth would import them again each time."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.mark.usefixtures("alone")
@pytest.mark.timeout(300 + 20 * NUMBER)
@pytest.mark.parametrize("name", ["entwined", "shop"])
def test_mutations(name: str, project: Callable[[str], Path], tmp_path: Path) -> None:
    root = project(name)
    write(root / "pytest.ini", CONFIGURATION)
    truth = shutil.copytree(root, tmp_path / "truth" / name)
    assert asyncio.run(missed(root, truth)) == []


async def missed(root: Path, truth: Path) -> list[str]:
    """Mutations after which not all was selected, in full."""
    mutants = islice(Mutants(truth, SEED), NUMBER)
    with Plain(truth, sys.executable) as plain:
        async with Front(root) as front:
            await front.idle()
            return [told(verdict) async for verdict in Judge(front, root, plain).judge(mutants) if verdict.missed]
