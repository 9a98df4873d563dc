"""Which names code may look up while it runs at import. Pure."""

import ast

from companion.core.impact.chunks import Chunk


def uses_of(chunks: list[Chunk]) -> dict[str, set[str]]:
    """The names that the code behind a name mentions."""
    uses: dict[str, set[str]] = {}
    for chunk in chunks:
        if chunk.reading.binds and not isinstance(chunk.node, (ast.Import, ast.ImportFrom)):
            found: set[str] = set()
            for inner in chunk.all():
                found |= inner.reading.names
                found |= inner.body.names if inner.body else set()
            for name in chunk.reading.binds:
                uses[name] = uses.get(name, set()) | found
    return uses


def reached(names: set[str], uses: dict[str, set[str]]) -> set[str]:
    """These names and all that code behind them may look up."""
    seen, todo = set(names), list(names)
    while todo:
        found = uses.get(todo.pop(), set()) - seen
        seen |= found
        todo += found
    return seen
