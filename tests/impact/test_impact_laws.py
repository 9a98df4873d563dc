"""Laws of closures, and the oracle: what importing a test file really executes is in its closure."""

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from impactkit import Editing, closure, layout

from companion.core.impact.closure import Closures
from companion.core.impact.imports import ImportRef, imports_of

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
PLACES = [
    "a.py", "b.py", "p/__init__.py", "p/a.py", "p/b.py", "p/q/__init__.py", "p/q/a.py", "n/a.py", "t/helper.py",
]  # fmt: skip
IMPORTS = [
    "import a", "import b", "import p", "import p.a", "import p.q.a", "import n.a", "import helper", "import missing",
    "from p import a", "from p import *", "from p.q import a, b", "from . import a", "from . import *",
    "from .b import x", "from .. import a", "from ..a import x", "from n import a as c", "import p.q as r",
    "__import__('p.b')",
]  # fmt: skip
TESTS = ["test_x.py", "t/test_y.py", "t/u/test_z.py", "t/conftest.py"]
files = st.dictionaries(
    st.sampled_from(PLACES + TESTS), st.lists(st.sampled_from(IMPORTS), max_size=3).map("\n".join), min_size=2
)


@CALM
@given(files, st.data())
def test_one_more_import_leaves_nothing_out(project: dict[str, str], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(project)))
    more = {**project, path: f"{project[path]}\n{data.draw(st.sampled_from(IMPORTS))}"}
    for test in project:
        assert closure(project, test) <= closure(more, test)


@CALM
@given(files, st.lists(files, max_size=3))
def test_closures_in_step_with_edits_are_those_of_the_files_as_they_are(
    old: dict[str, str], states: list[dict[str, str]]
) -> None:
    editing = Editing(old)
    for new in states:
        for test in editing.files:
            editing.of(test)
        edits = {path: new.get(path) for path in editing.files | new if editing.files.get(path) != new.get(path)}
        editing.edit(edits)
        for test in new:
            assert editing.of(test) == closure(new, test)


@CALM
@given(files, files)
def test_a_closure_that_no_edit_is_in_stays_what_it_was(old: dict[str, str], new: dict[str, str]) -> None:
    edited = {path for path in old | new if old.get(path) != new.get(path)}
    for test in old.keys() & new.keys():
        if not (closure(old, test) | closure(new, test)) & edited:
            assert closure(old, test) == closure(new, test)


SPY = """
import sys, importlib.abc, importlib.machinery
def hook(event, arguments):
    if event == "exec" and hasattr(arguments[0], "co_filename"):
        print(arguments[0].co_filename)
sys.addaudithook(hook)
sys.dont_write_bytecode = True
for name in sys.argv[1:]:
    try:
        __import__(name)
    except Exception as error:
        print("#", error)
"""


@pytest.mark.parametrize("seed", range(12))
def test_the_closure_holds_all_that_python_executes(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    project = dict.fromkeys(random.sample(PLACES, 7), "") | {"t/test_y.py": ""}
    for path in project:
        lines = random.sample(IMPORTS, 2 + (path == "t/test_y.py") * 2)
        project[path] = "\n".join(f"try:\n    {line}\nexcept Exception: pass" for line in lines if "*" not in line)
        project[path] += "".join(f"\n{line}" for line in lines if "*" in line and path != "t/test_y.py")
    for path, text in project.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    environment = {"PYTHONPATH": f"{tmp_path / 't'}:{tmp_path}"}
    command = [sys.executable, "-S", "-c", SPY, "test_y"]
    said = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    places = {Path(line) for line in said.splitlines() if not line.startswith(("#", "<"))}
    executed = {path.relative_to(tmp_path).as_posix() for path in places if path.is_relative_to(tmp_path)}
    assert "t/test_y.py" in executed
    assert executed <= closure(project, "t/test_y.py"), project


def test_what_a_module_imports_is_resolved_once_for_all_tests_of_a_folder() -> None:
    """Else a thousand modules and three hundred tests take minutes."""
    modules = {f"m{n}.py": f"import m{(n * 7 + 1) % 50}\nimport m{(n * 3 + 2) % 50}" for n in range(50)}
    project = modules | {f"t/test_{n}.py": "import m0" for n in range(20)}
    asked: list[str] = []

    def imports(path: str) -> tuple[ImportRef, ...]:
        asked.append(path)
        return imports_of(project[path]) or ()

    closures = Closures(layout(project), imports)
    for test in (path for path in project if "test_" in path):
        closures.of(test)
    assert len(asked) == len(set(asked)) > 40
    closures.forget(frozenset({"m1.py"}), layout(project))
    asked.clear()
    closures.of("t/test_0.py")
    assert asked == ["m1.py"]
