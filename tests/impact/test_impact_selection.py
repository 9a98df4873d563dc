"""Files, an edit, and the test files that it selects."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from companion.core.text import content_hash
from companion.messages import FileChange
from companion.workers.running.sources import Sources, SuiteFacts

LAYERS = {
    "shop/__init__.py": "",
    "shop/money.py": "RATE = 1\n",
    "shop/cart.py": "from .money import RATE\n",
    "shop/report.py": "import shop.cart\n",
    "tests/test_money.py": "from shop.money import RATE\ndef test_it(): pass\n",
    "tests/test_cart.py": "from shop import cart\ndef test_it(): pass\n",
    "tests/test_none.py": "def test_it(): pass\n",
}


def selected(
    root: Path, files: dict[str, str], edits: dict[str, str | None], dynamic: Iterable[str] = ()
) -> dict[str, str]:
    """Write the files, then the edits (None deletes), and see what is selected and why."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    facts, sources = SuiteFacts(), Sources(str(root))
    for path in files:
        if path.rpartition("/")[2].startswith("test_"):
            facts.now_holds(path, (f"{path}::test_it",))
    sources.dynamic = frozenset(dynamic)
    for file in facts.test_files:
        sources.warm(file)
    changes: list[FileChange] = []
    for path, new in edits.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if new is None:
            target.unlink()
            changes.append(FileChange(path, "deleted", "", "", (), None))
        else:
            target.write_text(new)
            changes.append(FileChange(path, "modified", "", content_hash(new.encode()), (), None))
    return sources.select(facts, changes)


EDITS: list[tuple[dict[str, str | None], set[str]]] = [
    ({"shop/money.py": "RATE = 2\n"}, {"tests/test_money.py", "tests/test_cart.py"}),
    ({"shop/cart.py": "x = 1\n"}, {"tests/test_cart.py"}),
    ({"shop/report.py": "x = 1\n"}, set()),
    ({"shop/__init__.py": "x = 1\n"}, {"tests/test_money.py", "tests/test_cart.py"}),
    ({"shop/money.py": None}, {"tests/test_money.py", "tests/test_cart.py"}),
    ({"tests/test_none.py": "def test_other(): pass\n"}, {"tests/test_none.py"}),
    ({"tests/test_new.py": "def test_new(): pass\n"}, {"tests/test_new.py"}),
    ({"tests/conftest.py": ""}, {"tests/test_money.py", "tests/test_cart.py", "tests/test_none.py"}),
    ({"pyproject.toml": ""}, {"tests/test_money.py", "tests/test_cart.py", "tests/test_none.py"}),
    ({"tests/data.json": "{}"}, {"tests/test_money.py", "tests/test_cart.py", "tests/test_none.py"}),
    ({"README.md": "# x"}, set()),
    ({"shop/unused.py": "x = 1\n"}, set()),
]


@pytest.mark.parametrize(("edits", "expected"), EDITS)
def test_layers(tmp_path: Path, edits: dict[str, str | None], expected: set[str]) -> None:
    assert set(selected(tmp_path, LAYERS, edits)) == expected


@pytest.mark.parametrize(
    ("files", "edit"),
    [
        ({"a.py": "", "test_a.py": "import a"}, "a.py"),
        ({"src/a.py": "", "tests/test_a.py": "import a"}, "src/a.py"),
        ({"p/__init__.py": "from .b import *", "p/b.py": "", "test_p.py": "import p"}, "p/b.py"),
        ({"p/__init__.py": "", "p/b.py": "", "test_p.py": "from p import b"}, "p/b.py"),
        ({"p/__init__.py": "", "p/b.py": "", "test_p.py": "from p import *"}, "p/b.py"),
        ({"n/b.py": "", "test_n.py": "import n.b"}, "n/b.py"),
        ({"a.py": "import b", "b.py": "import a", "test_a.py": "import a"}, "b.py"),
        ({"tests/helper.py": "", "tests/test_a.py": "import helper"}, "tests/helper.py"),
        ({"a.py": "def f():\n    import b", "b.py": "", "test_a.py": "import a"}, "b.py"),
        ({"a.py": "", "test_a.py": "import pytest\na = pytest.importorskip('a')"}, "a.py"),
        ({"a.py": "", "test_a.py": "from importlib import import_module\nimport_module('a')"}, "a.py"),
        ({"plug.py": "", "conftest.py": "pytest_plugins = ['plug']", "t/test_a.py": ""}, "plug.py"),
        (
            {"p/a.py": "", "p/q/__init__.py": "", "p/q/b.py": "from .. import a", "test_p.py": "import p.q.b"},
            "p/a.py",
        ),
    ],
)
def test_what_is_imported_selects(tmp_path: Path, files: dict[str, str], edit: str) -> None:
    assert len(selected(tmp_path, files, {edit: "changed = 1\n"})) == 1


def test_a_module_that_was_missing_appears(tmp_path: Path) -> None:
    files = {"test_a.py": "try:\n    import fast\nexcept ImportError:\n    pass\n", "test_b.py": ""}
    assert selected(tmp_path, files, {"fast.py": "x = 1\n"}) == {"test_a.py": "imports fast.py"}


def test_what_was_loaded_by_a_made_up_name_selects_everything(tmp_path: Path) -> None:
    assert len(selected(tmp_path, LAYERS, {"shop/report.py": "x = 1\n"}, dynamic=["shop/report.py"])) == 3


SPY = """
import sys
seen = []
def hook(event, arguments):
    if event == "exec":
        seen.append(arguments[0].co_filename)
sys.addaudithook(hook)
sys.path[:0] = [".", "src", "tests"]
__import__(sys.argv[1])
print("\\n".join(seen))
"""


@pytest.mark.parametrize("test", ["test_money", "test_cart"])
def test_the_closure_holds_all_that_importing_executes(tmp_path: Path, test: str) -> None:
    selected(tmp_path, LAYERS, {})
    said = subprocess.run([sys.executable, "-c", SPY, test], cwd=tmp_path, capture_output=True, text=True, check=True)
    executed = {Path(line).resolve() for line in said.stdout.split() if not line.startswith("<")}
    inside = {
        path.relative_to(tmp_path.resolve()).as_posix()
        for path in executed
        if path.is_relative_to(tmp_path.resolve())
    }
    assert len(inside) >= 3
    for path in inside:
        assert f"tests/{test}.py" in selected(tmp_path, LAYERS, {path: LAYERS[path] + "# seen\n"})
