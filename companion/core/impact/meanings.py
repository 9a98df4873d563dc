"""What a node means beyond its children: names that it binds, words that it speaks of. Pure."""

import ast
from collections.abc import Callable
from typing import Any

from companion.core.impact.definitions import Definition, documented
from companion.core.impact.lookups import LOOKUPS, prefix_of
from companion.core.impact.reading import Reading

type Meaning = Callable[[Reading, Any, list[Any]], bool]
"""Notes what a node means beyond its children; whether those are still to be walked."""


def _definition(reading: Reading, node: Definition, stack: list[Any]) -> bool:
    if reading.top:
        reading.found.append(node)
        return False
    body, text = documented(node)
    if text:
        bare = not node.decorator_list and not (isinstance(node, ast.ClassDef) and (node.bases or node.keywords))
        (reading.docs if bare else stack).append(text if bare else repr(text))
    stack += [body, node.decorator_list, node.type_params]
    if isinstance(node, ast.ClassDef):
        stack += [node.keywords, node.bases]
    else:
        stack += [node.returns, node.args]
    stack.append(node.name)
    return False


def _argument(reading: Reading, node: ast.arg, _: list[Any]) -> bool:
    if not reading.top:
        reading.words.add(node.arg)
    return True


def _keyword(reading: Reading, node: ast.keyword, _: list[Any]) -> bool:
    if node.arg:
        reading.words.add(node.arg)
    return True


def _call(reading: Reading, node: ast.Call, _: list[Any]) -> bool:
    func = node.func
    name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
    if name in LOOKUPS:
        for prefix in prefix_of(node, name):
            if prefix:
                reading.prefixes.add(prefix)
            else:
                reading.computes = True
    return True


def _declared(reading: Reading, node: ast.Global | ast.Nonlocal, _: list[Any]) -> bool:
    reading.names.update(node.names)
    reading.globals.update(node.names)
    return True


def _import(reading: Reading, node: ast.Import | ast.ImportFrom, _: list[Any]) -> bool:
    if reading.top:
        reading.imported.append(node)
        reading.binds.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
    else:
        reading.words.update(word for alias in node.names for word in alias.name.split("."))
    return True


def _augmented(reading: Reading, node: ast.AugAssign, _: list[Any]) -> bool:
    if isinstance(node.target, ast.Name):
        reading.names.add(node.target.id)
    elif isinstance(node.target, ast.Attribute):
        reading.words.add(node.target.attr)
    return True


def _subscript(reading: Reading, node: ast.Subscript, _: list[Any]) -> bool:
    if not isinstance(node.ctx, ast.Load):
        value = node.value
        while isinstance(value, ast.Subscript):
            value = value.value
        reading.filled.add(value.id if isinstance(value, ast.Name) else "")
    return True


def _assigned(reading: Reading, node: ast.Assign, _: list[Any]) -> bool:
    if not isinstance(node.value, (ast.Constant, ast.Dict, ast.List, ast.Set, ast.ListComp, ast.DictComp)):
        reading.aliases.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return True


def _renamed(reading: Reading, node: ast.NamedExpr | ast.For | ast.withitem | ast.AnnAssign, _: list[Any]) -> bool:
    target = node.optional_vars if isinstance(node, ast.withitem) else node.target
    reading.aliases.update([target.id] if isinstance(target, ast.Name) else [])
    return True


def _class_pattern(reading: Reading, node: ast.MatchClass, _: list[Any]) -> bool:
    reading.words.update(node.kwd_attrs)
    return True


def _captured(reading: Reading, node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar, _: list[Any]) -> bool:
    reading.binds.update([node.name] if node.name else [])
    return True


def _rest(reading: Reading, node: ast.MatchMapping, _: list[Any]) -> bool:
    reading.binds.update([node.rest] if node.rest else [])
    return True


MEANINGS: dict[type[ast.AST], Meaning] = {
    ast.FunctionDef: _definition, ast.AsyncFunctionDef: _definition, ast.ClassDef: _definition, ast.arg: _argument,
    ast.keyword: _keyword, ast.Call: _call, ast.Global: _declared, ast.Nonlocal: _declared, ast.Import: _import,
    ast.ImportFrom: _import, ast.AugAssign: _augmented, ast.Subscript: _subscript, ast.MatchClass: _class_pattern,
    ast.Assign: _assigned, ast.NamedExpr: _renamed, ast.For: _renamed, ast.withitem: _renamed,
    ast.AnnAssign: _renamed, ast.ExceptHandler: _captured, ast.MatchAs: _captured, ast.MatchStar: _captured,
    ast.MatchMapping: _rest,
}  # fmt: skip
