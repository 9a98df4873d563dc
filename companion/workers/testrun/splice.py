"""An edited test file is rewritten and compiled anew only where its text has changed.

pytest's rewriting takes most of the time until an edited test runs. What a function or class at the top of a module
compiles to depends on its own text, on where it begins, and on what the module imports; so definitions that were
compiled before are left out of the tree, and put into the module's code afterwards.
This module also runs in the project's own Python (3.10 or later).
"""

import ast
import hashlib
import re
from collections.abc import Mapping
from types import CodeType
from typing import Union, cast

Part = tuple[bytes, str, int]
"""A definition: the digest of its text, its name, its first line."""

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
SPECIAL = re.compile(rb"PYTEST_DONT_REWRITE|\A(?:[^\n]*\n)?[ \t\f]*#.*?coding[:=]")
"""Where a text of the same bytes may mean something else elsewhere."""
GLOBAL = re.compile(rb"\bglobal\b")
"""This statement decides what the module's own code is."""


def parts_of(code: Union[CodeType, None], parts: "tuple[Part, ...]") -> "dict[bytes, CodeType]":
    """The definitions in a module's code by the digests of their texts."""
    found = {(inner.co_name, inner.co_firstlineno): inner for inner in (_inner(code) if code is not None else ())}
    return {digest: found[name, line] for digest, name, line in parts if (name, line) in found}


class Splice:
    """One compilation of one file; ``known`` are definitions that it may hold unchanged, see `parts_of`."""

    def __init__(self, known: "Mapping[bytes, CodeType]") -> None:
        self.parts: tuple[Part, ...] = ()
        self._known = known
        self._left_out: dict[tuple[str, int], CodeType] = {}

    def leave_out(self, tree: ast.Module, source: bytes) -> None:
        """Empty what is known already; ``parts`` are then all definitions."""
        if SPECIAL.search(source):
            return
        lines = source.splitlines(keepends=True)
        context = "\0".join(sorted(_imported(tree))).encode("utf-8", "surrogatepass")
        for node in tree.body:
            if isinstance(node, DEFINITIONS) and not getattr(node, "type_params", ()):
                line = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                text = b"".join(lines[line - 1 : node.end_lineno])
                digest = hashlib.blake2b(context + text, digest_size=20).digest()
                self.parts += ((digest, node.name, line),)
                code = None if GLOBAL.search(text) else _moved(self._known.get(digest), line)
                if code is not None:
                    node.body = [ast.copy_location(ast.Pass(), node.body[0])]
                    self._left_out[node.name, line] = code

    def put_back(self, code: CodeType) -> Union[CodeType, None]:
        """The module's code with what was left out; None if that is not possible: then nothing may be left out."""
        left = dict(self._left_out)
        constants = tuple(
            left.pop((constant.co_name, constant.co_firstlineno), constant)
            if isinstance(constant, CodeType)
            else constant
            for constant in code.co_consts
        )
        return None if left else code.replace(co_consts=constants)


def _imported(tree: ast.Module) -> "set[str]":
    """Names that the module binds by importing: the compiler has another instruction to call what is in them."""
    names: set[str] = set()
    left: list[ast.AST] = [*tree.body]
    while left:
        node = left.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            future = "from __future__ " if getattr(node, "module", "") == "__future__" else ""
            names |= {future + (alias.asname or alias.name.partition(".")[0]) for alias in node.names}
        elif not isinstance(node, DEFINITIONS):
            left += [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr)]
    return names


def _moved(code: Union[CodeType, None], line: int) -> Union[CodeType, None]:
    """The code as if it began at this line; None where that cannot be had."""
    if code is None or code.co_firstlineno == line:
        return code
    return None if _knows_its_line(code) else _shifted(code, line - code.co_firstlineno)


def _knows_its_line(code: CodeType) -> bool:
    """Since Python 3.13 classes tell where they begin, by a constant that may also be one of the class's own."""
    return "__firstlineno__" in code.co_names or any(map(_knows_its_line, _inner(code)))


def _shifted(code: CodeType, lines: int) -> CodeType:
    """Other lines are told relative to the first."""
    constants = tuple(_shifted(c, lines) if isinstance(c, CodeType) else c for c in code.co_consts)
    return code.replace(co_firstlineno=code.co_firstlineno + lines, co_consts=constants)


def _inner(code: CodeType) -> "list[CodeType]":
    return [constant for constant in cast("tuple[object, ...]", code.co_consts) if isinstance(constant, CodeType)]
