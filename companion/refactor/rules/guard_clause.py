"""Guard clauses: leave at once when there is nothing to do."""

import ast
import re
from collections.abc import Iterator, Sequence
from typing import cast

from companion.refactor.analysis.scope import is_generator, returns_value
from companion.refactor.rule import Precondition, Rewrite, Rule
from companion.refactor.site import Function, Site
from companion.refactor.tree import Tree, cst
from companion.refactor.writing.excerpt import behind_colon, last_line
from companion.refactor.writing.negate import negated, negated_syntax

PRAGMA = re.compile(r"#\s*(?:noqa|type:\s*ignore|pyright:|ty:|pylint:)")
"""Comments that concern the line, and stay as true of the opposite condition."""

ONE_LINE = Precondition("one-line", "the body stands on the line of its condition")
COMMENT = Precondition("comment", "the comment behind the condition describes it, and would describe its opposite")
RAISES = Precondition("raises", "it ends by raising: the `if` is a guard already")
SMALL = Precondition("small", "most of the function comes before it")
CONSTANT = Precondition("constant", "the condition is decided before the program runs")


class GuardClause(Rule):
    """Turns a function's last ``if``, if it has no ``else``, into an early return; its body moves one level out.

    After that ``if`` the function had nothing more to do and returned None; so it does now, a little earlier, and the
    condition is evaluated once and as truth, as before. An ``if`` that then comes last, inside the first one, is
    turned around with it. ``return None`` is written where the function returns values elsewhere.
    """

    id = "guard-clause"
    title = "Return early instead of nesting"
    looks_at = (ast.FunctionDef, ast.AsyncFunctionDef)
    preconditions = (ONE_LINE, COMMENT, RAISES, SMALL, CONSTANT)

    def examine(self, site: Site) -> Iterator[Rewrite | Precondition]:
        """See `Rule.examine`; one rewrite for all levels of a function."""
        function = cast("Function", site.node)
        tail = _tail(function.body)
        if tail is None:
            return
        objection = _objection(site.tree, function, tail)
        if objection is not None:
            yield objection
            return
        levels = _levels(site.tree, function, tail)
        value = "None" if returns_value(function) and not is_generator(function) else ""
        yield Rewrite(
            f"Return early from `{function.name}` instead of nesting",
            tail,
            lambda node: [_meaning(cast("Function", node), levels, value)],
            lambda node: [_render(cst.ensure_type(node, cst.FunctionDef), levels, value)],
        )


def _tail(body: Sequence[ast.stmt]) -> ast.If | None:
    """The last statement, if it is of the shape."""
    match body[-1]:
        case ast.If(body=[_, _, *_], orelse=[]) as tail:
            return tail
        case _:
            return None


def _objection(tree: Tree, function: Function, tail: ast.If) -> Precondition | None:
    behind = behind_colon(tree, tail.test)
    if behind and not behind.startswith("#"):
        return ONE_LINE
    if behind and not PRAGMA.match(behind):
        return COMMENT
    if isinstance(tail.body[-1], ast.Raise):
        return RAISES
    if _is_small(function, tail):
        return SMALL
    return CONSTANT if _is_constant(tail.test) else None


def _is_small(function: Function, tail: ast.If) -> bool:
    first = function.body[1 if ast.get_docstring(function, clean=False) is not None else 0]
    return tail.lineno - first.lineno > last_line(tail) - tail.lineno + 1


def _is_constant(test: ast.expr) -> bool:
    match test:
        case ast.Constant():
            return True
        case ast.Name(name) | ast.Attribute(attr=name):
            return name in {"__debug__", "TYPE_CHECKING"}
        case ast.UnaryOp(ast.Not(), operand):
            return _is_constant(operand)
        case _:
            return False


def _levels(tree: Tree, function: Function, tail: ast.If | None) -> int:
    levels = 0
    while tail is not None and _objection(tree, function, tail) is None:
        levels += 1
        tail = _tail(tail.body)
    return levels


def _meaning(function: Function, levels: int, value: str) -> Function:
    returned = ast.Constant(None) if value else None
    for _ in range(levels):
        tail = cast("ast.If", function.body.pop())
        guard = ast.If(negated_syntax(tail.test), [ast.Return(returned)], [])
        function.body += [guard, *tail.body]
    return function


def _render(function: cst.FunctionDef, levels: int, value: str) -> cst.FunctionDef:
    block = cst.ensure_type(function.body, cst.IndentedBlock)
    for _ in range(levels):
        block = _one_level_out(block, cst.Return(cst.Name(value) if value else None))
    return function.with_changes(body=block)


def _one_level_out(block: cst.IndentedBlock, leave: cst.Return) -> cst.IndentedBlock:
    tail = cst.ensure_type(block.body[-1], cst.If)
    inner = cst.ensure_type(tail.body, cst.IndentedBlock)
    space = tail.whitespace_before_test if tail.whitespace_before_test.empty is False else cst.SimpleWhitespace(" ")
    guard = tail.with_changes(
        test=negated(tail.test),
        whitespace_before_test=space,
        body=inner.with_changes(body=[cst.SimpleStatementLine([leave])], footer=()),
    )
    return block.with_changes(body=[*block.body[:-1], guard, *inner.body], footer=[*inner.footer, *block.footer])
