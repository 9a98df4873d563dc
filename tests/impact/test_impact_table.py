"""What a test file may execute: small projects, one line each; and what may be a test file."""

import pytest
from impactkit import Editing, closure

from companion.core.impact.imports import ImportRef, imports_of
from companion.core.impact.selection import Suite, is_prose


@pytest.mark.parametrize(
    ("files", "imported"),
    [
        pytest.param({"t/__init__.py": "", "t/test_a.py": ""}, "t/__init__.py", id="the test's own package"),
        pytest.param(
            {"p/__init__.py": "", "p/q/__init__.py": "", "p/q/r.py": "", "t/test_a.py": "import p.q.r"},
            "p/q/__init__.py",
            id="packages on the way",
        ),
        pytest.param(
            {"src/p/a.py": "from .b import c", "src/p/b.py": "", "t/test_a.py": "import p.a"},
            "src/p/b.py",
            id="relative in src",
        ),
        pytest.param(
            {"p/__init__.py": "", "p/a.py": "from ..n import b", "n/b.py": "", "t/test_a.py": "import p.a"},
            "n/b.py",
            id="relative beyond",
        ),
        pytest.param(
            {"p/__init__.py": "", "p/q/__init__.py": "", "t/test_a.py": "from p import *"},
            "p/q/__init__.py",
            id="star and a subpackage",
        ),
        pytest.param(
            {"p/__init__.py": "from . import b as c", "p/b.py": "", "t/test_a.py": "import p"},
            "p/b.py",
            id="from . import",
        ),
        pytest.param({"t/helper.py": "", "t/test_a.py": "import helper"}, "t/helper.py", id="beside"),
        pytest.param(
            {"t/helper.py": "", "p.py": "import helper", "t/test_a.py": "import p"},
            "t/helper.py",
            id="beside, from elsewhere",
        ),
        pytest.param(
            {"t/conftest.py": "from p import a", "p/a.py": "", "t/test_a.py": ""}, "p/a.py", id="through conftest"
        ),
        pytest.param(
            {"t/conftest.py": "pytest_plugins: list[str] = ['p.plug']", "p/plug.py": "", "t/test_a.py": ""},
            "p/plug.py",
            id="plugins with a type",
        ),
        pytest.param(
            {"t/conftest.py": "pytest_plugins = []\npytest_plugins += ['plug']", "plug.py": "", "t/test_a.py": ""},
            "plug.py",
            id="plugins added to",
        ),
        pytest.param({"a.py": "import b", "b.py": "import a", "t/test_a.py": "import b"}, "a.py", id="cycle"),
        pytest.param(
            {"p/b.py": "", "p/a.py": "import_module('.b', package='p')", "t/test_a.py": "import p.a"},
            "p/b.py",
            id="relative by name",
        ),
        pytest.param({"n/b.py": "", "t/test_a.py": "import n.b"}, "n/b.py", id="no package"),
        pytest.param(
            {"p/a.py": "", "p/q/__init__.py": "", "p/q/b.py": "from .. import a", "t/test_a.py": "import p.q.b"},
            "p/a.py",
            id="from a package above",
        ),
        pytest.param(
            {"a.py": "", "t/test_a.py": "import pytest\na = pytest.importorskip('a')"},
            "a.py",
            id="imported or skipped",
        ),
        pytest.param(
            {"a.py": "", "t/test_a.py": "from importlib import import_module\nimport_module('a')"},
            "a.py",
            id="by name",
        ),
        pytest.param(
            {"a.py": "def f():\n    if x:\n        from b import c", "b.py": "", "t/test_a.py": "import a"},
            "b.py",
            id="import in a function",
        ),
        pytest.param(
            {"a.py": "", "t/test_a.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a"},
            "a.py",
            id="import for types",
        ),
    ],
)  # fmt: skip
def test_may_be_executed(files: dict[str, str], imported: str) -> None:
    project = {**files, "other/test_z.py": "import json"}
    assert imported in closure(project, "t/test_a.py")
    assert closure(project, "other/test_z.py") == {"other/test_z.py"}


LAYERS = {
    "conftest.py": "", "t/conftest.py": "", "t/unit/conftest.py": "",
    "test_root.py": "", "t/test_t.py": "", "t/unit/test_u.py": "", "t/other/test_o.py": "",
}  # fmt: skip
ALL = {path for path in LAYERS if "test_" in path}
IN_T = {path for path in ALL if path.startswith("t/")}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("conftest.py", ALL),
        ("t/conftest.py", IN_T),
        ("t/unit/conftest.py", {"t/unit/test_u.py"}),
        ("t/other/conftest.py", {"t/other/test_o.py"}),
        ("t/myconftest.py", set[str]()),
        ("t/__init__.py", IN_T),
        ("t/test_t.py", {"t/test_t.py"}),
    ],
)
def test_what_pytest_imports_for_a_folder_is_in_the_closures_below_it(path: str, expected: set[str]) -> None:
    files = {**LAYERS, path: ""}
    assert {test for test in ALL if path in closure(files, test)} == expected


def test_a_module_that_comes_is_found_wherever_it_was_looked_for() -> None:
    files = {"t/unit/test_a.py": "try:\n    import fast\nexcept ImportError:\n    fast = None", "t/test_b.py": ""}
    for place in ("fast.py", "src/fast.py", "t/unit/fast.py", "t/fast.py", "fast/__init__.py"):
        editing = Editing(files)
        assert editing.of("t/unit/test_a.py") == {"t/unit/test_a.py"}
        editing.edit({place: ""})
        assert editing.of("t/unit/test_a.py") == {"t/unit/test_a.py", place}
        assert editing.of("t/test_b.py") == {"t/test_b.py"}


def test_what_only_a_module_that_went_imported_goes_with_it() -> None:
    editing = Editing({"a.py": "import b", "b.py": "", "test_a.py": "import a"})
    assert editing.of("test_a.py") == {"test_a.py", "a.py", "b.py"}
    editing.edit({"a.py": None})
    assert editing.of("test_a.py") == {"test_a.py"}


def test_a_module_that_hides_another_is_imported_with_it() -> None:
    files = {"src/shop/__init__.py": "", "shop.py": "", "test_a.py": "import shop"}
    assert closure(files, "test_a.py") == set(files)


@pytest.mark.parametrize(
    ("patterns", "test_paths", "path", "expected"),
    [
        (["check_*.py"], [], "t/check_new.py", True),
        (["check_*.py"], [], "t/test_new.py", False),
        (["unit/*.py"], [], "t/unit/anything.py", True),
        (["unit/*.py"], [], "t/anything.py", False),
        (["test_*.py"], ["t"], "t/u/test_new.py", True),
        (["test_*.py"], ["t"], "other/test_new.py", False),
        (["test_*.py"], ["./t/"], "t/test_new.py", True),
        (["test_*.py"], ["pkgs/*/tests"], "pkgs/a/tests/unit/test_new.py", True),
        (["test_*.py"], ["pkgs/*/tests"], "pkgs/a/test_new.py", False),
        (["test_*.py"], ["**/tests"], "deep/er/tests/test_new.py", True),
        (["test_*.py"], ["."], "test_new.py", True),
    ],
)
def test_which_file_is_a_test(patterns: list[str], test_paths: list[str], path: str, expected: bool) -> None:
    suite = Suite(frozenset(), tuple(patterns), tuple(test_paths))
    assert suite.may_hold_tests(path) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("README.md", True),
        ("docs/index.rst", True),
        (".gitignore", True),
        ("pkg/.gitattributes", True),
        ("LICENSE", True),
        ("t/data.csv", False),
        (".env", False),
        ("pyproject.toml", False),
        ("a.py", False),
    ],
)
def test_what_concerns_only_who_was_seen_to_read_it(path: str, expected: bool) -> None:
    assert is_prose(path) is expected


@pytest.mark.parametrize("text", ["def", "x = (", "\0", "-" * 100_000 + "1", "(" * 300, "if 1:\n  x\n y"])
def test_broken_code_imports_nothing(text: str) -> None:
    assert imports_of(text) is None


def test_a_warning_about_the_users_code_is_not_ours() -> None:
    assert imports_of("import a\nx = '\\d'") == (ImportRef("a"),)


def test_broken_code_is_still_part_of_the_closure() -> None:
    assert closure({"a.py": "def", "test_a.py": "import a"}, "test_a.py") == {"a.py", "test_a.py"}
