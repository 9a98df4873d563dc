"""Whether a statement of the top level does nothing but bind names, and what of it might raise. Pure.

Code that is harmless may still fail: an attribute that is missing, an operator that a value does not know. Such
expressions are *risks*: a new one concerns everybody who imports the module.
"""

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from companion.core.impact import known
from companion.core.impact.definitions import Function
from companion.core.impact.literals import cannot_fail, is_key, is_literal, is_number, is_text
from companion.core.impact.reading import Reading, number
from companion.core.impact.scope import Scope
from companion.core.impact.walk import walk


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
        """Evaluating it may raise."""
        self.risks.add("\n".join(walk(Reading(top=True), [node]).pieces))

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
        """Whether it is one of the names that annotations consist of."""
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
    if not all(map(is_key, node.elts)):
        judge.risk(node)


def _dict(judge: Judge, node: ast.Dict) -> None:
    if not all(key or isinstance(value, ast.Dict) for key, value in zip(node.keys, node.values, strict=True)):
        raise ImpureError  # ``**other`` runs whatever that is
    judge.all([*node.keys, *node.values])
    for key in node.keys:
        if key and not is_key(key):
            judge.risk(key)


def _starred(judge: Judge, node: ast.Starred) -> None:
    if not isinstance(node.value, (ast.List, ast.Tuple, ast.Set)):
        raise ImpureError
    judge.expression(node.value)


def _unary(judge: Judge, node: ast.UnaryOp) -> None:
    judge.expression(node.operand)
    if not (isinstance(node.op, ast.Not) and isinstance(node.operand, ast.Constant)) and not is_number(node):
        judge.risk(node)


def _binary(judge: Judge, node: ast.BinOp) -> None:
    if not is_number(node) and not is_text(node):
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
    if name in known.CONTAINER_CALLS | known.CONVERTING_CALLS and not all(map(is_literal, given)):
        raise ImpureError  # they ask a value of any kind for what is in it
    judge.all(given)
    judge.root(node.func)
    if not cannot_fail(name, node):
        judge.risk(node)


def _constant(judge: Judge, node: ast.Constant) -> None:
    pass


CALLS = known.SAFE_CALLS | known.NAMED_CALLS | known.CONTAINER_CALLS | known.CONVERTING_CALLS | known.VALUE_CALLS

RULES: dict[type[ast.expr], Callable[[Judge, Any], None]] = {
    ast.Constant: _constant, ast.Name: _name, ast.Attribute: _attribute,
    ast.Subscript: _subscript, ast.Slice: _slice, ast.List: _elements, ast.Tuple: _elements,
    ast.Set: _set_of, ast.Dict: _dict, ast.Starred: _starred, ast.UnaryOp: _unary,
    ast.BinOp: _binary, ast.BoolOp: _boolean, ast.Compare: _compare, ast.Lambda: _lambda,
    ast.IfExp: _conditional, ast.JoinedStr: _text, ast.FormattedValue: _formatted,
    ast.Call: _call,
}  # fmt: skip


def risk_number(text: str, position: int) -> int:
    """The hash of a risk, by where it stands among the statements that do something."""
    return number(f"{position}\n{text}")
