"""pytest's rewriting of test files, in less time and with what was compiled before.

This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

import ast
import contextlib
import gc
import importlib
from collections.abc import Callable, Generator
from pathlib import Path
from types import CodeType
from typing import Any, Union, cast

from companion.workers.testrun.codestore import CodeStore
from companion.workers.testrun.overlays import Overlays
from companion.workers.testrun.patches import Patches
from companion.workers.testrun.splice import Part, Splice, parts_of


class Source:
    """A file whose text is known, as far as pytest's own rewriting asks."""

    def __init__(self, path: Path, text: bytes) -> None:
        self._path, self._text = str(path), text

    def __str__(self) -> str:
        return self._path

    def __fspath__(self) -> str:
        return self._path

    def read_bytes(self) -> bytes:
        """See `Path.read_bytes`."""
        return self._text


class Rewriting:
    """In the place of the functions that pytest's hook reads, rewrites and writes with.

    ``overlays_of`` says what lies over a file of the project, and None for others, which are left to pytest.
    """

    def __init__(self, overlays_of: "Callable[[str], Union[Overlays, None]]", code_folder: str) -> None:
        self._overlays_of = overlays_of
        self._store = CodeStore(code_folder, f"pytest-{importlib.import_module('pytest').__version__}")
        self._splice: Union[Splice, None] = None
        self._read_pyc: Any = None
        self._rewrite_test: Any = None
        self._rewrite_asserts: Any = None

    def apply(self, patches: Patches) -> None:
        """pytest must be importable."""
        module: Any = importlib.import_module("_pytest.assertion.rewrite")
        self._read_pyc, self._rewrite_test = module._read_pyc, module._rewrite_test
        self._rewrite_asserts = module.rewrite_asserts
        patches.replace(module, "_read_pyc", self.read)
        patches.replace(module, "_rewrite_test", self.rewrite)
        patches.replace(module, "rewrite_asserts", self._rewrite_the_rest)
        patches.replace(module, "traverse_node", places)

    def read(self, source: Any, *rest: Any, **options: Any) -> Any:
        """In the place of `_read_pyc`: the code of this file as it is now, or None."""
        path = str(source)
        overlays = self._overlays_of(path)
        if overlays is None:
            return self._read_pyc(source, *rest, **options)
        try:
            text = overlays.read(source)
        except OSError:
            return None
        code = self._store.load(path, text)
        if code is not None:
            overlays.made(code, path, text)
        return code

    def rewrite(self, fn: Any, config: Any) -> Any:
        """In the place of `_rewrite_test`: the file's status and its code."""
        path = str(fn)
        overlays = self._overlays_of(path)
        if overlays is None:
            with without_collecting():
                return self._rewrite_test(fn, config)
        with without_collecting(), overlays.compiling(path):
            source = Source(fn, text := overlays.read(fn))
            # The pass hook asks for other code, and is seldom asked for: nothing of that is kept.
            if config.getini("enable_assertion_pass_hook"):
                status, code = self._rewrite_test(source, config)
            else:
                status, code, parts = self._rewrite_what_changed(path, lambda: self._rewrite_test(source, config))
                self._store.save(path, text, code)
                self._store.save_parts(path, text, parts)
        overlays.made(code, path, text)
        return status, code

    def _rewrite_what_changed(
        self, path: str, rewrite: "Callable[[], tuple[Any, CodeType]]"
    ) -> "tuple[Any, CodeType, tuple[Part, ...]]":
        known = parts_of(*self._store.load_parts(path))
        while True:
            self._splice = splice = Splice(known)
            try:
                status, code = rewrite()
            finally:
                self._splice = None
            whole = splice.put_back(code)
            if whole is not None:
                return status, whole, splice.parts
            known = {}

    def _rewrite_the_rest(self, mod: ast.Module, source: bytes, *rest: Any, **options: Any) -> None:
        if self._splice is not None:
            self._splice.leave_out(mod, source)
        self._rewrite_asserts(mod, source, *rest, **options)


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
