"""Attributes that are looked up by a computed name: what can be told of the name. Pure."""

import ast
from collections.abc import Iterator

LOOKUPS = frozenset({
    "getattr", "setattr", "hasattr", "delattr", "getattr_static", "attrgetter", "methodcaller", "patch", "object",
    "__getattribute__", "__getattr__", "__setattr__", "__delattr__",
})  # fmt: skip
"""Functions that take the name of an attribute; also ``monkeypatch.setattr`` and ``patch.object``."""
SETTING = frozenset({"setattr", "__setattr__"})


def prefix_of(call: ast.Call, name: str) -> Iterator[str]:
    """How a computed name begins, empty where nothing tells; nothing for a name that the text shows."""
    for value in _names(call, name):
        if not isinstance(value, ast.Constant):
            yield _beginning(value).rpartition(".")[2]


def _names(call: ast.Call, name: str) -> list[ast.expr]:
    """The arguments that are names of attributes."""
    args, func = call.args, call.func
    owner = _last_name(func.value) if isinstance(func, ast.Attribute) else ""
    if any(isinstance(arg, ast.Starred) for arg in args[:2]):
        return args[:2]
    if name == "attrgetter":
        return args
    if name == "methodcaller" or (name == "patch" and owner in {"", "mock", "mocker"}):
        return args[:1]
    if name.startswith("__"):  # with the object before it, or as a method of that
        return args[-2:-1] if name in SETTING else args[-1:]
    if name in {"patch", "object"} and owner != "patch":
        return []  # HTTP's PATCH, and others that are called so
    by_target = owner and len(args) == 2 and isinstance(args[0], ast.Constant)  # monkeypatch.setattr("a.b", 1)
    return [] if by_target else args[1:2]


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else "()"


def _beginning(value: ast.expr) -> str:
    while isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
        value = value.left
    match value:
        case ast.Constant(value=str(text)) | ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            return text
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod()):
            return text.partition("%")[0]
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
            return text.partition("{")[0]
        case _:
            return ""
