"""From a statement of the compiler's tree to the same statement of libcst's, by the way that leads to it.

Both trees nest statements alike, so a way is a tuple of steps: the field that holds the block and the statement's
number in it. libcst differs in three points: a line may hold several simple statements, blocks are nodes, and an
``elif`` stands where an ``else`` would.
"""

from collections.abc import Callable, Sequence
from typing import cast

from companion.refactor.tree import cst

type Step = tuple[str, int]
type Way = tuple[Step, ...]
type Edit = Callable[[cst.BaseStatement], Sequence[cst.BaseStatement]]
"""Gives what is to stand in a statement's place."""


def splice(module: cst.Module, way: Way, edit: Edit) -> cst.Module:
    """The module with one compound statement edited; ``way`` starts in the module's body."""
    body = cast("Sequence[cst.BaseStatement]", module.body)
    return module.with_changes(body=_in_statements(body, way, edit))


def _in_statements(statements: Sequence[cst.BaseStatement], way: Way, edit: Edit) -> list[cst.BaseStatement]:
    position = _position(statements, way[0][1])
    old = statements[position]
    new = [_inside(old, way[1:], edit)] if way[1:] else edit(old)
    return [*statements[:position], *new, *statements[position + 1 :]]


def _position(statements: Sequence[cst.BaseStatement], index: int) -> int:
    """Which libcst statement holds the ``index``-th of the compiler's."""
    for position, statement in enumerate(statements):
        index -= len(statement.body) if isinstance(statement, cst.SimpleStatementLine) else 1
        if index < 0:
            return position
    raise IndexError("the two trees nest their statements differently")


def _inside[Node: cst.CSTNode](node: Node, way: Way, edit: Edit) -> Node:
    (field, index), *rest = way
    if field in {"handlers", "cases"}:
        branches = list(cast("Sequence[cst.CSTNode]", getattr(node, field)))
        branches[index] = _inside(branches[index], tuple(rest), edit)
        return node.with_changes(**{field: branches})
    if field == "body":
        return node.with_changes(body=_in_suite(cast("cst.BaseSuite", getattr(node, field)), way, edit))
    branch = cast("cst.If | cst.Else | cst.Finally", getattr(node, field))
    if isinstance(branch, cst.If):
        return node.with_changes(orelse=_in_elif(branch, tuple(rest), edit))
    return node.with_changes(**{field: branch.with_changes(body=_in_suite(branch.body, way, edit))})


def _in_elif(branch: cst.If, way: Way, edit: Edit) -> cst.BaseStatement:
    if way:
        return _inside(branch, way, edit)
    (single,) = edit(branch)
    return single


def _in_suite(suite: cst.BaseSuite, way: Way, edit: Edit) -> cst.BaseSuite:
    if not isinstance(suite, cst.IndentedBlock):
        raise IndexError("a block on its header's line holds no compound statement")
    return suite.with_changes(body=_in_statements(suite.body, way, edit))
