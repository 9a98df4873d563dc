"""The gates: whatever a rule does wrong is declined or contained, never offered."""

import ast
from collections.abc import Callable, Iterator, Sequence

import pytest

from companion.refactor.finding import Candidate, Declined, Defect
from companion.refactor.rule import Precondition, Rewrite, Rule, look
from companion.refactor.site import Site
from companion.refactor.tree import cst
from companion.refactor.writing.splice import Edit

TEXT = "if a:\n    x = 1  # one\n\nif b:\n    y = 2\n"


class Scripted(Rule):
    """Rewrites every ``if`` as it is told."""

    id = "scripted"
    title = "Scripted"
    looks_at = (ast.If,)
    preconditions = ()
    VALID = ()
    INVALID = ()
    POISON = ()

    def __init__(self, meaning: Callable[[ast.stmt], Sequence[ast.stmt]], render: Edit) -> None:
        self._meaning, self._render = meaning, render

    def examine(self, site: Site) -> Iterator[Rewrite | Precondition]:
        yield Rewrite("Scripted", site.node, self._meaning, self._render)


class Failing(Rule):
    """Fails at every ``if``."""

    id = "failing"
    title = "Failing"
    looks_at = (ast.If,)
    preconditions = ()
    VALID = ()
    INVALID = ()
    POISON = ()

    def examine(self, site: Site) -> Iterator[Rewrite | Precondition]:
        raise ZeroDivisionError(site.node.lineno)
        yield


def same(node: ast.stmt) -> Sequence[ast.stmt]:
    return [node]


def declared(name: str) -> Callable[[ast.stmt], Sequence[ast.stmt]]:
    return lambda _: ast.parse(name).body


def written(code: str) -> Edit:
    return lambda _: [cst.parse_statement(code)]


def only(rule: Rule, text: str = "if a:\n    x = 1  # one\n") -> object:
    (found,) = look([rule], text, None)
    return found


def test_what_both_trees_agree_on_is_offered() -> None:
    code = "if c:\n    x = 1  # one\n"
    found = only(Scripted(declared(code), written(code)))
    assert isinstance(found, Candidate)
    assert (found.text, found.line, found.end_line) == (code, 1, 2)


@pytest.mark.parametrize(
    ("meaning", "code", "because"),
    [
        ("if c:\n    x = 1\n", "if a:\n    x = 1  # one\n", "not mean"),
        ("if c:\n    x = 1\n", "if c:\n    x = 1\n", "comment"),
        ("if c:\n    x = 1\n", "if c:\n    x = 1  # two\n", "comment"),
        ("return 1\n", "if a:  # one\n    return 1\n", "not mean"),
        ("if c:\n    return 1\n", "if c:  # one\n    return 1\n", "does not compile"),
    ],
)
def test_what_a_gate_stops_is_declined(meaning: str, code: str, because: str) -> None:
    found = only(Scripted(declared(meaning), written(code)))
    assert isinstance(found, Declined)
    assert because in found.because


def test_what_libcst_cannot_write_is_declined() -> None:
    def crowded(node: cst.BaseStatement) -> Sequence[cst.BaseStatement]:
        return [cst.ensure_type(node, cst.If).with_changes(whitespace_before_test=cst.SimpleWhitespace(""))]

    found = only(Scripted(same, crowded))
    assert isinstance(found, Declined)
    assert "spaces" in found.because


def test_what_is_nested_too_deeply_is_declined() -> None:
    found = only(Scripted(same, lambda node: [node]), f"if a:\n    x = {'+'.join('y' * 200)}\n")
    assert isinstance(found, Declined)
    assert "cannot rewrite" in found.because


def test_rule_that_raises_is_contained_and_looks_no_further() -> None:
    findings = list(look([Failing(), Scripted(same, lambda node: [node])], TEXT, None))
    assert [type(found) for found in findings] == [Defect, Candidate, Candidate]
    assert findings[0] == Defect("failing", 1, "ZeroDivisionError: 1")


def test_rule_that_raises_while_it_writes_is_contained() -> None:
    def failing(_: object) -> Sequence[cst.BaseStatement]:
        raise KeyError("name")

    assert only(Scripted(same, failing)) == Defect("scripted", 1, "KeyError: 'name'")


def test_several_statements_may_replace_one() -> None:
    code = "pass\nif a:\n    x = 1  # one\n"
    both = cst.parse_module(code).body
    found = only(Scripted(declared(code), lambda _: list(both)))
    assert isinstance(found, Candidate)
    assert found.text == code
