"""What runs before any item does, while files are imported and items collected, depends on what it mentions, too."""

from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import Front
from selectionkit import Texts, edited, lay

CONSTANT = {"consts.py": "A = 1\n"}
NOTHING = {"tests/test_b.py": "import consts\n\ndef test_b():\n    pass\n"}
CASES: dict[str, tuple[Texts, set[str]]] = {
    "a hook's helper reads a constant": (
        {
            "tests/conftest.py": "import consts\n\ndef get():\n    return consts.A\n\ndef pytest_configure(config):\n"
            "    config.got = get()\n",
            "tests/test_a.py": "def test_a(pytestconfig):\n    assert pytestconfig.got == 1\n",
        },
        {"test_a::test_a", "test_b::test_b"},
    ),
    "importing calls what reads a constant": (
        {
            "lib.py": "import consts\n\ndef get():\n    return consts.A\n",
            "app.py": "import lib\nX = lib.get()\n",
            "tests/test_a.py": "import app\n\ndef test_a():\n    assert app.X == 1\n",
        },
        {"test_a::test_a"},
    ),
    "importing makes an instance": (
        {
            "lib.py": "import consts\n\nclass C:\n    x = consts.A\n\n    def get(self):\n        return self.x\n",
            "app.py": "import lib\nX = lib.C().get()\n",
            "tests/test_a.py": "import app\n\ndef test_a():\n    assert app.X == 1\n",
        },
        {"test_a::test_a"},
    ),
    "a hook makes an instance": (
        {
            "lib.py": "import consts\n\nclass C:\n    x = consts.A\n",
            "tests/conftest.py": "import lib\n\ndef pytest_configure(config):\n    config.c = lib.C()\n",
            "tests/test_a.py": "def test_a(pytestconfig):\n    assert pytestconfig.c.x == 1\n",
        },
        {"test_a::test_a", "test_b::test_b"},
    ),
    "a decorator of another file asks for a constant": (
        {
            "tests/marks.py": "import consts, pytest\nneeds = pytest.mark.skipif(consts.A == 1, reason='')\n",
            "tests/test_a.py": "from marks import needs\n\n@needs\ndef test_a():\n    pass\n",
        },
        {"test_a::test_a"},
    ),
    "parameters are computed with a constant": (
        {
            "lib.py": "import consts\n\ndef cases():\n    return list(range(consts.A))\n",
            "tests/test_a.py": "import lib, pytest\n\n@pytest.mark.parametrize('x', lib.cases())\ndef test_a(x):\n"
            "    pass\n",
        },
        {"test_a::test_a[0]", "test_a::test_a[1]"},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_constant_is_another(case: tuple[Texts, set[str]], tmp_path: Path, join: Callable[[Path], Front]) -> None:
    files, expected = case
    root = tmp_path / "project"
    path = {"pyproject.toml": "", "conftest.py": "import sys\nsys.path.insert(0, '')\n"}
    lay(root, {**path, **CONSTANT, **NOTHING, **files})
    front = join(root)
    front.verdict()
    selected = edited(front, {"consts.py": "A = 2\n"})
    assert {name.removeprefix("tests/").replace(".py::", "::") for name in selected} == expected


READER = """\
import functools

@functools.cache
def table():
    return rows()

def rows():
    return open("data.json").read()
"""
TESTS = """\
import lib

def test_first():
    assert lib.table()

def test_second():
    assert lib.table()

def test_none():
    pass
"""


def test_what_was_read_for_a_result_that_is_kept_counts_for_whoever_gets_it(
    tmp_path: Path, join: Callable[[Path], Front]
) -> None:
    path = {"pyproject.toml": "", "conftest.py": "import sys\nsys.path.insert(0, '')\n"}
    lay(tmp_path, {**path, "data.json": "1", "lib.py": READER, "tests/test_a.py": TESTS})
    front = join(tmp_path)
    front.verdict()
    selected = edited(front, {"data.json": "2"})
    assert set(selected) == {"tests/test_a.py::test_first", "tests/test_a.py::test_second"}
