"""The opposite of a condition: in both trees the same, and never more than true."""

import ast

import pytest

from companion.refactor.tree import cst
from companion.refactor.writing.negate import negated, negated_syntax

CONDITIONS = [
    ("x", "not x"),
    ("not x", "x"),
    ("not not x", "not x"),
    ("x == y", "x != y"),
    ("x != y", "x == y"),
    ("x is None", "x is not None"),
    ("x is not None", "x is None"),
    ("x in y", "x not in y"),
    ("x not  in y", "x in y"),
    ("x < y", "not (x < y)"),
    ("x <= y", "not (x <= y)"),
    ("x == y == z", "not (x == y == z)"),
    ("x and y", "not (x and y)"),
    ("not (x and y)", "x and y"),
    ("(not x)", "x"),
    ("not (x)", "x"),
    ("(x and y)", "not (x and y)"),
    ("not x.y[0]()", "x.y[0]()"),
    ("f(x)", "not f(x)"),
    ("x + y", "not (x + y)"),
    ("-x", "not (-x)"),
    ("x if y else z", "not (x if y else z)"),
    ("not (x if y else z)", "(x if y else z)"),
    ("(x := y)", "not (x := y)"),
    ("not (x := y)", "(x := y)"),
    ("not (x\n)", "(x\n)"),
    ("(x ==\n y)", "(x !=\n y)"),
    ("(x)is(None)", "(x)is not(None)"),
    ("lambda: x", "not (lambda: x)"),
    ("[x]", "not ([x])"),
    ("not (yield)", "(yield)"),
]


@pytest.mark.parametrize(("condition", "opposite"), CONDITIONS)
def test_opposite_is_written_so(condition: str, opposite: str) -> None:
    assert cst.Module([]).code_for_node(negated(cst.parse_expression(condition))) == opposite


@pytest.mark.parametrize(("condition", "_opposite"), CONDITIONS)
def test_both_trees_mean_the_same(condition: str, _opposite: str) -> None:
    written = cst.Module([]).code_for_node(negated(cst.parse_expression(condition)))
    meant = negated_syntax(ast.parse(condition, mode="eval").body)
    assert ast.compare(ast.parse(written, mode="eval").body, meant)


VALUES: list[object] = [None, 0, 1, -1, float("nan"), "", "a", [], [1], {1}, {1, 2}, frozenset()]
OPERATORS = ["==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in", "and", "or", "+"]


@pytest.mark.parametrize("operator", OPERATORS)
def test_opposite_is_true_where_the_condition_is_false(operator: str) -> None:
    condition = f"x {operator} y"
    opposite = cst.Module([]).code_for_node(negated(cst.parse_expression(condition)))
    for x in VALUES:
        for y in VALUES:
            assert truth(opposite, x, y) is opposite_of(truth(condition, x, y)), (condition, x, y)


def truth(expression: str, x: object, y: object) -> object:
    try:
        return bool(eval(expression, {"x": x, "y": y}))  # noqa: S307 - made of the lines above
    except TypeError:
        return TypeError


def opposite_of(value: object) -> object:
    return value if value is TypeError else not value
