"""Functions and classes in a syntax tree. Pure."""

import ast
from collections.abc import Iterator

type Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
type Function = ast.FunctionDef | ast.AsyncFunctionDef


def documented(node: Definition | ast.Module) -> tuple[list[ast.stmt], str]:
    """The statements of a definition without its docstring, and that."""
    match node.body:
        case [ast.Expr(value=ast.Constant(value=str(text))), *rest]:
            return rest, text
        case body:
            return body, ""


def parameters(args: ast.arguments) -> Iterator[ast.arg]:
    """All of them, those that take any number last."""
    yield from (*args.posonlyargs, *args.args, *args.kwonlyargs)
    yield from (arg for arg in (args.vararg, args.kwarg) if arg)
