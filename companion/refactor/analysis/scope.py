"""Who binds which name where, as far as rules need to know; where it is unsure, it says more names, never fewer."""

import ast
from collections.abc import Iterator

from companion.refactor.site import DEFINITION, FUNCTION, Function

SCOPES = (*DEFINITION, ast.Lambda)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes below a function, a class or a module that run when it does: none of nested functions and classes.

    Those definitions themselves are among them, and so are comprehensions with all that is in them.
    """
    stack = list(ast.iter_child_nodes(scope))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, SCOPES):
            stack.extend(ast.iter_child_nodes(node))


def bound(node: ast.AST) -> Iterator[str]:
    """The names that this one node binds or unbinds, or declares to belong elsewhere; ``*`` for a star import."""
    match node:
        case ast.Name(name, ast.Store() | ast.Del()) | ast.ExceptHandler(name=str(name)):
            yield name
        case ast.MatchAs(name=str(name)) | ast.MatchStar(str(name)) | ast.MatchMapping(rest=str(name)):
            yield name
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name) | ast.arg(name):
            yield name
        case ast.TypeVar(name) | ast.ParamSpec(name) | ast.TypeVarTuple(name):
            yield name
        case ast.alias(name, None):
            yield name.partition(".")[0]
        case ast.alias(asname=str(name)):
            yield name
        case ast.Global(names) | ast.Nonlocal(names):
            yield from names
        case _:
            pass


def bound_within(node: ast.AST) -> frozenset[str]:
    """Every name bound at or below a node, in whatever scope."""
    return frozenset(name for child in ast.walk(node) for name in bound(child))


def mentioned_within(node: ast.AST) -> frozenset[str]:
    """Every name bound or read at or below a node, in whatever scope."""
    read = (child.id for child in ast.walk(node) if isinstance(child, ast.Name))
    return bound_within(node).union(read)


def module_names(module: ast.Module) -> frozenset[str]:
    """The names that a module binds: at its own level, and those that functions declare ``global``."""
    own = (name for node in own_nodes(module) for name in bound(node))
    declared = (name for node in ast.walk(module) if isinstance(node, ast.Global) for name in node.names)
    return frozenset((*own, *declared))


def local_names(function: Function) -> frozenset[str]:
    """The names that are a function's own: parameters, and what it binds without declaring it to belong elsewhere."""
    names = {name for node in own_nodes(function) for name in bound(node) if not isinstance(node, ast.arg)}
    names.update(argument.arg for argument in arguments(function))
    for node in own_nodes(function):
        if isinstance(node, ast.Global | ast.Nonlocal):
            names.difference_update(node.names)
    return frozenset(names)


def arguments(function: Function) -> list[ast.arg]:
    """Every parameter of a function."""
    spec = function.args
    extra = [argument for argument in (spec.vararg, spec.kwarg) if argument is not None]
    return [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *extra]


def is_generator(function: Function) -> bool:
    """Whether calling the function gives a generator, of either kind."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function))


def returns_value(function: Function) -> bool:
    """Whether some ``return`` of the function names a value."""
    return any(isinstance(node, ast.Return) and node.value is not None for node in own_nodes(function))


def enclosing_functions(definitions: tuple[ast.stmt, ...]) -> tuple[Function, ...]:
    """The functions among the definitions around a site, the outermost first."""
    return tuple(definition for definition in definitions if isinstance(definition, FUNCTION))
