"""Expressions that cannot raise, as the text shows. Pure."""

import ast
import re
import warnings
from functools import lru_cache

from companion.core.impact import known

NEWER_PATTERN = re.compile(r"[*+?}]\+|\(\?>|\(\?\(|\(\?[a-zA-Z-]+[:)]")
"""Of patterns: what some Python of a project may not know."""
NUMERIC = (ast.Add, ast.Sub, ast.Mult)


def cannot_fail(name: str, node: ast.Call) -> bool:
    """Whether a call of a function that is known works with these arguments; ``name`` is its qualified name."""
    if name in known.SAFE_CALLS or name.startswith(known.MARK):
        return True
    match node.args:
        case []:
            return name in known.CONTAINER_CALLS and all(is_literal(keyword.value) for keyword in node.keywords)
        case [ast.Name(id="__name__")]:
            return name == "logging.getLogger" and not node.keywords
        case [ast.Constant(value=str(text))] if not node.keywords:
            return name in known.NAMED_CALLS or (name == "re.compile" and _compiles(text))
        case [ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts)] if not node.keywords:
            return name in known.CONTAINER_CALLS - {"builtins.dict", "collections.OrderedDict"} and all(
                map(is_key, elts)
            )
        case _:
            return False


@lru_cache(2_000)
def _compiles(pattern: str) -> bool:
    """By every Python that a project may use, as far as is known."""
    if NEWER_PATTERN.search(pattern):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except re.error, OverflowError, RecursionError, Warning:
        return False
    return True


def is_literal(node: ast.expr) -> bool:
    """A constant or a display, whatever is in it."""
    return isinstance(node, (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set))


def is_key(node: ast.expr | None) -> bool:
    """Whether it can be hashed."""
    if isinstance(node, ast.Tuple):
        return all(map(is_key, node.elts))
    return isinstance(node, ast.Constant) or (node is not None and is_number(node))


def is_number(node: ast.expr) -> bool:
    """Numbers, and sums, differences and products of them."""
    match node:
        case ast.Constant(value=int() | float()):
            return True
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return is_number(operand)
        case ast.BinOp(left=left, op=op, right=right):
            return isinstance(op, NUMERIC) and is_number(left) and is_number(right)
        case _:
            return False


def is_text(node: ast.expr) -> bool:
    """Strings, and sums of them."""
    match node:
        case ast.Constant(value=str()):
            return True
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return is_text(left) and is_text(right)
        case _:
            return False
