"""``for i in range(len(xs))``: what such a loop does with its index and its elements."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from companion.refactor.analysis.liveness import read_outside
from companion.refactor.analysis.naming import element_name
from companion.refactor.analysis.scope import bound, bound_within, enclosing_functions, mentioned_within, module_names
from companion.refactor.analysis.sequence import dotted
from companion.refactor.site import Site


@dataclass(frozen=True, slots=True)
class IndexLoop:
    """A loop of the shape, which reads at least one element by its index.

    ``sequence`` is its dotted name; ``area`` the outermost function around it, or the module: all the code that its
    local names can occur in. ``nodes`` are all nodes of the body, each with its parent.
    """

    site: Site
    node: ast.For
    index: str
    sequence: str
    area: ast.AST
    nodes: tuple[tuple[ast.AST, ast.AST], ...] = field(repr=False)

    @property
    def root(self) -> str:
        """The name that the sequence's dotted name starts with."""
        return self.sequence.partition(".")[0]

    def has_element(self, node: ast.AST) -> bool:
        """Whether the node is an element by the loop's index, in whatever context."""
        return is_element(node, self.sequence, self.index)


def index_loop(site: Site) -> IndexLoop | None:
    """The site's statement as an index loop, if it is one."""
    match site.node:
        case ast.For(
            ast.Name(index),
            ast.Call(
                ast.Name("range"),
                [ast.Call(ast.Name("len"), [counted], [])]
                | [ast.Constant(0), ast.Call(ast.Name("len"), [counted], [])],
                [],
            ),
        ) as node:
            sequence = dotted(counted)
        case _:
            return None
    if sequence is None or sequence.partition(".")[0] == index:
        return None
    area = next(iter(enclosing_functions(site.definitions)), site.tree.syntax)
    loop = IndexLoop(site, node, index, sequence, area, tuple(_with_parents(node)))
    return loop if any(is_element(child, sequence, index) for child, _ in loop.nodes) else None


def is_element(node: ast.AST, sequence: str, index: str) -> bool:
    """Whether a node is ``sequence[index]``, in whatever context."""
    match node:
        case ast.Subscript(value, ast.Name(name)):
            return name == index and dotted(value) == sequence
        case _:
            return False


def given_target(loop: IndexLoop) -> ast.expr | None:
    """What the body's first statement assigns the element to, if the loop might as well: a name, or a row of them."""
    match loop.node.body:
        case [ast.Assign([target], value), _, *_] if loop.has_element(value) and _is_names(target):
            pass
        case _:
            return None
    names = bound_within(target)
    if not names.isdisjoint({loop.index, loop.root}):
        return None
    # The name may stand for every element that is read only if nothing else is assigned to it.
    once = isinstance(target, ast.Name) and sum(target.id in bound(node) for node, _ in loop.nodes) == 1
    return target if once or sum(loop.has_element(node) for node, _ in loop.nodes) == 1 else None


def _is_names(target: ast.expr) -> bool:
    elements = target.elts if isinstance(target, ast.Tuple) else [target]
    return all(isinstance(element, ast.Name) for element in elements)


def free_name(loop: IndexLoop) -> str | None:
    """A name for the element that nothing in the loop's area or on the module's level has."""
    taken = mentioned_within(loop.area) | module_names(loop.site.tree.syntax)
    return element_name(loop.sequence.rpartition(".")[2], taken)


def index_is_wanted(loop: IndexLoop) -> bool:
    """Whether anything reads the index but the reads of elements."""
    for node, parent in loop.nodes:
        if isinstance(node, ast.Name) and node.id == loop.index and not loop.has_element(parent):
            return True
    return read_outside(loop.index, loop.node, loop.site.scope)


def _with_parents(loop: ast.For) -> Iterator[tuple[ast.AST, ast.AST]]:
    stack: list[tuple[ast.AST, ast.AST]] = [(statement, loop) for statement in reversed(loop.body)]
    while stack:
        node, parent = stack.pop()
        yield node, parent
        stack.extend((child, node) for child in ast.iter_child_nodes(node))
