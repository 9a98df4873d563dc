"""Where a rule may look: one walk over a text's statements, for all rules, only through what an edit touched."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from companion.refactor.tree import Tree
from companion.refactor.writing.excerpt import first_line, last_line
from companion.refactor.writing.splice import Way

type Function = ast.FunctionDef | ast.AsyncFunctionDef
type Definition = Function | ast.ClassDef
type Touched = Sequence[range] | None
"""One-based line ranges of the text that an edit wrote; None: all of it."""

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITION = (*FUNCTION, ast.ClassDef)
BLOCKS = ("body", "handlers", "cases", "orelse", "finalbody")
"""The fields that hold blocks, in the order of the text."""
IGNORE = re.compile(r"#\s*companion:\s*ignore\b(?:\[([^\]]*)\])?")


@dataclass(frozen=True, slots=True)
class Site:
    """One statement, and what it stands in.

    ``root`` is the outermost function around it, or its outermost statement where there is none: the excerpt that an
    edit rewrites. ``way`` leads from there to ``node``. ``definitions`` are those around it, the outermost first.
    """

    tree: Tree
    node: ast.stmt
    root: ast.stmt
    way: Way
    definitions: tuple[Definition, ...]

    @property
    def scope(self) -> Definition | ast.Module:
        """Whose names the statement binds."""
        return self.definitions[-1] if self.definitions else self.tree.syntax

    def ignores(self, rule: str) -> bool:
        """Whether a comment ``# companion: ignore[rule]`` says so, on its first lines or its definitions'."""
        if "companion:" not in self.tree.text:
            return False
        return any(_ignored(self.tree, node, rule) for node in (self.node, *self.definitions))


def sites(tree: Tree, touched: Touched) -> Iterator[Site]:
    """Every statement that touched lines concern, outer ones first, in the order of the text.

    A statement is concerned if the innermost function around it is, or, outside of functions, if it is itself. The
    line behind a definition counts as part of it: there an edit that deletes its end leaves its mark.
    """
    stack = [Site(tree, node, node, (), ()) for node in reversed(tree.syntax.body)]
    while stack:  # no recursion: a chain of elif nests as deep as it is long
        site = stack.pop()
        if _concerned(site, touched):
            yield site
            stack.extend(reversed(list(_inside(site))))


def _concerned(site: Site, touched: Touched) -> bool:
    if touched is None or (isinstance(site.scope, FUNCTION) and not isinstance(site.node, DEFINITION)):
        return True
    first, last = first_line(site.node), last_line(site.node) + 1
    return any(lines.start <= last and first < lines.stop for lines in touched)


def _inside(site: Site) -> Iterator[Site]:
    node = site.node
    definitions = (*site.definitions, node) if isinstance(node, DEFINITION) else site.definitions
    for way, child in _children(node, site.way):
        if isinstance(child, FUNCTION) and not any(isinstance(definition, FUNCTION) for definition in definitions):
            yield Site(site.tree, child, child, (), definitions)
        else:
            yield Site(site.tree, child, site.root, way, definitions)


def _children(node: ast.AST, way: Way) -> Iterator[tuple[Way, ast.stmt]]:
    for field in BLOCKS:
        for index, child in enumerate(_block(node, field)):
            if isinstance(child, ast.stmt):
                yield (*way, (field, index)), child
            else:
                yield from _children(child, (*way, (field, index)))


def _block(node: ast.AST, field: str) -> Sequence[ast.AST]:
    block = cast("object", getattr(node, field, ()))
    return cast("list[ast.AST]", block) if isinstance(block, list) else ()  # a lambda's body is no block


def _ignored(tree: Tree, node: ast.stmt, rule: str) -> bool:
    body = _block(node, "body")
    last = body[0].lineno - 1 if body and isinstance(body[0], ast.stmt) else last_line(node)
    header = tree.lines[first_line(node) - 1 : max(last, node.lineno)]
    return any(_names(match, rule) for line in header for match in IGNORE.finditer(line))


def _names(match: re.Match[str], rule: str) -> bool:
    rules: str | None = match[1]
    return rules is None or rule in {name.strip() for name in rules.split(",")}
