"""A function's last ``if`` written anew as a guard, in the compiler's tree and in libcst's."""

import ast
from typing import cast

from companion.refactor.site import Function
from companion.refactor.tree import cst
from companion.refactor.writing.negate import negated, negated_syntax


def meaning(function: Function, levels: int, value: str) -> Function:
    """The function in the compiler's tree, changed; so many levels of a last ``if`` become guards.

    ``value`` is what they return: nothing, or the name ``None``.
    """
    returned = ast.Constant(None) if value else None
    for _ in range(levels):
        tail = cast("ast.If", function.body.pop())
        function.body += [ast.If(negated_syntax(tail.test), [ast.Return(returned)], []), *tail.body]
    return function


def render(function: cst.FunctionDef, levels: int, value: str) -> cst.FunctionDef:
    """The function in libcst's tree."""
    block = cst.ensure_type(function.body, cst.IndentedBlock)
    for _ in range(levels):
        block = _one_level_out(block, cst.Return(cst.Name(value) if value else None))
    return function.with_changes(body=block)


def _one_level_out(block: cst.IndentedBlock, leave: cst.Return) -> cst.IndentedBlock:
    tail = cst.ensure_type(block.body[-1], cst.If)
    inner = cst.ensure_type(tail.body, cst.IndentedBlock)
    space = cst.SimpleWhitespace(" ") if tail.whitespace_before_test.empty else tail.whitespace_before_test
    guard = tail.with_changes(
        test=negated(tail.test),
        whitespace_before_test=space,
        body=inner.with_changes(body=[cst.SimpleStatementLine([leave])], footer=()),
    )
    return block.with_changes(body=[*block.body[:-1], guard, *inner.body], footer=[*inner.footer, *block.footer])
