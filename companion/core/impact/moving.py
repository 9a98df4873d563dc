"""Where lines of a text are in the next one: they move with the code that they are of, as long as that is the same.

What is inside of a function is the same if all of its body is, whatever stands around it or in comments; elsewhere
each statement counts for itself, where it stands in the same blocks as before. Pure.
"""

import ast
import warnings
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import cast

from companion.core.impact.definitions import documented

BLOCKS = frozenset({"body", "orelse", "finalbody", "handlers", "cases"})
"""Fields of statements that hold statements."""
FAULTS = (SyntaxError, ValueError, RecursionError, MemoryError)

type Unit = tuple[str, str, Sequence[int]]
"""Where code is, by names; what it says; and the lines where its statements begin."""


@dataclass(frozen=True, slots=True)
class Moves:
    """From one text to another: ``places`` is where each statement begins that began at a line; 0: nowhere."""

    places: Mapping[int, int]
    _begins: tuple[int, ...]

    def of(self, lines: Iterable[int]) -> frozenset[int]:
        """The first lines, in the second text, of the statements that these lines of the first belong to.

        Those that are others now are missing.
        """
        at = (bisect_right(self._begins, line) - 1 for line in lines)
        return frozenset(self.places[self._begins[place]] for place in at if place >= 0) - {0}


def moves(before: str, after: str) -> Moves:
    """Nothing moves where one of them does not parse."""
    places = _places(before, after)
    return Moves(places, tuple(sorted(places)))


def _places(before: str, after: str) -> dict[int, int]:
    """Where each statement of the first text begins in the second; 0 if it is not there."""
    try:
        with warnings.catch_warnings(action="ignore"):
            old, new = (_numbered(_units(*_block(ast.parse(text)), "")) for text in (before, after))
    except FAULTS:
        return {}
    places: dict[int, int] = {}
    for key, lines in old.items():
        now = new.get(key, ())
        for place, line in enumerate(lines):
            places[line] = places.get(line) or (now[place] if place < len(now) else 0)
    return places


def _numbered(units: Iterable[Unit]) -> dict[tuple[str, str, int], Sequence[int]]:
    """Code that says the same at the same place is told apart by its order."""
    counts: Counter[tuple[str, str]] = Counter()
    found: dict[tuple[str, str, int], Sequence[int]] = {}
    for name, said, lines in units:
        found[name, said, counts[name, said]] = lines
        counts[name, said] += 1
    return found


def _units(doc: list[int], nodes: Iterable[ast.AST], outer: str) -> Iterator[Unit]:
    """Of the statements of a block; its docstring is nobody's, for it does nothing."""
    yield f"{outer}__doc__", "", doc
    for node in nodes:
        head = _head(node)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            own, body = _block(node)
            yield f"{outer}{node.name}", head, _begins(node)
            yield f"{outer}{node.name}.__doc__", "", own
            yield f"{outer}{node.name}()", _said(body), list(chain.from_iterable(map(_all, body)))
        else:
            inner = f"{outer}{node.name}." if isinstance(node, ast.ClassDef) else f"{outer}{head}:"
            yield outer, head, _begins(node)
            for field, value in ast.iter_fields(node):
                if field == "body" and isinstance(node, ast.ClassDef):
                    yield from _units(*_block(node), inner)
                elif _is_block(node, field):
                    yield from _units([], value, f"{inner}{field}:")


def _block(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
) -> tuple[list[int], list[ast.stmt]]:
    """Where its docstring begins, and what follows."""
    statements, _ = documented(node)
    return ([node.body[0].lineno] if len(statements) < len(node.body) else []), statements


def _is_block(node: ast.AST, field: str) -> bool:
    return field in BLOCKS and isinstance(node, (ast.stmt, ast.excepthandler, ast.match_case))


def _head(node: ast.AST) -> str:
    """What it says but for the statements in it."""
    fields = (value for field, value in ast.iter_fields(node) if not _is_block(node, field))
    return f"{node.__class__.__name__} {_said(fields)}"


def _said(values: Iterable[object]) -> str:
    return "\n".join(_dumped(value) for value in values)


def _dumped(value: object) -> str:
    if isinstance(value, list):
        return f"[{_said(cast('list[object]', value))}]"
    return ast.dump(value) if isinstance(value, ast.AST) else repr(value)


def _begins(node: ast.AST) -> list[int]:
    """Lines of decorators, and that of the statement itself."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    place = node.pattern if isinstance(node, ast.match_case) else node
    return [*(decorator.lineno for decorator in decorators), getattr(place, "lineno", 0)]


def _all(node: ast.AST) -> Iterator[int]:
    """As `_begins`, and of all that is in it, in the order of the text."""
    yield from _begins(node)
    for field, value in ast.iter_fields(node):
        if _is_block(node, field):
            for inner in value:
                yield from _all(inner)
