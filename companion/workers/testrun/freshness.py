"""The project's own code is compiled from its text each time, its ``.pyc`` files neither read nor written.

A ``.pyc`` names its source by whole seconds and size, so a second edit of the same size within a second would run
the first one's code. What is compiled is kept by content instead (`codestore`). Third-party code keeps its caches.
`undo` puts everything back, for what stays patched at an interpreter's end keeps its whole heap.
This module also runs in the project's own Python (3.10 or later).
"""

import ast
import contextlib
import gc
import importlib
import importlib.machinery
import sys
from collections.abc import Generator
from typing import Any, cast

from companion.workers.testrun.codestore import CodeStore
from companion.workers.testrun.patches import Patches


class Freshness:
    """The patches, while they are in place; ``code_folder`` is where compiled code is kept by content (or empty)."""

    def __init__(self, root: str, third_party: "tuple[str, ...]", code_folder: str = "") -> None:
        self._root = root.rstrip("/") + "/"
        self._third_party = tuple(folder.rstrip("/") + "/" for folder in third_party)
        self._code_folder = code_folder
        self._patches = Patches()

    def is_project(self, path: str) -> bool:
        """Whether this file is the project's own code."""
        return path.startswith(self._root) and not path.startswith(self._third_party)

    def apply(self) -> None:
        """Patch the source loader and pytest's rewriting hook; pytest must be importable."""
        self._patches.replace(sys, "dont_write_bytecode", True)  # noqa: FBT003 - a value, not an option
        self._compile_modules()
        self._compile_tests()

    def _compile_modules(self) -> None:
        loader: Any = importlib.machinery.SourceFileLoader.__mro__[2]  # SourceLoader, where get_code is defined
        get_code = loader.get_code
        store = CodeStore(self._code_folder, "module")

        def code_of(this: Any, fullname: str) -> Any:
            path = this.get_filename(fullname)
            if not self.is_project(path):
                return get_code(this, fullname)
            source = this.get_data(path)
            code = store.load(path, source)
            if code is None:
                code = this.source_to_code(source, path)
                store.save(path, source, code)
            return code

        self._patches.replace(loader, "get_code", code_of)

    def _compile_tests(self) -> None:
        """pytest's hook reads its cache with one function and rewrites with another: both are ours meanwhile."""
        rewrite: Any = importlib.import_module("_pytest.assertion.rewrite")
        read_pyc, rewrite_test = rewrite._read_pyc, rewrite._rewrite_test
        store = CodeStore(self._code_folder, f"pytest-{importlib.import_module('pytest').__version__}")

        def passes_hook(config: Any) -> bool:
            """Rewritten otherwise, and seldom asked for: not kept."""
            return bool(config.getini("enable_assertion_pass_hook"))

        def read_fresh(source: Any, *rest: Any, **options: Any) -> Any:
            if not self.is_project(str(source)):
                return read_pyc(source, *rest, **options)
            try:
                return store.load(str(source), source.read_bytes())
            except OSError:
                return None

        def rewrite_and_keep(fn: Any, config: Any) -> Any:
            before = fn.read_bytes()
            with without_collecting():
                made = rewrite_test(fn, config)  # reads the file itself: a save may come in between
            if self.is_project(str(fn)) and not passes_hook(config) and fn.read_bytes() == before:
                store.save(str(fn), before, made[1])
            return made

        self._patches.replace(rewrite, "_read_pyc", read_fresh)
        self._patches.replace(rewrite, "_rewrite_test", rewrite_and_keep)
        self._patches.replace(rewrite, "traverse_node", places)

    def undo(self) -> None:
        """Put back what `apply` replaced."""
        self._patches.undo()


def places(node: ast.AST) -> "Generator[ast.AST]":
    """In the place of pytest's `traverse_node`: those of a tree's nodes that have a place in the source.

    pytest asks for all of them to give them one; for the others, which are most, that takes time and does nothing.
    """
    left = [node]
    while left:
        node = left.pop()
        if node._attributes:
            yield node
        for name in node._fields:
            value: object = getattr(node, name, None)
            if isinstance(value, list):
                left += [element for element in cast("list[object]", value) if isinstance(element, ast.AST)]
            elif isinstance(value, ast.AST):
                left.append(value)


@contextlib.contextmanager
def without_collecting() -> "Generator[None]":
    """Thousands of tree nodes come to be and none is garbage: the collector would look at them again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
