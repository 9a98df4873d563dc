"""The project's own code is compiled from its text each time, its ``.pyc`` files neither read nor written.

A ``.pyc`` names its source by whole seconds and size, so a second edit of the same size within a second would run
the first one's code. Third-party code keeps its caches. `undo` puts everything back, for what stays patched at an
interpreter's end keeps its whole heap.
This module also runs in the project's own Python (3.10 or later).
"""

import importlib
import importlib.machinery
import sys
from collections.abc import Callable
from typing import Any, cast


class Freshness:
    """The patches, while they are in place."""

    def __init__(self, root: str, third_party: "tuple[str, ...]") -> None:
        self._root = root.rstrip("/") + "/"
        self._third_party = tuple(folder.rstrip("/") + "/" for folder in third_party)
        self._undo: list[Callable[[], None]] = []

    def is_project(self, path: str) -> bool:
        """Whether this file is the project's own code."""
        return path.startswith(self._root) and not path.startswith(self._third_party)

    def apply(self) -> None:
        """Patch the source loader and pytest's rewriting hook; pytest must be importable."""
        rewrite: Any = importlib.import_module("_pytest.assertion.rewrite")
        read_pyc = rewrite._read_pyc

        def read_fresh(source: Any, *rest: Any, **options: Any) -> Any:
            return None if self.is_project(str(source)) else read_pyc(source, *rest, **options)

        self._replace(rewrite, "_read_pyc", read_fresh)
        self._replace(sys, "dont_write_bytecode", True)  # noqa: FBT003 - a value, not an option
        loader = importlib.machinery.SourceFileLoader.__mro__[2]  # SourceLoader, where get_code is defined
        get_code = cast("Any", loader).get_code

        def code_of(this: Any, fullname: str) -> Any:
            path = this.get_filename(fullname)
            if not self.is_project(path):
                return get_code(this, fullname)
            return this.source_to_code(this.get_data(path), path)

        self._replace(loader, "get_code", code_of)

    def undo(self) -> None:
        """Put back what `apply` replaced."""
        while self._undo:
            self._undo.pop()()

    def _replace(self, owner: Any, name: str, value: object) -> None:
        before = getattr(owner, name)
        setattr(owner, name, value)
        self._undo.append(lambda: setattr(owner, name, before))
