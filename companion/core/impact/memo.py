"""What a function keeps beyond its call: results that later calls find instead of computing them. Pure."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from companion.core.impact.definitions import Function
from companion.core.impact.reading import Reading
from companion.core.impact.walk import children, walk

FRESH = (ast.List, ast.Dict, ast.Set, ast.Tuple, ast.ListComp, ast.DictComp, ast.SetComp, ast.Constant, ast.JoinedStr)
CONTAINERS = frozenset({"dict", "list", "set", "defaultdict", "OrderedDict", "Counter", "deque", "bytearray"})
CONDITIONS = frozenset({"If", "Try", "TryStar", "BoolOp", "IfExp", "While", "Match", "comprehension", "For"})
ASIDE = frozenset({"setdefault", "setattr", "__setattr__"})
SOMEWHERE = "()"
"""What is stored where no text shows it."""


def lazy_of(node: Function, reading: Reading) -> frozenset[str]:
    """Names and words of what is computed where something is stored that the function also looks at.

    Takes too much rather than too little: any branch counts as the one that asks whether the value is there.
    """
    if not _may_keep(reading):
        return frozenset()
    look = _Look()
    look.at(node)
    kept = look.kept()
    found = [part for block, stored in look.blocks if stored & kept for st in block for part in _computed(st)]
    mentions = walk(Reading(), found).mentions()
    return mentions.names | mentions.words


def _may_keep(reading: Reading) -> bool:
    """Whether it is worth looking closer."""
    if CONDITIONS.isdisjoint(reading.pieces):
        return False
    aside = "setattr" in reading.names or not ASIDE.isdisjoint(reading.words)
    outside = reading.filled - reading.binds or reading.filled & reading.aliases
    looked = reading.stores & reading.words or not reading.stores.isdisjoint(reading.strings)
    return bool(looked or outside or reading.globals or aside)


@dataclass(slots=True)
class _Look:
    """What one pass over a function finds: ``blocks`` with what their statements store, and all that it reads.

    ``local`` are variables of the function, ``shared`` those of them that may be another name of something else.
    """

    blocks: list[tuple[list[ast.stmt], set[str]]] = field(default_factory=list[tuple[list[ast.stmt], set[str]]])
    read: set[str] = field(default_factory=set[str])
    words: set[str] = field(default_factory=set[str])
    local: set[str] = field(default_factory=set[str])
    shared: set[str] = field(default_factory=set[str])
    declared: set[str] = field(default_factory=set[str])
    filled: set[str] = field(default_factory=set[str])

    def at(self, node: Function) -> None:
        """Look at a function: once at each node."""
        stored = set[str]()
        todo: list[tuple[Any, set[str]]] = [(node.args, stored), (node.body, stored)]
        while todo:
            here, stored = todo.pop()
            if isinstance(here, ast.AST):
                stored.update(self._note(here))
                todo += [(child, stored) for child in self._below(here)]
            elif here.__class__ is list:
                if here and isinstance(here[0], ast.stmt):
                    stored = set[str]()
                    self.blocks.append((here, stored))
                todo += [(child, stored) for child in here]

    def kept(self) -> set[str]:
        """What is stored, looked at, and there after the call."""
        ends = self.local - self.declared - self.words - (self.shared & self.filled)
        return (self.read - ends) | {SOMEWHERE, "__dict__"}

    def _below(self, node: ast.AST) -> Iterator[Any]:
        """``x[k] = v`` does not look at ``x``."""
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            yield node.slice
            yield from children(node.value)
        else:
            yield from children(node)

    def _note(self, node: ast.AST) -> Iterator[str]:
        """What the node reads is noted; what it stores to."""
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                self.local.add(name)
                yield name
            case ast.Name(id=name):
                self.read.add(name)
            case ast.Attribute(attr=name, ctx=ast.Store()):
                self.words.add(name)
                yield name
            case ast.Attribute(attr=name):
                self.words.add(name)
                self.read.add(name)
            case ast.Constant(value=str(name)):
                self.read.add(name)
            case ast.Subscript(value=value, ctx=ast.Store()):
                self.filled.add(_last(value))
                self.words |= {_last(value)} if isinstance(value, ast.Attribute) else set()
                yield _last(value)
            case _:
                yield from self._statement(node)

    def _statement(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in ASIDE:
                yield SOMEWHERE
            case ast.AugAssign(target=ast.Name(id=name) | ast.Attribute(attr=name)):
                self.read.add(name)
            case ast.Global() | ast.Nonlocal():
                self.declared.update(node.names)
            case ast.arg(arg=name):
                self.shared.add(name)
            case ast.Assign(targets=targets, value=value) if not _is_fresh(value):
                self.shared |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.Assign():
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self.shared |= set() if _is_fresh(value) else {name}
            case ast.withitem() | ast.For() | ast.NamedExpr():
                inner = node.optional_vars if isinstance(node, ast.withitem) else node.target
                self.shared |= {inner.id} if isinstance(inner, ast.Name) else set()
            case _:
                pass


def _computed(statement: ast.stmt) -> Iterator[ast.AST]:
    """Calls, and what is stored."""
    match statement:
        case ast.Assign(value=value) | ast.AugAssign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            yield value
        case _:
            yield from (node for node in ast.walk(statement) if isinstance(node, (ast.Call, ast.NamedExpr)))


def _is_fresh(value: ast.expr) -> bool:
    return isinstance(value, FRESH) or (isinstance(value, ast.Call) and _last(value.func) in CONTAINERS)


def _last(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else SOMEWHERE
