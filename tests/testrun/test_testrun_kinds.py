"""Items of every kind come out as plain pytest's, in both lanes, with the same words."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sessionkit import Item, interpreter_items, process_items
from wordskit import outcome_of, plain_words

UNITTEST = """
import unittest

class BrokenClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise OSError("no class")
    def test_a(self): pass
    def test_b(self): pass

class SkippedClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise unittest.SkipTest("not here")
    def test_a(self): pass

class DirtyClass(unittest.TestCase):
    @classmethod
    def tearDownClass(cls):
        raise OSError("dirty class")
    def test_a(self): pass
    def test_b(self): pass

@unittest.skip("all of it")
class AllSkipped(unittest.TestCase):
    def test_a(self): pass

class Case(unittest.TestCase):
    def setUp(self):
        if "broken" in self.id(): raise OSError("no set-up")
    def tearDown(self):
        if "dirty" in self.id(): raise OSError("dirty")
    def test_broken(self): pass
    def test_dirty(self): pass
    def test_dirty_and_red(self): self.fail("red")
    def test_cleanup(self): self.addCleanup(self.fail, "in a clean-up")
    @unittest.expectedFailure
    def test_expected(self): self.fail("known")
    @unittest.expectedFailure
    def test_unexpected(self): pass
    @unittest.expectedFailure
    def test_expected_subtest(self):
        with self.subTest(i=1): self.fail("known")
    @unittest.skip("by name")
    def test_skipped(self): pass
    def test_skips(self): self.skipTest("inside")
    def test_green(self): self.assertTrue(1)

class Later(unittest.IsolatedAsyncioTestCase):
    async def test_red(self): self.assertEqual(1, 2)
    async def test_green(self): pass

def setUpModule(): pass
def load_tests(*_): raise OSError("nobody asks")
"""
BROKEN_MODULE = """
import unittest

def setUpModule(): raise OSError("no module")

class Case(unittest.TestCase):
    def test_a(self): pass
    def test_b(self): pass
"""
DOCTESTS = '''
"""
>>> 1 + 1
2
"""

def red():
    """
    >>> 1 + 1
    3
    """

def raises():
    """
    >>> 1 / 0
    """

def skipped():
    """
    >>> 1 + 1  # doctest: +SKIP
    3
    """

def asks():
    """
    >>> number
    1
    """

def skips():
    """
    >>> import pytest
    >>> pytest.skip("here")
    """
'''
YAML = """
import pytest

def pytest_collect_file(parent, file_path):
    if file_path.suffix == ".yaml":
        return File.from_parent(parent, path=file_path)

class File(pytest.File):
    def collect(self):
        text = self.path.read_text()
        if "broken" in text:
            raise ValueError("no such file")
        for line in text.splitlines():
            name, _, value = line.partition(": ")
            yield Item.from_parent(self, name=name, value=value)

class Wrong(Exception):
    pass

class Item(pytest.Item):
    def __init__(self, value, **options):
        super().__init__(**options)
        self.value = value
    def runtest(self):
        if self.value == "skip":
            pytest.skip("told so")
        if self.value != "green":
            raise Wrong(self.value)
    def repr_failure(self, excinfo):
        return f"usage: {excinfo.value}" if isinstance(excinfo.value, Wrong) else super().repr_failure(excinfo)
    def reportinfo(self):
        return self.path, 0, f"usage: {self.name}"
"""
MARKS = """
import pytest

@pytest.fixture
def broken(): raise OSError("no fixture")

@pytest.fixture
def dirty():
    yield
    raise OSError("dirty")

@pytest.mark.xfail(strict=True, reason="known")
def test_strict_passes(): pass
@pytest.mark.xfail(strict=True, reason="known")
def test_strict_fails(): assert 0
@pytest.mark.xfail(reason="known")
def test_passes(): pass
@pytest.mark.xfail(raises=OSError, reason="known")
def test_other(): raise KeyError
@pytest.mark.xfail(run=False, reason="known")
def test_not_run(): assert 0
@pytest.mark.xfail(reason="known")
def test_broken(broken): pass
@pytest.mark.xfail(reason="known")
def test_dirty(dirty): assert 0
@pytest.mark.xfail(reason="known", strict=True)
def test_dirty_only(dirty): pass
def test_calls(): pytest.xfail("inside")
@pytest.mark.skipif(True, reason="so")
def test_skipped(dirty): pass
def test_skips_and_is_dirty(dirty): pytest.skip("here")
def test_imports(): pytest.importorskip("nothing_of_that_name")
@pytest.mark.parametrize("n", [1, pytest.param(2, marks=pytest.mark.xfail(strict=True)), pytest.param(3, id="a::b")])
def test_numbers(n): assert n == 1
def test_context():
    try:
        raise KeyError
    except KeyError as error:
        assert error.__context__ is None
"""
RERUN = """
import pytest
from _pytest.runner import runtestprotocol

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    again, attempts = True, 0
    while again:
        attempts, again = attempts + 1, False
        for report in runtestprotocol(item, nextitem=nextitem, log=False):
            if report.failed and attempts < 3:
                report.outcome, again = "rerun", True
            item.ihook.pytest_runtest_logreport(report=report)
            if again:
                item._initrequest()
                break
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
"""
ATTEMPTS = """
import pytest
attempts = []

@pytest.fixture
def shaky():
    attempts.append(1)
    assert len(attempts) % 3 == 0

def test_red(): assert 0
def test_third():
    attempts.append(1)
    assert len(attempts) == 3
def test_green(): pass
def test_shaky(shaky): pass
def test_skipped(): pytest.skip("here")
"""

Items = Callable[[Path], dict[str, Item]]


def in_an_interpreter(root: Path) -> dict[str, Item]:
    return interpreter_items(root, root.parent / "code", "-p", "no:cacheprovider")


def in_a_process(root: Path) -> dict[str, Item]:
    return process_items(sys.executable, root, {})


@pytest.mark.parametrize("items", [in_an_interpreter, in_a_process])
@pytest.mark.parametrize(
    "files",
    [
        {"test_unittest.py": UNITTEST, "test_module.py": BROKEN_MODULE},
        {
            "lib.py": DOCTESTS,
            "test_text.txt": ">>> 1 + 1\n2\n>>> 2 + 2\n5\n",
            "test_fine.txt": ">>> 1 + 1\n2\n",
            "conftest.py": "import pytest\n@pytest.fixture(autouse=True)\ndef n(doctest_namespace):\n"
            "    doctest_namespace['number'] = 1\n",
            "pytest.ini": "[pytest]\naddopts = --doctest-modules\n",
        },
        {"lib.py": DOCTESTS, "pytest.ini": "[pytest]\naddopts = --doctest-modules --doctest-continue-on-failure\n"},
        {"conftest.py": YAML, "test_a.yaml": "one: green\ntwo: red\nthree: skip\n", "test_b.yaml": "broken"},
        {"test_marks.py": MARKS},
        {"test_marks.py": MARKS, "pytest.ini": "[pytest]\nxfail_strict = true\n"},
        {"test_marks.py": MARKS, "pytest.ini": "[pytest]\naddopts = --runxfail\n"},
        {"conftest.py": RERUN, "test_attempts.py": ATTEMPTS},
    ],
    ids=["unittest", "doctests", "all_of_doctests", "yaml", "marks", "strict", "runxfail", "rerun"],
)
def test_outcomes_are_pytests(tmp_path: Path, files: dict[str, str], items: Items) -> None:
    root = tmp_path / "project"
    root.mkdir()
    for name, text in files.items():
        (root / name).write_text(text, "utf-8")
    words = plain_words(sys.executable, root, {})
    found = items(root)
    assert {n: item.outcome for n, item in found.items()} == {n: outcome_of(said) for n, said in words.items()}
    for node_id, item in found.items():
        (first,) = [words[node_id][word] for word in ("FAILED", "ERROR") if word in words[node_id]][:1] or [""]
        if item.outcome in ("failed", "error") and first and "failed on line" not in first:
            assert first in item.message, node_id
