"""A name, or a dotted one, as a sequence that code reads: what it may be, and who could change it meanwhile.

These are looks at the text. A second name for the same list, or a ``__getitem__`` with a mind of its own, stays
unseen: such code is for the tests to reject.
"""

import ast
import builtins
from collections import Counter

from companion.refactor.analysis.scope import SCOPES, bound, mentioned_within, own_nodes

HARMLESS = {
    "abs", "all", "any", "ascii", "bin", "bool", "bytes", "chr", "complex", "divmod", "enumerate", "float", "format",
    "frozenset", "hash", "hex", "id", "int", "isinstance", "issubclass", "len", "list", "max", "min", "oct", "ord",
    "pow", "print", "range", "repr", "reversed", "round", "set", "slice", "sorted", "str", "sum", "tuple", "type",
    "zip",
}  # fmt: skip
"""Builtins that change nothing that they are given; exceptions are harmless too."""
FRESH = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.Constant, ast.JoinedStr)
FRESH_CALLS = {"bytearray", "dict", "list", "set", "str", "tuple"}
MAPPINGS = {
    "ChainMap", "Counter", "DataFrame", "Dict", "Mapping", "MutableMapping", "OrderedDict", "Series", "defaultdict",
    "dict",
}  # fmt: skip
MAPPING_ATTRIBUTES = {"get", "iloc", "items", "keys", "loc", "setdefault", "values"}
WRAPPERS = {"Annotated", "ClassVar", "Final", "Optional", "Union"}
SUSPENSIONS = (ast.Await, ast.Yield, ast.YieldFrom, ast.With, ast.AsyncWith, ast.AsyncFor)


def dotted(node: ast.AST) -> str | None:
    """``a.b.c`` for a name or for attributes of one, else None."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def is_private(name: str, scope: ast.AST) -> bool:
    """Whether only the scope's own statements can reach the sequence by this name, which is not dotted."""
    own = list(own_nodes(scope))
    elsewhere = any(name in node.names for node in own if isinstance(node, ast.Global | ast.Nonlocal))
    nested = any(name in mentioned_within(node) for node in own if isinstance(node, SCOPES))
    return not elsewhere and not nested and any(name in bound(node) for node in own)


def could_disturb(node: ast.AST, shadowed: frozenset[str], fresh: frozenset[str]) -> bool:
    """Whether evaluating this one node may run code that is not in the text.

    ``shadowed`` names are no builtins here; ``fresh`` ones hold objects of builtin types.
    """
    if not isinstance(node, ast.Call):
        return isinstance(node, SUSPENSIONS)
    match node.func:
        case ast.Name(name):
            return name in shadowed or not (name in HARMLESS or _is_exception(name))
        case ast.Attribute(ast.Name(name)):
            return name not in fresh
        case ast.Attribute(ast.Constant() | ast.JoinedStr()):
            return False
        case _:
            return True


def fresh_names(scope: ast.AST) -> frozenset[str]:
    """The names that a scope binds to nothing but new lists, dicts, sets, texts and numbers of its own."""
    every: Counter[str] = Counter()
    made: Counter[str] = Counter()
    for node in own_nodes(scope):
        every.update(bound(node))
        match node:
            case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(ast.Name(name), value=ast.expr() as value):
                made.update([name] if _is_fresh(value) else [])
            case _:
                pass
    return frozenset(name for name, count in made.items() if every[name] == count)


def looks_like_mapping(name: str, area: ast.AST) -> bool:
    """Whether something in ``area`` says that the object of this dotted name is indexed by keys or labels."""
    return any(_speaks_of_mapping(node, name) for node in ast.walk(area))


def _speaks_of_mapping(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Assign(targets, value):
            return any(dotted(target) == name for target in targets) and _is_mapping(value)
        case ast.AnnAssign(target, annotation, value):
            return dotted(target) == name and (_names_mapping(annotation) or _is_mapping(value))
        case ast.arg(argument, annotation):
            return argument == name and _names_mapping(annotation)
        case ast.arguments(kwarg=ast.arg(argument)):
            return argument == name
        case ast.Attribute(value, attribute):
            return attribute in MAPPING_ATTRIBUTES and dotted(value) == name
        case ast.Subscript(value, ast.Constant(str())):
            return dotted(value) == name
        case _:
            return False


def _is_mapping(value: ast.expr | None) -> bool:
    match value:
        case ast.Dict() | ast.DictComp():
            return True
        case ast.Call(ast.Name(name) | ast.Attribute(attr=name)):
            return name in MAPPINGS
        case _:
            return False


def _names_mapping(annotation: ast.expr | None) -> bool:
    match annotation:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name in MAPPINGS
        case ast.Constant(str(text)):
            return any(part.split("[")[0].strip().rpartition(".")[2] in MAPPINGS for part in text.split("|"))
        case ast.BinOp(left, ast.BitOr(), right):
            return _names_mapping(left) or _names_mapping(right)
        case ast.Subscript(ast.Name(name) | ast.Attribute(attr=name), inner) if name in WRAPPERS:
            return any(map(_names_mapping, inner.elts if isinstance(inner, ast.Tuple) else [inner]))
        case ast.Subscript(value):
            return _names_mapping(value)
        case _:
            return False


def _is_fresh(value: ast.expr) -> bool:
    match value:
        case ast.Call(ast.Name(name)):
            return name in FRESH_CALLS
        case _:
            return isinstance(value, FRESH)


def _is_exception(name: str) -> bool:
    found: object = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)
