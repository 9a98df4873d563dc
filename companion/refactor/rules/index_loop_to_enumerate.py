"""Loops over the indexes of a sequence that want its elements."""

import ast
from collections.abc import Iterator
from typing import cast

from companion.refactor.analysis.index_loop import free_name, given_target, index_is_wanted, index_loop
from companion.refactor.analysis.index_loop_checks import NO_NAME, PRECONDITIONS, objection
from companion.refactor.rule import Precondition, Rewrite, Rule
from companion.refactor.site import Site
from companion.refactor.tree import cst
from companion.refactor.writing.enumerated import Plan, meaning, render


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
        because, given = objection(loop), given_target(loop)
        element = free_name(loop) if given is None else getattr(given, "id", "")
        if because is not None or element is None:
            yield because or NO_NAME
            return
        plan = Plan(loop.sequence, loop.index, element, index_is_wanted(loop), given is not None)
        yield Rewrite(
            f"Loop over the elements of `{loop.sequence}`" + (" with their indexes" if plan.keep else ""),
            site.node,
            lambda node: [meaning(cast("ast.For", node), plan)],
            lambda node: [render(cst.ensure_type(node, cst.For), plan)],
        )
