"""The project's code is compiled by whoever loads it, and only what Python itself would make of it is kept."""

import importlib.machinery
import sys
from pathlib import Path
from types import CodeType
from typing import Any

from companion.workers.testrun.freshness import Freshness


def shout(_: object, data: bytes, path: str) -> CodeType:
    """As import hooks that check types, or measure: it makes other code of the same text."""
    return compile(data.replace(b"quiet", b"LOUD"), path, "exec")


Shouting: Any = type("Shouting", (importlib.machinery.SourceFileLoader,), {"source_to_code": shout})


def test_a_loader_that_makes_other_code_of_a_text(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    path = root / "module.py"
    path.write_text("SAYS = 'quiet'\n", "utf-8")
    freshness = Freshness(str(root), (), str(root / "code"))
    before = sys.dont_write_bytecode
    freshness.apply()
    try:
        for loader in (importlib.machinery.SourceFileLoader, Shouting) * 2:
            space: dict[str, object] = {}
            code = loader("module", str(path)).get_code("module")
            assert code is not None
            exec(code, space)  # noqa: S102 - this test's own
            assert space["SAYS"] == ("LOUD" if loader is Shouting else "quiet")
    finally:
        freshness.undo()
    assert sys.dont_write_bytecode == before
