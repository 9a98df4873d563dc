"""A session over texts that exist only in memory: what it runs, shows and proves, in both lanes."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from overlaykit import LANES, end_of, items_of, outcomes_of, overlaid, tree_of, written

from companion.core.text import content_hash
from companion.messages import EVERYTHING, Message
from companion.runtime.codec import LARGE

FILES = {
    "app/__init__.py": "",
    "app/price.py": "RATE = 1\n\ndef total(n):\n    return n * RATE\n",
    "conftest.py": "import pytest\n@pytest.fixture\ndef two(): return 2\n",
    "test_price.py": "from app.price import total\n\ndef test_total(two):\n    assert total(two) == 2\n",
}
GREEN = {"test_price.py::test_total": "passed"}
RED = {"test_price.py::test_total": "failed"}
TRIPLED = FILES["app/price.py"].replace("1", "3")

Run = Callable[..., list[Message]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return written(tmp_path.resolve() / "project", FILES)


@pytest.fixture(params=LANES)
def run(request: pytest.FixtureRequest, root: Path, tmp_path: Path) -> Run:
    """A session with these overlays; whatever it does, nothing is written into the project."""

    def session(overlays: Mapping[str, str | bytes | None], *arguments: str) -> list[Message]:
        before = tree_of(root)
        said = overlaid(request.param, root, overlays, *arguments, code=str(tmp_path / "code"))
        assert tree_of(root) == before
        return said

    return session


def digest(text: str) -> str:
    return content_hash(text.encode())


def test_the_disk_and_an_overlay_in_turn(run: Run) -> None:
    """Compiled code is kept by content: neither is ever taken for the other."""
    for overlays, outcomes in [({}, GREEN), ({"app/price.py": TRIPLED}, RED)] * 2:
        said = run(overlays)
        assert outcomes_of(said) == outcomes
        assert end_of(said).ran == tuple((path, digest(text)) for path, text in overlays.items())


def test_what_is_edited_and_not_saved_is_what_fails_and_what_is_shown(run: Run) -> None:
    test = "from app.price import total\n\n# more\ndef test_total(two):\n    assert total(two) == 7, 'unsaved'\n"
    item = items_of(run({"app/price.py": TRIPLED, "test_price.py": test}))["test_price.py::test_total"]
    assert (item.outcome, item.path, item.line) == ("failed", "test_price.py", 5)
    assert item.message == "AssertionError: unsaved"
    assert "assert 6 == 7" in item.report
    assert ">       assert total(two) == 7, 'unsaved'" in item.report
    assert [frame.text for frame in item.frames] == ["assert total(two) == 7, 'unsaved'"]


def test_a_traceback_through_an_unsaved_module(run: Run) -> None:
    broken = "\n\ndef total(n):\n    raise ValueError('unsaved')\n"
    item = items_of(run({"app/price.py": broken}))["test_price.py::test_total"]
    assert (item.message, item.path, item.line) == ("ValueError: unsaved", "app/price.py", 4)
    assert ">   raise ValueError('unsaved')" in item.report.replace("    raise", "raise")
    assert item.frames[-1].text == "raise ValueError('unsaved')"


def test_an_unsaved_conftest(run: Run) -> None:
    conftest = FILES["conftest.py"].replace("return 2", "return 22")
    said = run({"conftest.py": conftest})
    assert outcomes_of(said) == RED
    assert end_of(said).ran == (("conftest.py", digest(conftest)),)


def test_an_unsaved_text_that_does_not_compile(run: Run) -> None:
    item = items_of(run({"app/price.py": "\ndef total(:\n"}))["test_price.py"]
    assert (item.outcome, item.path, item.line) == ("error", "app/price.py", 2)
    assert item.frames[-1].text == "def total(:"


def test_a_text_in_another_encoding(run: Run) -> None:
    text = "# coding: latin-1\nNAME = 'é'\ndef total(n):\n    assert NAME == '\\xe9'\n    raise KeyError('é')\n"
    item = items_of(run({"app/price.py": text.encode("latin-1")}))["test_price.py::test_total"]
    assert (item.line, item.frames[-1].text) == (5, "raise KeyError('é')")


def test_a_large_text(run: Run) -> None:
    """It crosses between interpreters as a view, which is given back."""
    text = TRIPLED + "#" * LARGE
    said = run({"app/price.py": text})
    assert outcomes_of(said) == RED
    assert end_of(said).ran == (("app/price.py", digest(text)),)


def test_plugins_that_have_to_be_known_from_the_first(run: Run) -> None:
    assert outcomes_of(run({"app/price.py": TRIPLED}, "-p", "no:doctest")) == RED


def test_an_overlay_that_is_not_executed_is_not_among_those_that_ran(run: Run) -> None:
    assert end_of(run({"app/price.py": TRIPLED, "app/other.py": "X = 1\n", "notes.md": "x"})).ran == (
        ("app/price.py", digest(TRIPLED)),
    )


def test_what_was_executed_in_an_overlays_place_is_told(run: Run) -> None:
    executes = "import app\nPATH = app.__path__[0] + '/price.py'\nexec(compile(open(PATH).read(), PATH, 'exec'))\n"
    test = executes + "def test(): pass\n"
    said = run({"app/price.py": TRIPLED, "test_new.py": test}, "test_new.py")
    assert end_of(said).ran == (("app/price.py", ""), ("test_new.py", digest(test)))
    assert items_of(said)["test_new.py::test"].disk_reads == ("app/price.py",)


def test_the_pass_hook_sees_unsaved_texts_too(run: Run) -> None:
    test = FILES["test_price.py"].replace("== 2", "== 6")
    conftest = FILES["conftest.py"] + "\ndef pytest_assertion_pass(item, orig): item.user_properties.append(orig)\n"
    overlays = {"app/price.py": TRIPLED, "test_price.py": test, "conftest.py": conftest}
    said = run(overlays, "-o", "enable_assertion_pass_hook=true")
    assert outcomes_of(said) == GREEN
    assert end_of(said).ran == tuple((path, digest(overlays[path])) for path in sorted(overlays))


def test_a_file_that_was_renamed_in_memory(run: Run) -> None:
    said = run(
        {
            "app/price.py": None,
            "app/cost.py": TRIPLED,
            "test_price.py": None,
            "test_cost.py": FILES["test_price.py"].replace("price", "cost"),
        }
    )
    assert outcomes_of(said) == {"test_cost.py::test_total": "failed"}


def test_a_file_that_is_deleted_in_memory(run: Run) -> None:
    item = items_of(run({"app/price.py": None}))["test_price.py"]
    assert (item.outcome, item.message) == ("error", "ModuleNotFoundError: No module named 'app.price'")
    assert outcomes_of(run({"conftest.py": None})) == {"test_price.py::test_total": "error"}


MARKS = """
import subprocess, sys, pathlib
import pytest
from app import price

def read(): return pathlib.Path(price.__file__).read_text()

@pytest.fixture
def own(): return read()

def test_before(): pass
def test_reads(): read()
def test_after(): pass
def test_sets_up(own): pass
def test_writes(): open(price.__file__, "a").close()
def test_lists(): list(pathlib.Path(price.__file__).parent.iterdir())
def test_starts(): subprocess.run([sys.executable, "-c", ""])
def test_other_files(): pathlib.Path(__file__).with_name("conftest.py").read_text()
"""
SHARED = """
@pytest.fixture(scope="module")
def everyones(): return read()

def test_shared(everyones): pass
def test_later(): pass
"""


def test_only_the_item_that_saw_the_disk_is_marked(run: Run) -> None:
    said = run({"app/price.py": TRIPLED, "app/new.py": "", "test_new.py": MARKS + SHARED}, "test_new.py")
    marks = {node_id.partition("::")[2]: item.disk_reads for node_id, item in items_of(said).items()}
    assert set(outcomes_of(said).values()) == {"passed"}
    price = ("app/price.py",)
    assert marks == {
        "test_before": (),
        "test_reads": price,
        "test_after": (),
        "test_sets_up": price,
        "test_writes": price,
        "test_lists": ("app/new.py",),
        "test_starts": (EVERYTHING,),
        "test_other_files": (),
        "test_shared": price,
        "test_later": price,
    }


def test_what_an_import_read_concerns_all_that_follow(run: Run) -> None:
    late = "import app.price\nTEXT = open(app.price.__file__).read()\n"
    test = "def test_before(): pass\ndef test_imports(): import late\ndef test_after(): pass\n"
    said = run({"app/price.py": TRIPLED, "late.py": late, "test_new.py": test}, "test_new.py")
    assert [bool(item.disk_reads) for item in items_of(said).values()] == [False, True, True]


UNDONE = """
import importlib, io, linecache, os, pathlib, runpy, sys, tokenize
import _pytest.assertion.rewrite as rewrite
from companion.messages import Overlay
from companion.workers.testrun.freshness import Freshness
from companion.workers.testrun.overlays import Overlays
external = importlib.import_module("_frozen_importlib_external")
owners = [external, external.FileLoader, external.FileFinder, external.SourceLoader, rewrite,
          rewrite.AssertionRewritingHook, io, linecache, os, pathlib, runpy, tokenize,
          importlib.import_module("_posixsubprocess")]
def state():
    return [dict(vars(owner)) for owner in owners]
root = sys.argv[1]
sys.path.insert(0, root)
before = state()
freshness = Freshness(root, ())
freshness.apply()
overlays = Overlays(root, (Overlay("new/made.py", b"X = 1"), Overlay("app/price.py", b"X = 2")), print)
freshness.lay(overlays)
import new.made, app.price
assert (new.made.X, app.price.X) == (1, 2) and linecache.getline(new.made.__file__, 1) == "X = 1\\n"
assert os.path.isfile(new.made.__file__) and os.path.isdir(root + "/new") and not open(os.devnull).read()
assert len(overlays.ran) == 2
freshness.undo()
for owner, was, now in zip(owners, before, state()):
    changed = {name for name in {**was, **now} if was.get(name) is not now.get(name)}
    assert not changed, (owner, changed)
assert not os.path.exists(new.made.__file__) and linecache.getline(new.made.__file__, 1) == ""
del sys.modules["new"], sys.modules["new.made"], sys.modules["app.price"]
import app.price
assert app.price.RATE == 1
try:
    import new.made
except ImportError:
    print("undone")
"""


def test_all_is_undone(root: Path) -> None:
    tree = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-B", "-c", UNDONE, str(root)], cwd=tree, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "undone\n"), done.stderr
