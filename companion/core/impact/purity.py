"""Whether a statement of the top level does nothing but bind names, and what of it might raise. Pure.

Code that is harmless may still fail: an attribute that is missing, an operator that a value does not know. Such
expressions are *risks*: a new one concerns everybody who imports the module.
"""

import ast
import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from companion.core.impact import known
from companion.core.impact.reading import Function, Reading, number
from companion.core.impact.scope import Scope

NEWER_PATTERN = re.compile(r"[*+?}]\+|\(\?>|\(\?\(|\(\?[a-zA-Z-]+[:)]")
"""Of patterns: what some Python of a project may not know."""


class ImpureError(Exception):
    """The expression does something, or nobody knows what it does."""


@dataclass(slots=True)
class Judge:
    """Takes expressions; ``risks`` are what it has found. ``local`` are names of a class body, bound above."""

    scope: Scope
    local: set[str] = field(default_factory=set[str])
    risks: set[str] = field(default_factory=set[str])
    reads: bool = False
    """Whether a value is read that could be another one elsewhere in the file."""

    def all(self, nodes: Iterable[ast.expr | None]) -> None:
        """Raises ImpureError."""
        for node in nodes:
            if node is not None:
                self.expression(node)

    def expression(self, node: ast.expr) -> None:
        """Raises ImpureError."""
        rule = RULES.get(type(node))
        if rule is None:
            raise ImpureError
        rule(self, node)

    def risk(self, node: ast.expr) -> None:
        self.risks.add("\n".join(Reading(top=True).read([node]).pieces))

    def header(self, node: Function) -> None:
        """All of a function that is evaluated when it is defined, but for its decorators. Raises ImpureError."""
        args = node.args
        self.all([*args.defaults, *args.kw_defaults])
        if not self.scope.strings:
            places = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
            own = {getattr(param, "name", "") for param in node.type_params} - self.local
            self.local |= own
            for annotation in (*(arg.annotation for arg in places if arg), node.returns):
                self.annotation(annotation)
            self.local -= own

    def annotation(self, node: ast.expr | None) -> None:
        """``A | None`` is what names of classes allow. Raises ImpureError."""
        if node is None or self.scope.strings:
            return
        match node:
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                for side in (left, right):
                    self.annotation(side)
                    if isinstance(side, ast.Constant) and side.value is not None:
                        self.risk(node)  # "Cart" | None
            case ast.Subscript(value=value, slice=inner) if self.is_generic(value):
                self.root(value)
                self.annotation(inner)
            case ast.List(elts=inner) | ast.Tuple(elts=inner):
                for one in inner:
                    self.annotation(one)
            case _:
                self.expression(node)

    def is_generic(self, node: ast.expr) -> bool:
        return self.scope.resolve(node) in known.GENERICS

    def root(self, node: ast.expr) -> None:
        """The name that a dotted name begins with is read; what follows is known to be there."""
        while isinstance(node, ast.Attribute):
            node = node.value
        if isinstance(node, ast.Name):
            _name(self, node)


def _name(judge: Judge, node: ast.Name) -> None:
    judge.reads = True
    if node.id not in judge.local and not judge.scope.is_bound(node.id):
        judge.risk(node)


def _attribute(judge: Judge, node: ast.Attribute) -> None:
    judge.expression(node.value)
    name = judge.scope.resolve(node)
    if not name.startswith(known.MARK) and name not in known.GENERICS:
        judge.risk(node)


def _subscript(judge: Judge, node: ast.Subscript) -> None:
    if judge.is_generic(node.value):
        judge.root(node.value)
        judge.expression(node.slice)
    else:
        judge.all([node.value, node.slice])
        judge.risk(node)


def _slice(judge: Judge, node: ast.Slice) -> None:
    judge.all([node.lower, node.upper, node.step])


def _elements(judge: Judge, node: ast.List | ast.Tuple) -> None:
    judge.all(node.elts)


def _set_of(judge: Judge, node: ast.Set) -> None:
    judge.all(node.elts)
    if not all(map(_is_key, node.elts)):
        judge.risk(node)


def _dict(judge: Judge, node: ast.Dict) -> None:
    if not all(key or isinstance(value, ast.Dict) for key, value in zip(node.keys, node.values, strict=True)):
        raise ImpureError  # ``**other`` runs whatever that is
    judge.all([*node.keys, *node.values])
    for key in node.keys:
        if key and not _is_key(key):
            judge.risk(key)


def _starred(judge: Judge, node: ast.Starred) -> None:
    if not isinstance(node.value, (ast.List, ast.Tuple, ast.Set)):
        raise ImpureError
    judge.expression(node.value)


def _unary(judge: Judge, node: ast.UnaryOp) -> None:
    judge.expression(node.operand)
    if not (isinstance(node.op, ast.Not) and isinstance(node.operand, ast.Constant)) and not _is_number(node):
        judge.risk(node)


def _binary(judge: Judge, node: ast.BinOp) -> None:
    if not _is_number(node) and not _is_text(node):
        judge.all([node.left, node.right])
        judge.risk(node)


def _boolean(judge: Judge, node: ast.BoolOp) -> None:
    judge.all(node.values)
    judge.risk(node)


def _compare(judge: Judge, node: ast.Compare) -> None:
    judge.all([node.left, *node.comparators])
    if not all(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
        judge.risk(node)


def _lambda(judge: Judge, node: ast.Lambda) -> None:
    judge.all([*node.args.defaults, *node.args.kw_defaults])


def _conditional(judge: Judge, node: ast.IfExp) -> None:
    judge.all([node.test, node.body, node.orelse])
    if not isinstance(node.test, ast.Constant):
        judge.risk(node)


def _text(judge: Judge, node: ast.JoinedStr) -> None:
    judge.all(node.values)
    if not all(isinstance(value, ast.Constant) for value in node.values):
        judge.risk(node)


def _formatted(judge: Judge, node: ast.FormattedValue) -> None:
    judge.all([node.value, node.format_spec])


def _call(judge: Judge, node: ast.Call) -> None:
    name = judge.scope.resolve(node.func)
    if not (name in CALLS or name.startswith(known.MARK)):
        raise ImpureError
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    if any(keyword.arg is None for keyword in node.keywords):
        raise ImpureError
    if name in known.CONTAINER_CALLS | known.CONVERTING_CALLS and not all(map(_is_literal, given)):
        raise ImpureError  # they ask a value of any kind for what is in it
    judge.all(given)
    judge.root(node.func)
    if not _cannot_fail(name, node):
        judge.risk(node)


def _constant(judge: Judge, node: ast.Constant) -> None:
    pass


CALLS = known.SAFE_CALLS | known.NAMED_CALLS | known.CONTAINER_CALLS | known.CONVERTING_CALLS | known.VALUE_CALLS
NUMERIC = (ast.Add, ast.Sub, ast.Mult)

RULES: dict[type[ast.expr], Callable[[Judge, Any], None]] = {
    ast.Constant: _constant, ast.Name: _name, ast.Attribute: _attribute,
    ast.Subscript: _subscript, ast.Slice: _slice, ast.List: _elements, ast.Tuple: _elements,
    ast.Set: _set_of, ast.Dict: _dict, ast.Starred: _starred, ast.UnaryOp: _unary,
    ast.BinOp: _binary, ast.BoolOp: _boolean, ast.Compare: _compare, ast.Lambda: _lambda,
    ast.IfExp: _conditional, ast.JoinedStr: _text, ast.FormattedValue: _formatted,
    ast.Call: _call,
}  # fmt: skip


def risk_number(text: str, position: int) -> int:
    return number(f"{position}\n{text}")


def _cannot_fail(name: str, node: ast.Call) -> bool:
    if name in known.SAFE_CALLS or name.startswith(known.MARK):
        return True
    match node.args:
        case []:
            return name in known.CONTAINER_CALLS and all(_is_literal(keyword.value) for keyword in node.keywords)
        case [ast.Name(id="__name__")]:
            return name == "logging.getLogger" and not node.keywords
        case [ast.Constant(value=str(text))] if not node.keywords:
            return name in known.NAMED_CALLS or (name == "re.compile" and _compiles(text))
        case [ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts)] if not node.keywords:
            return name in known.CONTAINER_CALLS - {"builtins.dict", "collections.OrderedDict"} and all(
                map(_is_key, elts)
            )
        case _:
            return False


@lru_cache(2_000)
def _compiles(pattern: str) -> bool:
    """By every Python that a project may use, as far as is known."""
    if NEWER_PATTERN.search(pattern):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except re.error, OverflowError, RecursionError, Warning:
        return False
    return True


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set))


def _is_key(node: ast.expr | None) -> bool:
    """Whether it can be hashed."""
    if isinstance(node, ast.Tuple):
        return all(map(_is_key, node.elts))
    return isinstance(node, ast.Constant) or (node is not None and _is_number(node))


def _is_number(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=int() | float()):
            return True
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _is_number(operand)
        case ast.BinOp(left=left, op=op, right=right):
            return isinstance(op, NUMERIC) and _is_number(left) and _is_number(right)
        case _:
            return False


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str()):
            return True
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_text(left) and _is_text(right)
        case _:
            return False
