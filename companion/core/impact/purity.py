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
            case ast.Subscript(value=value, slice=inner) if self._is_generic(value):
                self.root(value)
                self.annotation(inner)
            case ast.List(elts=inner) | ast.Tuple(elts=inner):
                for one in inner:
                    self.annotation(one)
            case _:
                self.expression(node)

    def _name(self, node: ast.Name) -> None:
        self.reads = True
        if node.id not in self.local and not self.scope.is_bound(node.id):
            self.risk(node)

    def _attribute(self, node: ast.Attribute) -> None:
        self.expression(node.value)
        name = self.scope.resolve(node)
        if not name.startswith(known.MARK) and name not in known.GENERICS:
            self.risk(node)

    def _subscript(self, node: ast.Subscript) -> None:
        if self._is_generic(node.value):
            self.root(node.value)
            self.expression(node.slice)
        else:
            self.all([node.value, node.slice])
            self.risk(node)

    def _is_generic(self, node: ast.expr) -> bool:
        return self.scope.resolve(node) in known.GENERICS

    def root(self, node: ast.expr) -> None:
        """The name that a dotted name begins with is read; what follows is known to be there."""
        while isinstance(node, ast.Attribute):
            node = node.value
        if isinstance(node, ast.Name):
            self._name(node)

    def _slice(self, node: ast.Slice) -> None:
        self.all([node.lower, node.upper, node.step])

    def _elements(self, node: ast.List | ast.Tuple) -> None:
        self.all(node.elts)

    def _set(self, node: ast.Set) -> None:
        self.all(node.elts)
        if not all(map(_is_key, node.elts)):
            self.risk(node)

    def _dict(self, node: ast.Dict) -> None:
        if not all(key or isinstance(value, ast.Dict) for key, value in zip(node.keys, node.values, strict=True)):
            raise ImpureError  # ``**other`` runs whatever that is
        self.all([*node.keys, *node.values])
        for key in node.keys:
            if key and not _is_key(key):
                self.risk(key)

    def _starred(self, node: ast.Starred) -> None:
        if not isinstance(node.value, (ast.List, ast.Tuple, ast.Set)):
            raise ImpureError
        self.expression(node.value)

    def _unary(self, node: ast.UnaryOp) -> None:
        self.expression(node.operand)
        if not (isinstance(node.op, ast.Not) and isinstance(node.operand, ast.Constant)) and not _is_number(node):
            self.risk(node)

    def _binary(self, node: ast.BinOp) -> None:
        if not _is_number(node) and not _is_text(node):
            self.all([node.left, node.right])
            self.risk(node)

    def _boolean(self, node: ast.BoolOp) -> None:
        self.all(node.values)
        self.risk(node)

    def _compare(self, node: ast.Compare) -> None:
        self.all([node.left, *node.comparators])
        if not all(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
            self.risk(node)

    def _lambda(self, node: ast.Lambda) -> None:
        self.all([*node.args.defaults, *node.args.kw_defaults])

    def _conditional(self, node: ast.IfExp) -> None:
        self.all([node.test, node.body, node.orelse])
        if not isinstance(node.test, ast.Constant):
            self.risk(node)

    def _text(self, node: ast.JoinedStr) -> None:
        self.all(node.values)
        if not all(isinstance(value, ast.Constant) for value in node.values):
            self.risk(node)

    def _formatted(self, node: ast.FormattedValue) -> None:
        self.all([node.value, node.format_spec])

    def _call(self, node: ast.Call) -> None:
        name = self.scope.resolve(node.func)
        if not (name in CALLS or name.startswith(known.MARK)):
            raise ImpureError
        if any(keyword.arg is None for keyword in node.keywords):
            raise ImpureError
        self.all([*node.args, *(keyword.value for keyword in node.keywords)])
        self.root(node.func)
        if not _cannot_fail(name, node):
            self.risk(node)

    def _constant(self, node: ast.Constant) -> None:
        pass


CALLS = known.SAFE_CALLS | known.NAMED_CALLS | known.CONTAINER_CALLS | known.VALUE_CALLS
NUMERIC = (ast.Add, ast.Sub, ast.Mult)

RULES: dict[type[ast.expr], Callable[[Judge, Any], None]] = {
    ast.Constant: Judge._constant, ast.Name: Judge._name, ast.Attribute: Judge._attribute,
    ast.Subscript: Judge._subscript, ast.Slice: Judge._slice, ast.List: Judge._elements, ast.Tuple: Judge._elements,
    ast.Set: Judge._set, ast.Dict: Judge._dict, ast.Starred: Judge._starred, ast.UnaryOp: Judge._unary,
    ast.BinOp: Judge._binary, ast.BoolOp: Judge._boolean, ast.Compare: Judge._compare, ast.Lambda: Judge._lambda,
    ast.IfExp: Judge._conditional, ast.JoinedStr: Judge._text, ast.FormattedValue: Judge._formatted,
    ast.Call: Judge._call,
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
