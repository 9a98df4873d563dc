"""Extensions that are compiled into the project, which git ignores: whoever imports one runs when it is rebuilt."""

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from clockkit import tick
from enginekit import Front
from selectionkit import lay

from companion.messages import Change, RunFinished, Selected

FILES = {
    "pyproject.toml": "[tool.companion]\nlane = 'process'\n",
    "conftest.py": "import sys\nsys.path.insert(0, '')\n",
    ".gitignore": "*.so\n",
    "app/__init__.py": "",
    "app/quick.py": "from . import native\n\ndef f():\n    return native\n",
    "tests/test_a.py": "from app import quick\n\ndef test_a():\n    assert quick.f()\n",
    "tests/test_b.py": "import app\n\ndef test_b():\n    assert app\n",
    "tests/test_c.py": "import importlib\nNAME = '.'.join(['app', 'native'])\n\ndef test_c():\n"
    "    assert importlib.import_module(NAME)\n",
}


def compiled() -> Path:
    """One that is installed: there need not be a compiler."""
    spec = find_spec("libcst.native")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin)


def build(root: Path, number: int) -> str:
    """As a build does it: written aside, then put in its place. What is behind its end, a loader ignores."""
    source = compiled()
    target, aside = root / "app" / source.name, root / "app" / "native.o.tmp"
    aside.write_bytes(source.read_bytes() + bytes([number]))
    os.replace(aside, target)  # noqa: PTH105 - as a build does
    return f"app/{source.name}"


def test_an_extension_that_is_rebuilt_affects_who_imports_it(tmp_path: Path, join: Callable[[Path], Front]) -> None:
    root = tmp_path / "project"
    lay(root, FILES)
    path = build(root, 1)
    front = join(root)
    assert front.verdict().failed == 0
    tick()
    build(root, 2)
    change = front.until(Change, lambda change: path in change.files)
    front.until(RunFinished, lambda run: run.generation >= change.generation and not run.cancelled)
    lots = [event for event in front.seen if isinstance(event, Selected) and event.generation >= change.generation]
    assert {item.id: item.why for lot in lots for item in lot.items} == {
        "tests/test_a.py::test_a": "imports app.native",
        "tests/test_c.py::test_c": "imports app.native",
    }
