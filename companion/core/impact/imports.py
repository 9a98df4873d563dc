"""What a module imports, read from its text. Pure."""

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImportRef:
    """``from <level dots><module> import <names>``, or ``import <module>`` (no names, level 0)."""

    module: str
    level: int = 0
    names: tuple[str, ...] = ()


def imports_of(text: str) -> tuple[ImportRef, ...] | None:
    """All imports anywhere in the text, those of pytest's ``pytest_plugins`` too; None if it does not parse."""
    try:
        tree = ast.parse(text)
    except SyntaxError, ValueError, RecursionError:
        return None
    found: dict[ImportRef, None] = {}
    for node in ast.walk(tree):
        for ref in _refs(node):
            found[ref] = None
    return tuple(found)


def _refs(node: ast.AST) -> tuple[ImportRef, ...]:
    match node:
        case ast.Import():
            return tuple(ImportRef(alias.name) for alias in node.names)
        case ast.ImportFrom():
            return (ImportRef(node.module or "", node.level, tuple(alias.name for alias in node.names)),)
        case ast.Assign(targets=[ast.Name(id="pytest_plugins")], value=value):
            return tuple(ImportRef(name) for name in _strings(value))
        case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]) if _imports_by_name(func):
            return (ImportRef(name),)
        case _:
            return ()


def _strings(value: ast.expr) -> list[str]:
    return [n.value for n in ast.walk(value) if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def _imports_by_name(func: ast.expr) -> bool:
    """``importlib.import_module("x")``, ``__import__("x")``, ``pytest.importorskip("x")``."""
    name = func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""
    return name in ("import_module", "__import__", "importorskip")
