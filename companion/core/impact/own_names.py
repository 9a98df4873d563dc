"""Variables of a function's own, which mean nothing beyond it. Pure."""

import ast
from collections.abc import Iterator

from companion.core.impact.definitions import Function, parameters

INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
LISTS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def own_names(function: Function) -> frozenset[str]:
    """Names that are local to the whole of it, functions inside included.

    What only an inner function or a comprehension binds may be somebody else's in the rest.
    """
    found = {argument.arg for argument in parameters(function.args)}
    left: list[ast.AST] = [*function.body]
    while left:
        node = left.pop()
        found.update(_bound_by(node))
        if isinstance(node, INNER):
            continue
        if isinstance(node, LISTS):
            left += [inner for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr)]
        else:
            left += ast.iter_child_nodes(node)
    return frozenset(found)


def _bound_by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(ctx=ast.Store() | ast.Del()):
            yield node.id
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Import() | ast.ImportFrom():
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case _:
            pass
