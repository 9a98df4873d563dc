"""Where rules look: only what was touched, each statement with the way that leads to it."""

import ast

import pytest
from refactorkit import RULES, sources

from companion.core.diff import diff, touched_lines
from companion.refactor.finding import Candidate
from companion.refactor.rule import look
from companion.refactor.site import Site, sites
from companion.refactor.tree import Broken, Tree, concrete, cst, nesting, parse
from companion.refactor.writing.excerpt import excerpt, paste
from companion.refactor.writing.splice import splice

TEXT = """\
import os

class A:
    x = 1

    def f(self):
        a = 1
        def inner():
            b = 1
        return a

    @property
    def g(self):
        c = 1

for i in ():
    d = 1
"""


def tree(text: str) -> Tree:
    parsed = parse(text)
    assert isinstance(parsed, Tree)
    return parsed


def names(text: str, *lines: range) -> list[str]:
    """What is looked at, by the first word of its line."""
    parsed = tree(text)
    return [parsed.lines[site.node.lineno - 1].split("(")[0].strip() for site in sites(parsed, lines)]


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        (1, ["import os"]),
        (4, ["class A:", "x = 1"]),
        (7, ["class A:", "def f", "a = 1", "return a"]),
        (9, ["class A:", "def f", "a = 1", "def inner", "b = 1", "return a"]),
        (12, ["class A:", "def g", "c = 1"]),
        (16, ["for i in"]),
        (17, ["for i in", "d = 1"]),
    ],
)
def test_touched_line_concerns_its_definition(line: int, seen: list[str]) -> None:
    assert names(TEXT, range(line, line + 1)) == seen


def test_none_means_everything() -> None:
    parsed = tree(TEXT)
    every = [node for node in ast.walk(parsed.syntax) if isinstance(node, ast.stmt)]
    assert {site.node for site in sites(parsed, None)} == set(every)


def test_deleted_end_of_a_function_concerns_it() -> None:
    old = "def f(x):\n    if x:\n        print(1)\n        print(x)\n    else:\n        pass\n\ndef g(): pass\n"
    new = old.replace("    else:\n        pass\n", "")
    assert [type(found) for found in look(RULES, new, touched_lines(diff(old, new), new))] == [Candidate]


def test_untouched_function_is_not_proposed_for() -> None:
    function = "def f(x):\n    if x:\n        print(1)\n        print(x)\n"
    text = f"{function}\n\n{function}"
    assert len(list(look(RULES, text, None))) == 2
    assert [found.line for found in look(RULES, text, (range(8, 9),))] == [8]
    assert list(look(RULES, text, ())) == []


@pytest.mark.parametrize(
    ("comment", "looked_at"),
    [
        ("# companion: ignore", False),
        ("# companion: ignore[guard-clause]", False),
        ("#companion:ignore[ other , guard-clause ]", False),
        ("# noqa  # companion: ignore[guard-clause]", False),
        ("# companion: ignore[other]", True),
        ("# companion: ignored[]", True),
        ("# companion", True),
    ],
)
def test_comment_on_the_first_line_suppresses(comment: str, looked_at: bool) -> None:
    text = f"class A:\n    def f(x):  {comment}\n        if x:\n            print(1)\n            print(x)\n"
    assert bool(list(look(RULES, text, None))) == looked_at


@pytest.mark.parametrize(("number", "looked_at"), [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 1), (6, 1)])
def test_comment_on_any_line_of_a_signature_and_on_the_statement_suppresses(number: int, looked_at: int) -> None:
    lines = ["@wrapped", "def f(", "    x", "):", "    if x:", "        print(1)", "        print(x)"]
    lines[number] += "  # companion: ignore"
    assert len([found for found in look(RULES, "\n".join(lines), None) if isinstance(found, Candidate)]) == looked_at


def test_every_statement_is_found_again_in_libcsts_tree() -> None:
    for name, text in sources(every=60):
        parsed = parse(text)
        if isinstance(parsed, Tree):
            for site in sites(parsed, None):
                if isinstance(site.node, ast.If | ast.For | ast.FunctionDef | ast.ClassDef | ast.Try):
                    assert unchanged(site) in {text, None}, (name, site.node.lineno)


def unchanged(site: Site) -> str | None:
    """The text after replacing the site's statement by itself, checked to be of the same kind."""
    place = excerpt(site.tree, site.root)
    module = concrete(place.source, nesting(site.root))
    if isinstance(module, Broken):
        return None
    kinds: list[str] = []

    def keep(node: cst.BaseStatement) -> list[cst.BaseStatement]:
        kinds.append(type(node).__name__)
        return [node]

    top = (("body", 0),) * (2 if place.header else 1)
    same = splice(module, (*top, *site.way), keep)
    assert kinds[0].removesuffix("Star") == type(site.node).__name__.removesuffix("Star")
    return paste(site.tree, place, same.code)
