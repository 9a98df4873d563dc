"""What a function keeps beyond its call: results that later calls find instead of computing them. Pure."""

import ast
from collections.abc import Callable, Iterator

from companion.core.impact.reading import Function, Reading

FRESH = (ast.List, ast.Dict, ast.Set, ast.Tuple, ast.ListComp, ast.DictComp, ast.SetComp, ast.Constant, ast.JoinedStr)
CONTAINERS = frozenset({"dict", "list", "set", "defaultdict", "OrderedDict", "Counter", "deque", "bytearray"})
CONDITIONS = (
    ast.If, ast.Try, ast.TryStar, ast.BoolOp, ast.IfExp, ast.While, ast.Match, ast.comprehension, ast.For,
)  # fmt: skip
ASIDE = frozenset({"setdefault", "setattr", "__setattr__"})


def may_keep(reading: Reading) -> bool:
    """Whether it is worth looking closer."""
    return bool(
        reading.stores & reading.words or reading.fills or reading.globals or not ASIDE.isdisjoint(reading.words)
        or "setattr" in reading.names
    )  # fmt: skip


def kept_by(node: Function, mentions: Callable[[list[ast.AST]], frozenset[str]]) -> frozenset[str]:
    """Names and words of what is computed where something is stored that the function also looks at.

    ``mentions`` gives the names and words of some nodes. Takes too much rather than too little: any branch counts as
    the one that asks whether the value is there.
    """
    everything = list(ast.walk(node))
    if not any(isinstance(inner, CONDITIONS) for inner in everything):
        return frozenset()
    read, fresh = _read(everything), _fresh(node, everything)
    found: list[ast.AST] = []
    for block in _blocks(everything):
        stored = {name for statement in block for name in _stored(statement)}
        if any(name in read and name not in fresh for name in stored) or "()" in stored:
            found += [part for statement in block for part in _computed(statement)]
    return mentions(found) if found else frozenset()


def _blocks(nodes: list[ast.AST]) -> Iterator[list[ast.stmt]]:
    for node in nodes:
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield block


def _stored(statement: ast.stmt) -> Iterator[str]:
    """Attributes, containers and variables that a statement of a block stores to, itself or as an expression."""
    for node in _shallow(statement):
        match node:
            case ast.Attribute(attr=name, ctx=ast.Store()) | ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Subscript(value=value, ctx=ast.Store()):
                yield _last(value)
            case ast.Call(func=ast.Attribute(attr=name)) if name in ASIDE:
                yield "()"
            case ast.Call(func=ast.Name(id="setattr")):
                yield "()"
            case _:
                pass


def _shallow(statement: ast.stmt) -> Iterator[ast.AST]:
    """The statement and its expressions, without the statements within."""
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        yield node
        todo += [
            child for child in ast.iter_child_nodes(node)
            if not isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case))
        ]  # fmt: skip


def _computed(statement: ast.stmt) -> Iterator[ast.AST]:
    """Calls, and what is stored."""
    match statement:
        case ast.Assign(value=value) | ast.AugAssign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            yield value
        case _:
            yield from (node for node in ast.walk(statement) if isinstance(node, (ast.Call, ast.NamedExpr)))


def _read(nodes: list[ast.AST]) -> set[str]:
    """All that is looked at, in whatever way; ``x[k] = v`` does not look at ``x``."""
    filled = {id(node.value) for node in nodes if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)}
    found: set[str] = set()
    for node in nodes:
        match node:
            case ast.Attribute(attr=name, ctx=ast.Load()) | ast.Name(id=name, ctx=ast.Load()) if (
                id(node) not in filled
            ):
                found.add(name)
            case ast.Constant(value=str(name)):
                found.add(name)
            case ast.AugAssign(target=ast.Name(id=name) | ast.Attribute(attr=name)):
                found.add(name)
            case _:
                pass
    return found | {"__dict__", "()"}


def _fresh(function: Function, nodes: list[ast.AST]) -> set[str]:
    """Variables that end with the call: all that are assigned, but for those that are another name of something."""
    declared = {name for node in nodes if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}
    shared = declared | {node.arg for node in nodes if isinstance(node, ast.arg)}
    local: set[str] = set()
    filled = {
        _last(node.value) for node in nodes if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
    }
    for node in nodes:
        match node:
            case ast.Assign(targets=targets, value=value):
                names = {target.id for target in targets if isinstance(target, ast.Name)}
                local |= names
                shared |= names if not _is_fresh(value) else set()
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                local.add(name)
                shared |= {name} if not _is_fresh(value) else set()
            case ast.Name(id=name, ctx=ast.Store()):
                local.add(name)
            case _:
                pass
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return local - declared - attributes - (shared & filled)


def _is_fresh(value: ast.expr) -> bool:
    return isinstance(value, FRESH) or (isinstance(value, ast.Call) and _last(value.func) in CONTAINERS)


def _last(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else "()"
