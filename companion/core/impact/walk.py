"""One walk over some code, for its fingerprint and for what it mentions. Pure.

The walk goes by a list of its own, not by recursion: it is as quick as Python allows, and as deep as the code is.
"""

import ast
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from companion.core.impact.meanings import MEANINGS
from companion.core.impact.reading import Reading

NOT_READ = frozenset({"ctx", "type_comment", "type_ignores", "kind"})


def walk(reading: Reading, nodes: Iterable[Any]) -> Reading:  # noqa: C901 - a call for each node would take twice as long
    """Walk these nodes and all below them, in their order."""
    stack: list[Any] = [*nodes]
    stack.reverse()
    pop, push, extend = stack.pop, stack.append, stack.extend
    say, keen = reading.pieces.append, reading.keen
    names, words, strings, binds, stores = (
        reading.names,
        reading.words,
        reading.strings,
        reading.binds,
        reading.stores,
    )
    while stack:
        node = pop()
        kind = node.__class__
        if kind is ast.Name:
            say(f"={node.id}")
            (names if node.ctx.__class__ is ast.Load else binds).add(node.id)
        elif kind is ast.Constant:
            value = node.value
            say(repr(value) if value.__class__ is str else _constant(value))
            if value.__class__ is str:
                strings.append(value)
        elif kind is ast.Attribute:
            say(f".{node.attr}")
            (words if node.ctx.__class__ is ast.Load else stores).add(node.attr)
            push(node.value)
        elif kind is list:
            say(f"[{len(node)}")
            extend(reversed(node))
        elif node is None:
            say("~")
        elif kind is str:
            say(node)
        elif kind is int or kind is bool:
            say(str(node))
        else:
            say(kind.__name__)
            if kind in keen:
                reading.suspects.append(node)
            special = MEANINGS.get(kind)
            if special is None or special(reading, node, stack):
                extend(children(node))
    return reading


def _constant(value: object) -> str:
    """As ``repr``, which refuses integers of very many digits."""
    return f"{value:#x}" if type(value) is int else repr(value)


def _getter(kind: type[ast.AST]) -> Callable[[Any], Iterable[Any]]:
    """The children of a node, the last one first."""
    fields = [name for name in reversed(kind._fields) if name not in NOT_READ]
    if len(fields) > 1:
        return attrgetter(*fields)
    return lambda node: [getattr(node, name) for name in fields]


_GETTERS: dict[type[ast.AST], Callable[[Any], Iterable[Any]]] = {}


def children(node: ast.AST) -> Iterable[Any]:
    """What a node consists of, the last first: nodes, lists of them, names, None."""
    kind = node.__class__
    if kind not in _GETTERS:
        _GETTERS[kind] = _getter(kind)
    return _GETTERS[kind](node)
