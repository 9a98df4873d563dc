"""What an edited file is likely to begin with next time as well: its imports, up to the first other statement.

They are executed before it is known what the file will hold, in the place where it would do so itself, and are good
for whatever text begins the same way.
This module also runs in the project's own Python (3.10 or later).
"""

import ast
import contextlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Union


class Head:
    """Of the file at ``path``, which is being imported: its module is there, and empty still."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._statements = tuple(leading(_text(path)))
        self._begun = False

    def execute(self) -> None:
        """Raises whatever an import raises."""
        module = _module_of(self._path)
        if module is None:
            return
        self._begun = True
        for statement in self._statements:
            code = compile(ast.Module([statement], []), self._path, "exec", dont_inherit=True)
            exec(code, vars(module))  # noqa: S102 - it is the project's own code

    def is_still(self) -> bool:
        """Whether what was executed is how the file begins now."""
        if not self._begun:
            return True
        now = [ast.dump(statement) for statement in leading(_text(self._path))]
        return now[: len(self._statements)] == [ast.dump(statement) for statement in self._statements]


def leading(text: bytes) -> "Iterator[ast.stmt]":
    """The imports that a module begins with; nothing of one that cannot be compiled."""
    tree = None
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.parse(text)
    for number, statement in enumerate(tree.body if tree is not None else ()):
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield statement
        elif number or not _is_docstring(statement):
            return


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _text(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - tests replace methods of Path
            return file.read()
    except OSError:
        return b""


def _module_of(path: str) -> Union[ModuleType, None]:
    found = (module for module in list(sys.modules.values()) if getattr(module, "__file__", None) == path)
    return next(found, None)
