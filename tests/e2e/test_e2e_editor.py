"""Real packages in an editor: an edit that breaks their suite shows where it broke, and undoing it clears all."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from enginekit import Front
from realkit import opened

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


@pytest.mark.timeout(300)  # a download, whose build takes its time
@pytest.mark.network
@pytest.mark.parametrize(
    ("package", "module", "line"),
    [
        ("sqlparse", "sqlparse/utils.py", "def remove_quotes(val):\n"),
        ("boltons", "boltons/mathutils.py", "def clamp(x, lower=float('-inf'), upper=float('inf')):\n"),
    ],
)
def test_breaking_and_undoing(sdist: Callable[[str], Path], package: str, module: str, line: str) -> None:
    broken = f'{line}    raise RuntimeError("edited")\n'
    with opened(sdist(package)) as project:
        text = project.write(module, line, broken)
        shown = project.shows(module, bool)
        assert {one["source"] for one in shown} == {"companion-test"}
        assert all("RuntimeError: edited" in one["message"] for one in shown)
        lines = text.splitlines()
        assert {lines[cast("int", one["range"]["start"]["line"])].strip() for one in shown} == {
            'raise RuntimeError("edited")'
        }
        project.write(module, broken, line)
        project.shows(module, lambda diagnostics: not diagnostics)


def test_a_terminal_beside_the_editor(project: Callable[[str], Path], join: Callable[[Path], Front]) -> None:
    """Two fronts of different kinds on one engine: what one shows, the other shows."""
    root = project("shop")
    front = join(root)
    front.verdict()
    with opened(root, private=os.environ["XDG_RUNTIME_DIR"]) as editor:
        editor.shows("tests/test_discounts.py", bool)
        assert len(front.red()) == 1
        editor.write("src/shop/discounts.py", "amount > self.minimum", "amount >= self.minimum")
        editor.shows("tests/test_discounts.py", lambda shown: not shown)
        front.verdict()
        assert front.red() == []
        front.end()
