"""Failed subtests and teardowns: the item fails, and each is told in the words of pytest's own summary."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sessionkit import Item, interpreter_items, process_items
from wordskit import Words, outcome_of, plain_words

from companion.workers.testrun.reporting import MOST_OF_PARAMETERS

SUBTESTS = """
import unittest

import pytest


class Case(unittest.TestCase):
    def test_several(self):
        for i in range(5):
            with self.subTest("even", i=i):
                if i == 2:
                    self.skipTest("two")
                self.assertEqual(i % 2, 0)

    def test_nested(self):
        with self.subTest("outer", a=1):
            with self.subTest(b="[x] (y=1)"):
                self.fail("inside")

    def test_fails_afterwards(self):
        with self.subTest(i=1):
            self.fail("a subtest")
        self.fail("the test")

    def test_skips_afterwards(self):
        with self.subTest(i=1):
            pass
        self.skipTest("the rest")

    def test_all_pass(self):
        for i in range(3):
            with self.subTest(i=i):
                pass


class Dirty(unittest.TestCase):
    def tearDown(self):
        raise OSError("dirty")

    def test_dirty(self):
        with self.subTest(i=1):
            self.fail("a subtest")


@pytest.fixture
def dirty():
    yield
    raise OSError("dirty")


def test_several(subtests):
    for i in range(5):
        with subtests.test("even", i=i):
            if i == 2:
                pytest.skip("two")
            assert i % 2 == 0


def test_passes_afterwards(subtests):
    for i in range(3):
        with subtests.test(i=i):
            assert i


def test_without_a_word(subtests):
    with subtests.test():
        assert 0


def test_lines(subtests):
    with subtests.test(text="a\\nb"):
        assert 0


def test_dirty(subtests, dirty):
    with subtests.test("before", i=1):
        assert 0


def test_only_dirty(subtests, dirty):
    with subtests.test(i=1):
        pass


def test_fails_afterwards(subtests):
    with subtests.test(i=1):
        assert 0
    raise KeyError("the test")


def test_skipped(subtests):
    with subtests.test(i=1):
        pytest.skip("one")


def test_expected(subtests):
    with subtests.test(i=1):
        pytest.xfail("known")


@pytest.mark.xfail
def test_expected_of_all(subtests):
    with subtests.test(i=1):
        assert 0


@pytest.mark.xfail(strict=True)
def test_strict(subtests):
    with subtests.test(i=1):
        assert 0


@pytest.mark.parametrize("n", [1, 2])
def test_numbers(subtests, n):
    for i in range(3):
        with subtests.test(i=i):
            assert i < n


def test_all_pass(subtests):
    for i in range(3):
        with subtests.test(i=i):
            pass
"""

Items = Callable[[Path], dict[str, Item]]


def in_an_interpreter(root: Path) -> dict[str, Item]:
    return interpreter_items(root, root.parent / "code", "-p", "no:cacheprovider")


def in_a_process(root: Path) -> dict[str, Item]:
    return process_items(sys.executable, root, {})


def check(found: dict[str, Item], words: Words) -> None:
    """Each word of pytest's about a subtest or a teardown is among what is told of the item."""
    assert {node_id: item.outcome for node_id, item in found.items()} == {n: outcome_of(w) for n, w in words.items()}
    for node_id, item in found.items():
        assert told(item) == {**expected(words[node_id])}, node_id


def told(item: Item) -> dict[str, str]:
    """What is said of each subtest that did not pass, and of a teardown: the first in the item's message."""
    said: dict[str, str] = {}
    for report in item.reports:
        if not report.startswith(("subtest ", "teardown failed")):
            continue
        label, _, message = report.partition(": ")
        about, _, outcome = label.removeprefix("subtest ").rpartition(" ")
        if not message and outcome == "failed":
            message = item.message.partition(" (and ")[0].removeprefix(f"{about}: ")
        said[label] = message if outcome != "xfailed" else ""  # pytest gives its reason, we what was raised
    return said


def expected(words: dict[str, str]) -> dict[str, str]:
    kinds = {"SUBFAILED": "failed", "SUBSKIPPED": "skipped", "SUBXFAIL": "xfailed"}
    said: dict[str, str] = {}
    for word, message in words.items():
        for start, outcome in kinds.items():
            if word.startswith(start):
                label = f"subtest {word.removeprefix(start)} {outcome}"
                said[label] = message.removeprefix("Skipped: ") if outcome != "xfailed" else ""
    return said | ({"teardown failed": words["ERROR"]} if "ERROR" in words else {})


@pytest.mark.parametrize("items", [in_an_interpreter, in_a_process])
def test_they_are_told_as_pytest_tells_them(tmp_path: Path, items: Items) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "test_subtests.py").write_text(SUBTESTS, "utf-8")
    check(items(root), plain_words(sys.executable, root, {}))


OLDER = """
import pytest

class Closing:
    is_open = True
    def __repr__(self):
        return "open" if self.is_open else "closed"

@pytest.fixture
def closing():
    made = Closing()
    yield made
    made.is_open = False

def test_large(subtests):
    with subtests.test(i="x" * 100_000):
        assert 0

def test_several(subtests, closing):
    for i in range(4):
        with subtests.test("even", i=i, it=closing):
            if i == 2:
                pytest.skip("two")
            assert i % 2 == 0

def test_skipped(subtests):
    with subtests.test():
        pytest.skip("one")
    with subtests.test(i=2):
        pass
"""


@pytest.mark.network
def test_those_of_the_plugin_for_older_pytests(tmp_path: Path) -> None:
    python = shutil.which("python3.12")
    there = {"PYENV_VERSION": "3.12", "PYTHONPATH": str(tmp_path / "site-packages")}
    if python is None or subprocess.run([python, "-c", ""], check=False, env={**os.environ, **there}).returncode:
        pytest.skip("no Python 3.12 on this machine")
    install = (python, "-m", "pip", "install", "--quiet", "--target", there["PYTHONPATH"])
    packages = ("pytest==8.3.5", "pytest-subtests==0.14.2")
    subprocess.run([*install, *packages], check=True, capture_output=True, env={**os.environ, **there})
    root = tmp_path / "project"
    root.mkdir()
    (root / "test_older.py").write_text(OLDER, "utf-8")
    found = process_items(python, root, there)
    assert found["test_older.py::test_several"] == Item(
        "failed",
        "[even] (i=1, it=open): assert (1 % 2) == 0 (and 1 more failure)",
        ("setup passed", "subtest [even] (i=1, it=open) failed", "subtest [even] (i=2, it=open) skipped: two",
         "subtest [even] (i=3, it=open) failed: assert (3 % 2) == 0", "call passed", "teardown passed"),
    )  # fmt: skip
    about = "(i='" + "x" * (MOST_OF_PARAMETERS - 7) + "..."
    assert found["test_older.py::test_large"].message == f"{about}: assert 0"
    skipped = ("setup passed", "subtest (<subtest>) skipped: one", "call passed", "teardown passed")
    assert found["test_older.py::test_skipped"] == Item("passed", "", skipped)
