"""What a module imports, read from its text. Pure."""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

BY_NAME = frozenset({"import_module", "__import__", "importorskip", "run_module", "find_spec"})
"""``importlib.import_module("x")``, ``pytest.importorskip("x")`` and the like."""


@dataclass(frozen=True, slots=True)
class ImportRef:
    """``from <level dots><module> import <names>``, or ``import <module>`` (no names, level 0)."""

    module: str
    level: int = 0
    names: tuple[str, ...] = ()


def imports_of(text: str) -> tuple[ImportRef, ...] | None:
    """All imports anywhere in the text; None if it does not parse.

    Those by a name in the text count too: ``import_module("shop")``, ``pytest_plugins``.
    """
    tree = parsed(text)
    if tree is None:
        return None
    return tuple(dict.fromkeys(ref for node in ast.walk(tree) for ref in refs_of(node)))


def parsed(text: str) -> ast.Module | None:
    """None for what does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on the user's code: not ours to give
            return ast.parse(text)
    except SyntaxError, ValueError, RecursionError, MemoryError:
        return None


def refs_of(node: ast.AST) -> Iterator[ImportRef]:
    """What this node imports by itself, its children aside."""
    match node:
        case ast.Import():
            yield from (ImportRef(alias.name) for alias in node.names)
        case ast.ImportFrom():
            yield ImportRef(node.module or "", node.level, tuple(alias.name for alias in node.names))
        case ast.Assign(targets=targets, value=value) if any(map(_is_plugins, targets)):
            yield from map(ImportRef, _strings([value]))
        case ast.AnnAssign(target=target, value=ast.expr() as value) if _is_plugins(target):
            yield from map(ImportRef, _strings([value]))
        case ast.AugAssign(target=target, value=value) if _is_plugins(target):
            yield from map(ImportRef, _strings([value]))
        case ast.Call() if _last_name(node.func) in BY_NAME:
            yield from _by_name(_strings([*node.args, *(keyword.value for keyword in node.keywords)]))
        case _:
            pass


def _by_name(names: list[str]) -> Iterator[ImportRef]:
    """The module's name, and after it perhaps the package that it is relative to."""
    for name in names:
        level = len(name) - len(name.lstrip("."))
        yield ImportRef(name.lstrip("."), level, ("__main__",))
        if level:
            yield from (ImportRef(f"{package}.{name.lstrip('.')}") for package in names if package != name)


def _is_plugins(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "pytest_plugins"


def _last_name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _strings(values: list[ast.expr]) -> list[str]:
    nodes = (node for value in values for node in ast.walk(value))
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
