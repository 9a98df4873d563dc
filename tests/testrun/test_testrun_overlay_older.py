"""Overlays in older Pythons with older versions of pytest, whose private names they rely on."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from overlaykit import end_of, items_of, order_of, process_session, written
from overlaytree import DISK, MEMORY, compared, write_down
from overlayways import OVER, OVERLAYS, WAYS, ways_project

pytestmark = pytest.mark.network


@pytest.fixture(scope="module", params=["3.10 7.0.1", "3.11 7.4.4", "3.12 8.0.2", "3.13 8.4.2"])
def older(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    """A Python and what makes it find that pytest, installed once for all tests of this file."""
    version, release = request.param.split()
    python, folder = shutil.which(f"python{version}"), str(tmp_path_factory.mktemp("site-packages"))
    there = {"PYENV_VERSION": version, "PYTHONPATH": folder}
    if python is None or subprocess.run([python, "-c", ""], check=False, env={**os.environ, **there}).returncode:
        pytest.skip(f"no Python {version} on this machine")
    install = (python, "-m", "pip", "install", "--quiet", "--target", folder, f"pytest=={release}")
    subprocess.run(install, check=True, capture_output=True, env={**os.environ, **there})
    return python, there


@pytest.mark.parametrize("arguments", [(), ("tests/pack/test_relative.py::TestIt::test_own", "tests/test_fresh.py")])
def test_as_if_they_were_written(
    older: tuple[str, dict[str, str]], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    python, there = older
    root = written(tmp_path.resolve() / "project", DISK)
    unwritten = compared(process_session(root, order_of(MEMORY, arguments), python=python, there=there), root)
    assert len(unwritten) > 4
    order = order_of({}, arguments)
    assert compared(process_session(write_down(root), order, python=python, there=there), root) == unwritten


def test_ways_of_reading(older: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    python, there = older
    root = ways_project(tmp_path.resolve() / "project")
    said = process_session(root, order_of(OVER, ["test_ways.py"]), python=python, there=there)
    found = dict(zip(WAYS, items_of(said).values(), strict=True))
    assert {way: item.message for way, item in found.items() if item.outcome != "passed"} == {}
    assert [way for way, item in found.items() if not item.disk_reads] == list(OVERLAYS)
    assert not [path for path, digest in end_of(said).ran if not digest]
