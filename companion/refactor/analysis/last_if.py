"""A function's last ``if``: whether it could leave early instead, and what speaks against that."""

import ast
import re
from collections.abc import Sequence

from companion.refactor.rule import Precondition
from companion.refactor.site import Function
from companion.refactor.tree import Tree
from companion.refactor.writing.excerpt import behind_colon, last_line

PRAGMA = re.compile(r"#\s*(?:noqa|type:\s*ignore|pyright:|ty:|pylint:)")
"""Comments that concern the line, and stay as true of the opposite condition."""

ONE_LINE = Precondition("one-line", "the body stands on the line of its condition")
COMMENT = Precondition("comment", "the comment behind the condition describes it, and would describe its opposite")
CONSTANT = Precondition("constant", "the condition is decided before the program runs")
RAISES = Precondition("raises", "it ends by raising: the `if` is a guard already")
CASES = Precondition("cases", "it is one of several cases that each return their value")
SMALL = Precondition("small", "most of the function comes before it")
DOUBLE = Precondition("double-negation", "the opposite of the condition would be a double negation")
PRECONDITIONS = (ONE_LINE, COMMENT, CONSTANT, RAISES, CASES, SMALL, DOUBLE)


def last_if(body: Sequence[ast.stmt]) -> ast.If | None:
    """The block's last statement, if it is an ``if`` with two statements or more, and nothing else."""
    match body[-1]:
        case ast.If(body=[_, _, *_], orelse=[]) as tail:
            return tail
        case _:
            return None


def levels(tree: Tree, function: Function) -> int:
    """How many last ``if`` inside each other, the outermost first, may become guards."""
    count, body = 0, function.body
    while (tail := last_if(body)) is not None and objection(tree, function, body) is None:
        count, body = count + 1, tail.body
    return count


def objection(tree: Tree, function: Function, body: Sequence[ast.stmt]) -> Precondition | None:
    """The first precondition that does not hold for the last ``if`` of a block of the function."""
    tail = last_if(body)
    if tail is None:
        return None
    return _textual(tree, tail) or _logical(tail) or _structural(function, body, tail)


def _textual(tree: Tree, tail: ast.If) -> Precondition | None:
    behind = behind_colon(tree, tail.test)
    if behind and not behind.startswith("#"):
        return ONE_LINE
    return COMMENT if behind and not PRAGMA.match(behind) else None


def _logical(tail: ast.If) -> Precondition | None:
    match tail.test:
        case ast.Constant() | ast.Name("__debug__" | "TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return CONSTANT
        case ast.UnaryOp(ast.Not(), ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            return CONSTANT
        case ast.BoolOp(values=values) if any(_is_not(value) for value in values):
            return DOUBLE
        case _:
            return None


def _structural(function: Function, body: Sequence[ast.stmt], tail: ast.If) -> Precondition | None:
    if isinstance(tail.body[-1], ast.Raise):
        return RAISES
    if len(body) > 1 and _returns(body[-2]) and _returns(tail):
        return CASES
    first = function.body[0 if ast.get_docstring(function, clean=False) is None else 1]
    return SMALL if tail.lineno - first.lineno > last_line(tail) - tail.lineno + 1 else None


def _is_not(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _returns(node: ast.stmt) -> bool:
    """Whether it is an ``if`` whose body ends by returning a value."""
    match node:
        case ast.If(body=[*_, ast.Return(ast.expr())], orelse=[]):
            return True
        case _:
            return False
