"""Loops over the indexes of a sequence that want its elements."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast, override

from companion.refactor.analysis.index_loop import index_is_wanted, index_loop, is_element, name_for_element
from companion.refactor.analysis.index_loop_checks import NO_NAME, PRECONDITIONS, objection
from companion.refactor.rule import Precondition, Rewrite, Rule
from companion.refactor.site import Site
from companion.refactor.tree import cst

SPACES = ("whitespace_after_for", "whitespace_before_in", "whitespace_after_in")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to replace: ``sequence[index]`` by ``element``; ``keep`` says whether the loop still counts."""

    sequence: str
    index: str
    element: str
    keep: bool


class IndexLoopToEnumerate(Rule):
    """Turns ``for i in range(len(xs))`` into ``for i, x in enumerate(xs)``, or ``for x in xs`` if ``i`` goes unused.

    The same, where ``xs`` is a sequence that does not change meanwhile: both walk it from 0 to its length, and the
    element of an index is what ``xs[i]`` gives. So the body may read ``xs[i]`` and ``len(xs)``, nothing else of it.
    That ``xs`` is no mapping with the keys 0, 1, 2, ... and that no other name leads to it, only running it can tell.
    """

    id = "index-loop-to-enumerate"
    title = "Loop over the elements instead of their indexes"
    looks_at = (ast.For,)
    preconditions = PRECONDITIONS

    def examine(self, site: Site) -> Iterator[Rewrite | Precondition]:
        """See `Rule.examine`."""
        loop = index_loop(site)
        if loop is None:
            return
        element, because = name_for_element(loop), objection(loop)
        if because is not None or element is None:
            yield because or NO_NAME
            return
        plan = Plan(loop.sequence, loop.index, element, index_is_wanted(loop))
        yield Rewrite(
            f"Loop over the elements of `{loop.sequence}`" + (" with their indexes" if plan.keep else ""),
            site.node,
            lambda node: [_meaning(cast("ast.For", node), plan)],
            lambda node: [_render(cst.ensure_type(node, cst.For), plan)],
        )


def _meaning(loop: ast.For, plan: Plan) -> ast.For:
    counted = cast("ast.Call", loop.iter).args[-1]
    sequence = cast("ast.Call", counted).args[0]
    element = ast.Name(plan.element, ast.Store())
    if plan.keep:
        loop.iter = ast.Call(ast.Name("enumerate", ast.Load()), [sequence], [])
        loop.target = ast.Tuple([loop.target, element], ast.Store())
    else:
        loop.iter, loop.target = sequence, element
    replace = _InSyntax(plan)
    loop.body = [cast("ast.stmt", replace.visit(statement)) for statement in loop.body]
    return loop


class _InSyntax(ast.NodeTransformer):
    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if is_element(node, self._plan.sequence, self._plan.index):
            return ast.Name(self._plan.element, ast.Load())
        return self.generic_visit(node)


def _render(loop: cst.For, plan: Plan) -> cst.For:
    counted = cst.ensure_type(cst.ensure_type(loop.iter, cst.Call).args[-1].value, cst.Call)
    sequence, element = counted.args[0].value, cst.Name(plan.element)
    pair = cst.Tuple([cst.Element(loop.target), cst.Element(element)], lpar=[], rpar=[])
    body = cast("cst.BaseSuite", loop.body.visit(_InText(plan)))
    return loop.with_changes(
        target=pair if plan.keep else element,
        iter=cst.Call(cst.Name("enumerate"), [cst.Arg(sequence)]) if plan.keep else sequence,
        body=body,
        # What was in parentheses may have needed no space before.
        **{space: cst.SimpleWhitespace(" ") for space in SPACES if getattr(loop, space).empty},
    )


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
