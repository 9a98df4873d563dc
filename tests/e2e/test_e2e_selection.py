"""An edit of a real project folder, and the items that it selects: none too few, and none for nothing."""

# ruff: noqa: E501 - the texts of files, a line each

from collections.abc import Callable
from pathlib import Path

import pytest
from enginekit import Front
from selectionkit import Texts, edited, lay

from companion.messages import Selected

Join = Callable[[Path], Front]

T, U = "tests/test_a.py::", "tests/test_b.py::"

type Case = tuple[Texts, Texts, set[str]]
"""Files, the edit, and what it selects (without ``tests/`` and ``.py``: ``test_a::test_x``)."""

CASES: dict[str, Case] = {
    "a constant of a module": (
        {
            "app/__init__.py": "",
            "app/consts.py": "A = 1\nB = 2\n",
            "tests/test_a.py": "from app import consts\n\ndef test_a():\n    assert consts.A\n\n"
            "def test_b():\n    assert consts.B == 2\n",
            "tests/test_b.py": "def test_nothing():\n    pass\n",
        },
        {"app/consts.py": "A = 2\nB = 2\n"},
        {"test_a::test_a"},
    ),
    "a constant that another one is made of": (
        {
            "consts.py": "A = 1\nB = A + 1\n",
            "app.py": "import consts\n\ndef f():\n    return consts.B\n\ndef g():\n    return 1\n",
            "tests/test_a.py": "import app\n\ndef test_f():\n    assert app.f() > 1\n\ndef test_g():\n    assert app.g()\n",
        },
        {"consts.py": "A = 2\nB = A + 1\n"},
        {"test_a::test_f"},
    ),
    "a constant under another name": (
        {
            "consts.py": "A = 1\n",
            "tests/test_a.py": "from consts import A as C\n\ndef test_c():\n    assert C\n\ndef test_d():\n    pass\n",
        },
        {"consts.py": "A = 2\n"},
        {"test_a::test_c"},
    ),
    "a table that a decorator fills": (
        {
            "app.py": "TABLE = {}\n\ndef known(f):\n    TABLE[f.__name__] = f\n    return f\n\n@known\ndef one():\n    return 1\n",
            "tests/test_a.py": "import app\n\ndef test_table():\n    assert app.TABLE['one']() == 1\n\ndef test_none():\n    pass\n",
        },
        {
            "app.py": "TABLE = {}\n\ndef known(f):\n    TABLE[f.__name__ + ''] = f\n    return f\n\n@known\ndef one():\n    return 1\n"
        },
        {"test_a::test_table", "test_a::test_none"},
    ),
    "the body of a helper of two tests": (
        {
            "app.py": "def help():\n    return 1\n\ndef other():\n    return 2\n",
            "tests/test_a.py": "import app\n\ndef test_a():\n    assert app.help()\n\ndef test_b():\n    assert app.help()\n\n"
            "def test_c():\n    assert app.other()\n",
        },
        {"app.py": "def help():\n    return 3\n\ndef other():\n    return 2\n"},
        {"test_a::test_a", "test_a::test_b"},
    ),
    "the body of a cached helper of two tests": (
        {
            "app.py": "import functools\n\n@functools.lru_cache\ndef help():\n    return deep()\n\ndef deep():\n    return 1\n",
            "tests/test_a.py": "import app\n\ndef test_a():\n    assert app.help()\n\ndef test_b():\n    assert app.help()\n\n"
            "def test_c():\n    pass\n",
        },
        {
            "app.py": "import functools\n\n@functools.lru_cache\ndef help():\n    return deep()\n\ndef deep():\n    return 2\n"
        },
        {"test_a::test_a", "test_a::test_b"},
    ),
    "what setup_class calls": (
        {
            "app.py": "def make():\n    return 1\n",
            "tests/test_a.py": "import app\n\nclass TestIt:\n    @classmethod\n    def setup_class(cls):\n        cls.it = app.make()\n\n"
            "    def test_a(self):\n        assert self.it\n\n    def test_b(self):\n        assert self.it\n\ndef test_c():\n    pass\n",
        },
        {"app.py": "def make():\n    return 2\n"},
        {"test_a::TestIt::test_a", "test_a::TestIt::test_b"},
    ),
    "what a session fixture calls": (
        {
            "app.py": "def make():\n    return 1\n",
            "tests/conftest.py": "import pytest, app\n\n@pytest.fixture(scope='session')\ndef it():\n    return app.make()\n",
            "tests/test_a.py": "def test_a(it):\n    assert it\n\ndef test_b(it):\n    assert it\n\ndef test_c():\n    pass\n",
            "tests/test_b.py": "def test_d(it):\n    assert it\n",
        },
        {"app.py": "def make():\n    return 2\n"},
        {"test_a::test_a", "test_a::test_b", "test_b::test_d"},
    ),
    "a new override in a class": (
        {
            "app.py": "class Base:\n    def f(self):\n        return 1\n\n\nclass Child(Base):\n    pass\n",
            "tests/test_a.py": "from app import Base, Child\n\ndef test_child():\n    assert Child().f() == 1\n\n"
            "def test_base():\n    assert Base().f() == 1\n",
        },
        {
            "app.py": "class Base:\n    def f(self):\n        return 1\n\n\nclass Child(Base):\n    def f(self):\n        return 1\n"
        },
        {"test_a::test_child"},
    ),
    "a new conftest that overrides a fixture": (
        {
            "tests/conftest.py": "import pytest\n\n@pytest.fixture\ndef it():\n    return 1\n",
            "tests/test_a.py": "def test_a(it):\n    assert it\n",
            "tests/sub/test_s.py": "def test_s(it):\n    assert it\n",
        },
        {"tests/sub/conftest.py": "import pytest\n\n@pytest.fixture\ndef it():\n    return 2\n"},
        {"sub/test_s::test_s"},
    ),
    "a new autouse fixture": (
        {
            "tests/conftest.py": "import pytest\n",
            "tests/test_a.py": "def test_a():\n    pass\n",
            "tests/test_b.py": "def test_b():\n    pass\n",
        },
        {"tests/conftest.py": "import pytest\n\n@pytest.fixture(autouse=True)\ndef it():\n    return 2\n"},
        {"test_a::test_a", "test_b::test_b"},
    ),
    "a module that was looked for": (
        {
            "app/__init__.py": "",
            "app/core.py": "try:\n    from app import _speed\nexcept ImportError:\n    _speed = None\n",
            "tests/test_a.py": "import app.core\n\ndef test_a():\n    assert app.core\n",
            "tests/test_b.py": "def test_b():\n    pass\n",
        },
        {"app/_speed.py": "x = 1\n"},
        {"test_a::test_a"},
    ),
    "a module that a test looked for": (
        {
            "app/__init__.py": "",
            "tests/test_a.py": "import importlib, pytest\n\ndef test_a():\n"
            "    with pytest.raises(ImportError):\n        importlib.import_module('app.' + '_speed')\n\ndef test_b():\n    pass\n",
        },
        {"app/_speed.py": "x = 1\n"},
        {"test_a::test_a"},
    ),
    "a file that a test reads": (
        {
            "tests/data.json": "1",
            "tests/test_a.py": "import pathlib\nHERE = pathlib.Path(__file__).parent\n\ndef test_a():\n"
            "    assert (HERE / 'data.json').read_text()\n\ndef test_b():\n    pass\n",
        },
        {"tests/data.json": "2"},
        {"test_a::test_a"},
    ),
    "a file that a module reads when it is imported": (
        {
            "data.json": "1",
            "app.py": "import pathlib\nDATA = pathlib.Path(__file__).with_name('data.json').read_text()\n",
            "tests/test_a.py": "import app\n\ndef test_a():\n    assert app.DATA\n",
            "tests/test_b.py": "def test_b():\n    pass\n",
        },
        {"data.json": "2"},
        {"test_a::test_a"},
    ),
    "a package's resource": (
        {
            "app/__init__.py": "",
            "app/data.txt": "1",
            "tests/test_a.py": "from importlib.resources import files\n\ndef test_a():\n"
            "    assert files('app').joinpath('data.txt').read_text()\n\ndef test_b():\n    pass\n",
        },
        {"app/data.txt": "2"},
        {"test_a::test_a"},
    ),
    "a new file in a folder that a test lists": (
        {
            "tests/data/one.json": "1",
            "tests/test_a.py": "import os, pathlib\nHERE = pathlib.Path(__file__).parent / 'data'\n\ndef test_a():\n"
            "    assert os.listdir(HERE)\n\ndef test_b():\n    pass\n",
        },
        {"tests/data/two.json": "2"},
        {"test_a::test_a"},
    ),
    "a new file in the project's own folder, which a test lists": (
        {
            "one.json": "1",
            "tests/test_a.py": "import os\n\ndef test_a():\n    assert os.listdir()\n\ndef test_b():\n    pass\n",
        },
        {"two.json": "2"},
        {"test_a::test_a"},
    ),
    "a new folder below one that a test walks": (
        {
            "tests/data/one.json": "1",
            "tests/test_a.py": "import pathlib\nHERE = pathlib.Path(__file__).parent / 'data'\n\ndef test_a():\n"
            "    assert sorted(HERE.rglob('*.json'))\n\ndef test_b():\n    pass\n",
        },
        {"tests/data/more/two.json": "2"},
        {"test_a::test_a"},
    ),
    "a folder that was not there": (
        {
            "tests/test_a.py": "import pathlib\nHERE = pathlib.Path(__file__).parent / 'late'\n\ndef test_a():\n"
            "    assert HERE.is_dir() in (True, False)\n\ndef test_b():\n    pass\n",
        },
        {"tests/late/one.json": "1"},
        {"test_a::test_a"},
    ),
    "what a module does as a program": (
        {
            "app.py": "def f():\n    return 1\n\nif __name__ == '__main__':\n    f()\n",
            "tests/test_a.py": "import app, runpy\n\ndef test_a():\n    runpy.run_module('app', run_name='__main__')\n\n"
            "def test_b():\n    assert app.f()\n",
        },
        {"app.py": "def f():\n    return 1\n\nif __name__ == '__main__':\n    f() and f()\n"},
        {"test_a::test_a"},
    ),
    "what a file does as a program": (
        {
            "tool.py": "if __name__ == '__main__':\n    x = 1\n",
            "tests/test_a.py": "import runpy\n\ndef test_a():\n    runpy.run_path('tool.py', run_name='__main__')\n",
            "tests/test_b.py": "def test_b():\n    pass\n",
        },
        {"tool.py": "if __name__ == '__main__':\n    x = 2\n"},
        {"test_a::test_a"},
    ),
    "a file that was not there": (
        {
            "tests/test_a.py": "import pathlib, pytest\nHERE = pathlib.Path(__file__).parent\n\ndef test_a():\n"
            "    try:\n        (HERE / 'late.json').read_text()\n    except FileNotFoundError:\n        pass\n\ndef test_b():\n    pass\n",
        },
        {"tests/late.json": "1"},
        {"test_a::test_a"},
    ),
    "cases of another module grow": (
        {
            "tests/cases.py": "CASES = [1, 2]\n",
            "tests/test_a.py": "import pytest\nfrom cases import CASES\n\n@pytest.mark.parametrize('x', CASES)\ndef test_a(x):\n"
            "    assert x\n\ndef test_b():\n    pass\n",
        },
        {"tests/cases.py": "CASES = [1, 2, 3]\n"},
        {"test_a::test_a[1]", "test_a::test_a[2]", "test_a::test_a[3]"},
    ),
    "a module that starts programs": (
        {
            "app/__init__.py": "",
            "app/cli.py": "print(1)\n",
            "tests/test_a.py": "import subprocess, sys\n\ndef test_a():\n"
            "    assert subprocess.run([sys.executable, '-m', 'app.cli'], check=True)\n\ndef test_b():\n    pass\n",
        },
        {"app/cli.py": "print(2)\n"},
        {"test_a::test_a"},
    ),
    "configuration": (
        {
            "pyproject.toml": "[tool.pytest.ini_options]\nfilterwarnings = ['default']\n",
            "tests/test_a.py": "def test_a():\n    pass\n",
            "tests/test_b.py": "def test_b():\n    pass\n",
        },
        {"pyproject.toml": "[tool.pytest.ini_options]\nfilterwarnings = ['error']\n"},
        {"test_a::test_a", "test_b::test_b"},
    ),
    "what other tools are configured to do": (
        {
            "pyproject.toml": "[tool.pytest.ini_options]\nfilterwarnings = ['default']\n[tool.ruff]\nline-length = 9\n",
            "tests/test_a.py": "def test_a():\n    pass\n",
            "tests/test_b.py": "def test_b():\n    assert open('pyproject.toml').read()\n",
        },
        {"pyproject.toml": "[tool.pytest.ini_options]\nfilterwarnings = ['default']\n[tool.ruff]\nline-length = 8\n"},
        {"test_b::test_b"},
    ),
    "a comment, a blank line and other quotes": (
        {
            "app.py": 'def f():\n    return "1"\n',
            "tests/test_a.py": "import app\n\ndef test_a():\n    assert app.f()\n",
        },
        {"app.py": "# what it is\n\n\ndef f():\n    # why\n\n    return '1'\n"},
        set(),
    ),
    "a function that no test reached": (
        {
            "app.py": "def f():\n    return 1\n\ndef g():\n    return 1\n",
            "tests/test_a.py": "import app\n\ndef test_a():\n    assert app.f()\n",
        },
        {"app.py": "def f():\n    return 1\n\ndef g():\n    return 2\n"},
        set(),
    ),
    "an unrelated function above": (
        {
            "app.py": "def f():\n    return 1\n",
            "tests/test_a.py": "import app\n\ndef test_a():\n    assert app.f()\n",
        },
        {"app.py": "def e():\n    return 0\n\n\ndef f():\n    return 1\n"},
        set(),
    ),
    "a new test in a file": (
        {"tests/test_a.py": "def test_a():\n    pass\n\ndef test_b():\n    pass\n"},
        {"tests/test_a.py": "def test_a():\n    pass\n\ndef test_new():\n    pass\n\ndef test_b():\n    pass\n"},
        {"test_a::test_new"},
    ),
    "a new test in a class of unittest's": (
        {
            "tests/test_a.py": "import unittest\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        pass\n",
        },
        {
            "tests/test_a.py": "import unittest\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        pass\n\n"
            "    def test_b(self):\n        pass\n",
        },
        {"test_a::A::test_b"},
    ),
    "the body of one test": (
        {"tests/test_a.py": "def test_a():\n    pass\n\ndef test_b():\n    pass\n"},
        {"tests/test_a.py": "def test_a():\n    assert 1\n\ndef test_b():\n    pass\n"},
        {"test_a::test_a"},
    ),
    "the parameters of one test": (
        {
            "tests/test_a.py": "import pytest\n\n@pytest.mark.parametrize('x', [1, 2])\ndef test_a(x):\n    pass\n\ndef test_b():\n    pass\n"
        },
        {
            "tests/test_a.py": "import pytest\n\n@pytest.mark.parametrize('x', [2, 3])\ndef test_a(x):\n    pass\n\ndef test_b():\n    pass\n"
        },
        {"test_a::test_a[2]", "test_a::test_a[3]"},
    ),
    "a default argument": (
        {
            "app.py": "def f(x=1):\n    return x\n\ndef g():\n    return 1\n",
            "tests/test_a.py": "import app\n\ndef test_f():\n    assert app.f()\n\ndef test_g():\n    assert app.g()\n",
        },
        {"app.py": "def f(x=2):\n    return x\n\ndef g():\n    return 1\n"},
        {"test_a::test_f"},
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_an_edit_selects(case: Case, tmp_path: Path, join: Join) -> None:
    files, edit, expected = case
    root = tmp_path / "project"
    lay(root, {"pyproject.toml": "", "conftest.py": "import sys\nsys.path.insert(0, '')\n"} | dict(files))
    front = join(root)
    front.verdict()
    selected = edited(front, edit)
    assert {name.removeprefix("tests/").replace(".py::", "::") for name in selected} == expected


def test_a_file_that_does_not_parse_is_one_red_and_undoing_it_runs_nothing(tmp_path: Path, join: Join) -> None:
    root, good = tmp_path / "project", "def f():\n    return 1\n"
    test = "import app\n\ndef test_a():\n    assert app.f()\n"
    lay(root, {"pyproject.toml": "", "conftest.py": "", "app.py": good, "tests/test_a.py": test})
    front = join(root)
    front.verdict()
    assert edited(front, {"app.py": "def f(:\n    return 1\n"}) == {}
    assert [(red.id, red.path, red.line) for red in front.board.red()] == [("app.py", "app.py", 1)]
    assert edited(front, {"app.py": good}) == {}
    assert front.board.red() == []
    assert front.outcomes() == {"tests/test_a.py::test_a": "passed"}


def test_a_test_file_that_does_not_parse_keeps_its_items(tmp_path: Path, join: Join) -> None:
    root, good = tmp_path / "project", "def test_a():\n    pass\n\ndef test_b():\n    pass\n"
    lay(root, {"pyproject.toml": "", "tests/test_a.py": good})
    front = join(root)
    front.verdict()
    assert edited(front, {"tests/test_a.py": good.replace("pass", "pass (", 1)}) == {}
    assert front.red() == ["tests/test_a.py"]
    assert set(edited(front, {"tests/test_a.py": good.replace("pass", "assert 1", 1)})) == {T + "test_a"}
    assert front.outcomes() == {T + "test_a": "passed", T + "test_b": "passed"}


def test_cases_shrink_and_their_items_are_gone(tmp_path: Path, join: Join) -> None:
    root = tmp_path / "project"
    test = "import pytest\nfrom cases import CASES\n\n@pytest.mark.parametrize('x', CASES)\ndef test_a(x):\n    assert x < 3\n"
    lay(root, {"pyproject.toml": "", "tests/cases.py": "CASES = [1, 2, 3]\n", "tests/test_a.py": test})
    front = join(root)
    front.verdict()
    assert front.red() == [T + "test_a[3]"]
    assert set(edited(front, {"tests/cases.py": "CASES = [1, 2]\n"})) == {T + "test_a[1]", T + "test_a[2]"}
    assert front.red() == []
    assert set(front.outcomes()) == {T + "test_a[1]", T + "test_a[2]"}


@pytest.mark.parametrize(
    "app",
    [
        "def g():\n    return 1\n",
        "import gone\n\ndef f():\n    return 1\n",
        "def f():\n    return 1\n\ndef h(x=nowhere):\n    return x\n",
        None,
    ],
    ids=["a name went", "a bad import", "a bad default", "deleted"],
)
def test_what_cannot_be_imported_any_more_turns_its_importers_red(
    tmp_path: Path, join: Join, app: str | None
) -> None:
    root = tmp_path / "project"
    files = {
        "pyproject.toml": "",
        "conftest.py": "",
        "app.py": "def f():\n    return 1\n",
        "mid.py": "from app import f\n",
    }
    test = "import mid\n\ndef test_a():\n    assert mid.f()\n\ndef test_b():\n    pass\n"
    lay(root, files | {"tests/test_a.py": test, "tests/test_b.py": "def test_c():\n    pass\n"})
    front = join(root)
    front.verdict()
    edited(front, {"app.py": app})
    assert front.red() == ["tests/test_a.py"]
    edited(front, {"app.py": files["app.py"]})
    assert front.red() == []


def test_a_value_that_no_other_module_can_bear_turns_all_importers_red(tmp_path: Path, join: Join) -> None:
    """The key goes, and another module looks it up when it is imported: nobody who runs mentions it."""
    root = tmp_path / "project"
    lay(
        root,
        {
            "pyproject.toml": "", "conftest.py": "", "table.py": "T = {'a': 1, 'b': 2}\n",
            "app.py": "import table\nX = table.T['a']\n\ndef f():\n    return 1\n",
            "tests/test_a.py": "import app\n\ndef test_a():\n    assert app.f()\n",
            "tests/test_b.py": "import app\n\ndef test_b():\n    assert app.f()\n",
        },
    )  # fmt: skip
    front = join(root)
    front.verdict()
    edited(front, {"table.py": "T = {'b': 2}\n"})
    assert front.red() == ["tests/test_a.py", "tests/test_b.py"]
    edited(front, {"table.py": "T = {'a': 1, 'b': 2}\n"})
    assert front.red() == []


def test_what_ran_under_an_earlier_engine_is_known_and_not_run_again(tmp_path: Path, join: Join) -> None:
    root = tmp_path / "project"
    lay(
        root,
        {
            "pyproject.toml": "", "conftest.py": "", "app.py": "def f():\n    return 1\n\ndef g():\n    return 1\n",
            "tests/test_a.py": "import app\n\ndef test_f():\n    assert app.f()\n\ndef test_g():\n    assert app.g()\n",
            "tests/test_b.py": "def test_red():\n    assert 0\n\ndef test_green():\n    pass\n",
            "tests/test_old.py": "def test_old():\n    pass\n",
        },
    )  # fmt: skip
    first = join(root)
    first.verdict()
    known = first.outcomes()
    first.end()
    (root / "tests/test_old.py").unlink()
    lay(root, {"app.py": "def f():\n    return 2\n\ndef g():\n    return 1\n"})
    lay(root, {"tests/test_new.py": "def test_new():\n    pass\n"})
    second = join(root)
    end = second.verdict()
    lots = [event for event in second.seen if isinstance(event, Selected) and event.generation == end.generation]
    why = {item.id: item.why for lot in lots for item in lot.items}
    assert why == {
        T + "test_f": "calls app:f",
        U + "test_red": "failed before",
        "tests/test_new.py::test_new": "not run yet",
    }
    del known["tests/test_old.py::test_old"]
    assert second.outcomes() == known | {"tests/test_new.py::test_new": "passed"}


def test_variables(tmp_path: Path, join: Join) -> None:
    """Those of a file that somebody sets the environment by."""
    root = tmp_path / "project"
    load = "import os, pathlib\nfor line in pathlib.Path(__file__).with_name('.env').read_text().split():\n    k, _, v = line.partition('=')\n    os.environ[k] = v\n"
    lay(
        root,
        {
            "pyproject.toml": "", ".env": "MODE=a\nSIZE=1\n", "conftest.py": load,
            "tests/test_a.py": "import os\n\ndef test_mode():\n    assert os.environ['MODE']\n\ndef test_size():\n    assert os.getenv('SIZE')\n",
        },
    )  # fmt: skip
    front = join(root)
    front.verdict()
    assert edited(front, {".env": "MODE=b\nSIZE=1\n"}) == {T + "test_mode": "reads MODE"}
