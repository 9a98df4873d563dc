"""`companion coverage` of a real project says what coverage.py says, and so do files that it writes."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import CHECKOUT, PATIENCE, PROJECTS, Front, save

from companion.store.database import Database
from companion.store.lines import Lines

Join = Callable[[Path], Front]


def ran(root: Path, *command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "120"}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=root, capture_output=True, text=True, check=False, timeout=120,
        env=environment,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    return done.stdout


def covered(root: Path, *words: str) -> dict[str, tuple[int, list[int]]]:
    """Statements and missing lines, by file."""
    told = [json.loads(line) for line in ran(root, "companion.cli", "coverage", "--json", *words).splitlines()]
    assert told[-1]["unknown"] == []
    return {of["path"]: (of["statements"], of["missing_lines"]) for of in told[:-1]}


def theirs(root: Path, data: str) -> dict[str, tuple[int, list[int]]]:
    ran(root, "coverage", "json", "-q", "--data-file", data, "-o", "coverage.json")
    files = json.loads((root / "coverage.json").read_text())["files"]
    return {path: (of["summary"]["num_statements"], of["missing_lines"]) for path, of in files.items()}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return shutil.copytree(PROJECTS / "shop", tmp_path / "shop")


def test_it_is_what_coverage_py_says(shop: Path, tmp_path: Path, join: Join) -> None:
    other = shutil.copytree(shop, tmp_path / "other")
    ran(other, "coverage", "run", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    expected = theirs(other, ".coverage")
    join(shop).verdict()
    found = covered(shop, "--data", "ours", "--lcov", "lines.info", "--by-item")
    assert found == expected
    assert theirs(shop, "ours") == expected
    assert (shop / "lines.info").read_text().count("end_of_record") == len(expected)


def test_it_is_found_out_while_nobody_waits(shop: Path, join: Join) -> None:
    front = join(shop)
    front.verdict()
    tests = {path.relative_to(shop).as_posix() for path in shop.glob("tests/test_*.py")}
    end = time.monotonic() + PATIENCE
    known: set[str] = set()
    while known != tests and time.monotonic() < end:
        front.diagnose()
        database = Database(str(shop), "state.db")
        known = set(Lines(database).states())
        database.close()
    assert known == tests


def test_lines_are_known_again_after_an_edit(shop: Path, join: Join) -> None:
    front = join(shop)
    front.verdict()
    before = covered(shop, "src")["src/shop/cli.py"]
    cli = shop / "src/shop/cli.py"
    save(cli, "import argparse", "# said\n\nimport argparse")
    front.verdict()
    statements, missing = covered(shop, "src")["src/shop/cli.py"]
    assert (statements, missing) == (before[0], [line + 2 for line in before[1]])
