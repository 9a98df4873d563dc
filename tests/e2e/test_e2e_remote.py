"""The project's Python behind a command that sees the project under another root, and has nothing of companion."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import Front, children_of, save, wait_gone, write
from remotekit import Remote, copy_pytest, remote

from companion.messages import ItemStarted, RunFinished, Selected

Project = Callable[[str], Path]
Join = Callable[[Path], Front]

WHERE = """\
import importlib.machinery, os, sys
from pathlib import Path

def test_the_root_is_another():
    assert os.getcwd() == {there!r} and __file__ == {there!r} + "/test_where.py" and not Path({here!r}).exists()

def test_companion_is_in_no_folder():
    assert importlib.machinery.PathFinder.find_spec("companion") is None
    assert not any(Path(folder, "companion").exists() for folder in sys.path)
    assert not [name for name, m in sys.modules.items() if name.startswith("companion") and hasattr(m, "__file__")]

def test_nothing_of_ours_is_on_its_path():
    assert sys.path[0] == {there!r}
"""
HANGS = """\
import os, subprocess, sys
from pathlib import Path

def test_before():
    pass

def test_hangs():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    Path(@PIDS@).write_text(f"{os.getpid()} {child.pid}")
    while True:
        pass

def test_after():
    pass
"""


@pytest.fixture
def green(project: Project) -> Path:
    return project("green")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("site")
    copy_pytest(made)
    return made


@pytest.fixture
def far(green: Path, tmp_path: Path, site: Path) -> Remote:
    return remote(green, tmp_path, site)


def test_it_runs_there_what_is_edited_here(green: Path, far: Remote, join: Join) -> None:
    far.configure(green)
    (green / "test_where.py").write_text(WHERE.format(there=far.root, here=str(green)))
    (green / "priced.py").write_text("price = 3\n")
    (green / "test_priced.py").write_text("import priced\n\ndef test_price():\n    assert priced.price == 3\n")
    front = join(green)
    assert front.verdict().failed == 0
    assert {result.lane for result in front.board.results.values()} == {"process"}
    assert "test_where.py::test_companion_is_in_no_folder" in front.outcomes()
    save(green / "priced.py", "3", "4")
    assert {i.id for i in front.until(Selected, lambda s: bool(s.items)).items} == {"test_priced.py::test_price"}
    assert front.verdict().failed == 1
    result = front.board.results["test_priced.py::test_price"]
    assert (result.path, result.line, result.frames[-1].path) == ("test_priced.py", 4, "test_priced.py")
    assert far.root not in result.message + result.report


def test_what_a_test_writes_there_is_here(green: Path, far: Remote, join: Join) -> None:
    far.configure(green)
    (green / "test_writes.py").write_text("def test_it():\n    open('written', 'w').write('there')\n")
    assert join(green).verdict().failed == 0
    assert (green / "written").read_text() == "there"


def test_a_file_that_is_only_imported_dynamically_is_followed(green: Path, far: Remote, join: Join) -> None:
    """What a session loaded is told in the far side's paths."""
    far.configure(green)
    (green / "data").mkdir()
    (green / "data" / "hidden.py").write_text("value = 1\n")
    (green / "test_dynamic.py").write_text(
        "import importlib, sys\nsys.path.insert(0, 'data')\n"
        "def test_it():\n    assert importlib.import_module('hid' + 'den').value == 1\n"
    )
    front = join(green)
    assert front.verdict().failed == 0
    generation = front.run("all")  # the first session's own end comes after its verdict, and before that of this
    front.until(RunFinished, lambda run: run.generation == generation)
    save(green / "data" / "hidden.py", "1", "2")
    assert front.verdict().failed == 1


def hangs(root: Path, folder: Path) -> Path:
    """A test that hangs; where it writes who does."""
    pids = folder / "pids"
    (root / "test_hangs.py").write_text(HANGS.replace("@PIDS@", repr(str(pids))))
    return pids


def test_an_item_that_hangs_is_ended_there_with_what_it_started(
    green: Path, far: Remote, join: Join, tmp_path: Path
) -> None:
    far.configure(green, "item-timeout = 4")
    pids = hangs(green, tmp_path)
    front = join(green)
    front.verdict()
    outcomes = {name: outcome for name, outcome in front.outcomes().items() if name.startswith("test_hangs")}
    assert outcomes == {
        "test_hangs.py::test_before": "passed",
        "test_hangs.py::test_hangs": "failed",
        "test_hangs.py::test_after": "passed",
    }
    assert [pid for pid in map(int, pids.read_text().split()) if not wait_gone(pid)] == []


@pytest.mark.parametrize(
    ("end", "said"), [("os._exit(3)", "exit code 3"), ("os.kill(os.getpid(), 11)", "signal SIGSEGV")]
)
def test_how_a_process_there_ended_is_told(green: Path, far: Remote, join: Join, end: str, said: str) -> None:
    far.configure(green)
    write(green / "test_ends.py", f"import os\ndef test_ends():\n    {end}\n\ndef test_other():\n    pass\n")
    front = join(green)
    front.verdict()
    assert front.red() == ["test_ends.py::test_ends"]
    assert said in front.board.results["test_ends.py::test_ends"].message
    assert front.outcomes()["test_ends.py::test_other"] == "passed"


def test_an_engine_that_is_killed_leaves_nothing_there(green: Path, far: Remote, join: Join, tmp_path: Path) -> None:
    far.configure(green)
    pids = hangs(green, tmp_path)
    front = join(green)
    front.until(ItemStarted, lambda item: item.id.endswith("hangs"))
    while not pids.exists() or not pids.read_text():
        front.diagnose()
    family = children_of(front.engine)
    assert set(map(int, pids.read_text().split())) <= family
    os.kill(front.engine, signal.SIGKILL)
    assert [pid for pid in family if not wait_gone(pid)] == []
