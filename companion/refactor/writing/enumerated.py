"""An index loop written anew as one over elements, in the compiler's tree and in libcst's."""

import ast
from dataclasses import dataclass
from itertools import dropwhile
from typing import cast, override

from companion.refactor.analysis.index_loop import is_element
from companion.refactor.tree import cst

SPACES = ("whitespace_after_for", "whitespace_before_in", "whitespace_after_in")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: the name ``element`` stands for every ``sequence[index]``.

    ``keep`` says whether the loop still counts; ``given`` whether the body's first statement, which assigns the
    element, moves into the loop's header. ``element`` is empty if that takes it apart.
    """

    sequence: str
    index: str
    element: str
    keep: bool
    given: bool


def meaning(loop: ast.For, plan: Plan) -> ast.For:
    """The loop in the compiler's tree; changes the one it is given."""
    counted = cast("ast.Call", loop.iter).args[-1]
    sequence = cast("ast.Call", counted).args[0]
    element = cast("ast.Assign", loop.body.pop(0)).targets[0] if plan.given else ast.Name(plan.element, ast.Store())
    if plan.keep:
        loop.iter = ast.Call(ast.Name("enumerate", ast.Load()), [sequence], [])
        loop.target = ast.Tuple([loop.target, element], ast.Store())
    else:
        loop.iter, loop.target = sequence, element
    replace = _InSyntax(plan)
    loop.body = [cast("ast.stmt", replace.visit(statement)) for statement in loop.body]
    return loop


def render(loop: cst.For, plan: Plan) -> cst.For:
    """The loop in libcst's tree. Comments on a first statement that goes are lost, those above it are not."""
    counted = cst.ensure_type(cst.ensure_type(loop.iter, cst.Call).args[-1].value, cst.Call)
    sequence = counted.args[0].value
    element, body = _without_first(loop.body) if plan.given else (cst.Name(plan.element), loop.body)
    return loop.with_changes(
        target=_pair(loop.target, element) if plan.keep else element,
        iter=cst.Call(cst.Name("enumerate"), [cst.Arg(sequence)]) if plan.keep else sequence,
        body=cast("cst.BaseSuite", body.visit(_InText(plan))),
        # What was in parentheses may have needed no space before.
        **{space: cst.SimpleWhitespace(" ") for space in SPACES if getattr(loop, space).empty},
    )


def _pair(index: cst.BaseExpression, element: cst.BaseExpression) -> cst.Tuple:
    if isinstance(element, cst.Tuple) and not element.lpar:
        element = element.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.Tuple([cst.Element(index), cst.Element(element)], lpar=[], rpar=[])


def _without_first(body: cst.BaseSuite) -> tuple[cst.BaseExpression, cst.BaseSuite]:
    """What the first statement assigns to, and the body without that statement."""
    if isinstance(body, cst.SimpleStatementSuite):
        return _target(body.body[0]), body.with_changes(body=body.body[1:])
    first, second, *rest = cst.ensure_type(body, cst.IndentedBlock).body
    line = cst.ensure_type(first, cst.SimpleStatementLine)
    if len(line.body) > 1:
        remaining = [line.with_changes(body=line.body[1:]), second, *rest]
    else:
        following = cast("cst.SimpleStatementLine", second)  # or a compound one, with leading lines as well
        lines = dropwhile(_is_blank, [*line.leading_lines, *following.leading_lines])
        remaining = [following.with_changes(leading_lines=tuple(lines)), *rest]
    return _target(line.body[0]), body.with_changes(body=remaining)


def _is_blank(line: cst.EmptyLine) -> bool:
    return line.comment is None


def _target(statement: cst.BaseSmallStatement) -> cst.BaseExpression:
    return cst.ensure_type(statement, cst.Assign).targets[0].target


class _InSyntax(ast.NodeTransformer):
    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if is_element(node, self._plan.sequence, self._plan.index):
            return ast.Name(self._plan.element, ast.Load())
        return self.generic_visit(node)


class _InText(cst.CSTTransformer):
    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan

    @override
    def leave_Subscript(self, original_node: cst.Subscript, updated_node: cst.Subscript) -> cst.BaseExpression:
        match original_node.slice:
            case [cst.SubscriptElement(cst.Index(cst.Name(index), star=None))] if index == self._plan.index:
                if _dotted(original_node.value) == self._plan.sequence:
                    return cst.Name(self._plan.element, updated_node.lpar, updated_node.rpar)
            case _:
                pass
        return updated_node


def _dotted(node: cst.BaseExpression) -> str | None:
    parts: list[str] = []
    while isinstance(node, cst.Attribute):
        parts.append(node.attr.value)
        node = node.value
    return ".".join([node.value, *reversed(parts)]) if isinstance(node, cst.Name) else None
