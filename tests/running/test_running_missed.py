"""What selection has missed once, and must not again: what is recorded of runs."""

import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from recordkit import Workplace, workplace

from companion.core.impact.history import SESSION

A, B = "test_a.py", "test_b.py"


FILES = {
    "app.py": "import importlib\n\nPLUG = importlib.import_module('pl' + 'ug')\n\ndef f():\n    return PLUG.VALUE\n",
    "plug.py": "VALUE = 1\n\ndef load():\n    return 1\n",
    A: "import app\n\ndef test_x():\n    app.f()\n\ndef test_y():\n    pass\n",
    B: "def test_z():\n    pass\n",
}
X, Y, Z = "test_a.py::test_x", "test_a.py::test_y", "test_b.py::test_z"
ALL = {X: "app.py:f", Y: "", Z: ""}


@pytest.fixture
def place(tmp_path: Path) -> Generator[Workplace]:
    with workplace(tmp_path, FILES) as made:
        yield made


def test_what_a_module_imports_by_a_computed_name(place: Workplace) -> None:
    imports = {"app.py": "app.py:<module>", "plug.py": "plug.py:<module>"}
    place.run(ALL, imports=imports, uses={"app.py": ("plug.py",), X: ("app.py",)})
    assert "plug.py" in place.records.closure(A)
    assert X in place.affected({"plug.py": FILES["plug.py"].replace("1", "2", 1)})


def test_what_hooks_execute_affects_every_test(place: Workplace) -> None:
    telling = place.begin()
    place.heard(telling.told("import", "plug.py", "plug.py:<module>"))
    place.heard(telling.told("session", "", "plug.py:load", uses=("plug.py",)))
    place.run(ALL)
    assert place.records.importing("plug.py", "load()") == [SESSION]
    assert place.affected({"plug.py": FILES["plug.py"].replace("return 1", "return 2")}) == {A, B}


def test_the_folder_is_removed_meanwhile(place: Workplace) -> None:
    place.run(ALL)
    shutil.rmtree(place.root / ".companion")
    place.run(ALL)
    place.restart()
    assert place.records.tests() == {A: 2, B: 1}
    assert place.affected({"app.py": FILES["app.py"].replace("PLUG.VALUE", "3")}) & {A, X}


def test_a_test_file_of_which_nothing_is_known_any_more(place: Workplace) -> None:
    place.run(ALL)
    shutil.rmtree(place.root / ".companion")
    place.restart()
    assert A in place.affected({"app.py": FILES["app.py"].replace("PLUG.VALUE", "3")})
