"""Whether what a loop leaves in its target is read by anything but the loop; where it is unsure, it says yes."""

import ast
from collections.abc import Iterator

from companion.refactor.analysis.scope import COMPREHENSIONS, SCOPES, bound_within, local_names, mentioned_within
from companion.refactor.site import FUNCTION


def read_outside(name: str, loop: ast.For, scope: ast.AST) -> bool:
    """Whether code of ``scope`` outside the loop's body may read the value that the loop gave to ``name``."""
    stack: list[ast.AST] = [scope]
    while stack:
        node = stack.pop()
        if _reads(node, name):
            return True
        stack.extend(_reached(node, name, loop))
    return False


def _reads(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Name(found, ast.Load() | ast.Del()) | ast.AugAssign(ast.Name(found)):
            return found == name
        case ast.Global(names) | ast.Nonlocal(names):
            return name in names
        case _:
            return False


def _reached(node: ast.AST, name: str, loop: ast.For) -> Iterator[ast.AST]:
    """The children in which a read of the name may mean the loop's value."""
    if node is loop:
        yield from loop.orelse
    elif isinstance(node, ast.For) and name in bound_within(node.target) and not _contains(node, loop):
        yield from (node.iter, *node.orelse)
        # The body has a value of its own; what it makes for later may be run when the loop has given another.
        yield from (made for made in _made_for_later(node.body) if name in mentioned_within(made))
    elif isinstance(node, COMPREHENSIONS) and any(name in bound_within(part.target) for part in node.generators):
        yield node.generators[0].iter
    elif isinstance(node, FUNCTION) and name in local_names(node) and not _contains(node, loop):
        yield from (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults))
    else:
        yield from ast.iter_child_nodes(node)


def _made_for_later(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        yield from (node for node in ast.walk(statement) if isinstance(node, (*SCOPES, ast.GeneratorExp)))


def _contains(node: ast.AST, loop: ast.For) -> bool:
    return any(child is loop for child in ast.walk(node))
