"""The static gates between what a rule wants and what is offered; each says in words why it stays closed."""

import ast
import io
import tokenize
from collections.abc import Callable, Sequence
from typing import cast

from companion.refactor.site import Site
from companion.refactor.tree import Broken, compile_problem, concrete, cst, nesting, parse_syntax
from companion.refactor.writing.excerpt import Excerpt, excerpt, paste
from companion.refactor.writing.splice import Edit, Way, splice

type Meaning = Callable[[ast.stmt], Sequence[ast.stmt]]
"""Gives what is to stand in a statement's place; may change the node that it is given."""


def rewritten(site: Site, meaning: Meaning, render: Edit) -> str | Broken:
    """The whole text with the site's statement rewritten, or the first gate's objection.

    The gates: libcst gives the definition back unchanged; every comment is still there, in its order; what was
    written is, statement for statement, what the rule meant; the whole compiles.
    """
    place = excerpt(site.tree, site.root)
    module = concrete(place.source, nesting(site.root))
    if isinstance(module, Broken):
        return Broken(site.root.lineno, f"libcst cannot rewrite this definition: {module.message}")
    source = _spliced(module, (*((("body", 0),) * (2 if place.header else 1)), *site.way), render)
    if isinstance(source, Broken):
        return source
    text = paste(site.tree, place, source)
    return _comments_lost(place, source) or _not_meant(site, meaning, place, source) or _uncompilable(text) or text


def _spliced(module: cst.Module, way: Way, render: Edit) -> str | Broken:
    try:
        return splice(module, way, render).code
    except cst.CSTValidationError as error:  # ``xs[i]else`` leaves no room for a name in place of ``xs[i]``
        return Broken(1, f"spaces are missing around what would be written: {error}")
    except RecursionError:
        return Broken(1, "nested too deeply")


def _comments_lost(place: Excerpt, source: str) -> Broken | None:
    if _comments(place.source) == _comments(source):
        return None
    return Broken(1, "a comment would be lost or change its place among the others")


def _comments(source: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source, newline=None).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def _not_meant(site: Site, meaning: Meaning, place: Excerpt, source: str) -> Broken | None:
    syntax = parse_syntax(source)
    if isinstance(syntax, Broken):
        return Broken(syntax.line, f"the rewritten text does not parse: {syntax.message}")
    expected = _statements(place, parse_syntax(place.source))
    _carry_out(expected, site.way, meaning)
    actual = _statements(place, syntax)
    if len(actual) == len(expected) and all(map(ast.compare, actual, expected, strict=True)):
        return None
    return Broken(1, "the rewritten text would not mean quite what it should")


def _statements(place: Excerpt, syntax: ast.Module | Broken) -> list[ast.stmt]:
    body = [] if isinstance(syntax, Broken) else syntax.body
    return body[0].body if place.header and body and isinstance(body[0], ast.If) else body


def _carry_out(statements: list[ast.stmt], way: Way, meaning: Meaning) -> None:
    block = cast("list[ast.AST]", statements)
    index = 0
    for field, step in way:
        block, index = cast("list[ast.AST]", getattr(block[index], field)), step
    block[index : index + 1] = meaning(cast("ast.stmt", block[index]))


def _uncompilable(text: str) -> Broken | None:
    problem = compile_problem(text)
    return problem and Broken(problem.line, f"the rewritten file does not compile: {problem.message}")
