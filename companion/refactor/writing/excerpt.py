"""Cutting one definition out of a text, so that libcst parses tens of lines where the file has thousands."""

import ast
import re
from dataclasses import dataclass

from companion.refactor.tree import Tree

BLANK = re.compile(r"[ \t\f]*(#.*)?", re.DOTALL)
HEADER_END = re.compile(r"(?:[\s)\\]++|\#[^\r\n]*+)*+:[ \t\f]*([^\r\n]*)")
"""From the last expression of a header to the end of its line; the group is what stands behind the colon."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Whole lines that hold one compound statement, with the comments and blank lines behind it.

    ``start`` and ``end`` are offsets in the text. ``header`` is a line of ours that indented lines need before them
    to parse on their own, else empty; ``source`` is what to parse.
    """

    start: int
    end: int
    header: str
    source: str


def excerpt(tree: Tree, node: ast.stmt) -> Excerpt:
    """Cut out a compound statement."""
    first, last = first_line(node), last_line(node)
    while last < len(tree.lines) and BLANK.fullmatch(tree.lines[last].rstrip("\r\n")):
        last += 1
    start, end = tree.starts[first - 1], tree.starts[last]
    line = tree.lines[first - 1]
    # Any indentation makes a block, so one header serves every level, and no line is moved: strings stay whole.
    header = f"if 1:{line[len(line.rstrip('\r\n')) :] or '\n'}" if line[:1] in {" ", "\t"} else ""
    return Excerpt(start, end, header, header + tree.text[start:end])


def paste(tree: Tree, place: Excerpt, source: str) -> str:
    """The whole text with the excerpt's source replaced by another that starts with the same header."""
    return tree.text[: place.start] + source[len(place.header) :] + tree.text[place.end :]


def first_line(node: ast.stmt) -> int:
    """One-based line where a statement starts, its decorators included."""
    decorators = (
        node.decorator_list if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) else []
    )
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def last_line(node: ast.stmt) -> int:
    """One-based line where a statement ends."""
    return node.end_lineno or node.lineno


def behind_colon(tree: Tree, last: ast.expr) -> str:
    """What follows the colon of a header whose last expression this is: nothing, a comment, or its one-line body."""
    end = tree.offset(last.end_lineno or last.lineno, last.end_col_offset or 0)
    match = HEADER_END.match(tree.text, end)
    return match[1] if match else ""
