"""The opposite of a condition, where only its truth matters; for the compiler's tree and for libcst's alike.

``not`` goes where it was, and a comparison turns into its opposite only where Python defines one by the other. ``<``
is not the opposite of ``>=``: neither holds for a NaN or for two sets. Everything else gets a ``not`` before it.
"""

import ast

from companion.refactor.tree import cst

type Operator = type[ast.cmpop]
OPPOSITES: dict[Operator, Operator] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
BARE = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Await)
"""What reads well behind a ``not`` without parentheses."""
FREE = (*BARE, cst.Comparison, cst.BooleanOperation, cst.BinaryOperation, cst.UnaryOperation)
"""What an ``if`` needs no parentheses around, unless they span lines."""


def negated_syntax(test: ast.expr) -> ast.expr:
    """The opposite of a condition in the compiler's tree."""
    match test:
        case ast.UnaryOp(ast.Not(), operand):
            return operand
        case ast.Compare(left, [operator], comparators) if type(operator) in OPPOSITES:
            return ast.Compare(left, [OPPOSITES[type(operator)]()], comparators)
        case _:
            return ast.UnaryOp(ast.Not(), test)


def negated(test: cst.BaseExpression) -> cst.BaseExpression:
    """The opposite of a condition in libcst's tree, its comments and parentheses kept where they are needed."""
    match test:
        case cst.UnaryOperation(operator=cst.Not()):
            return _bare(
                test.expression.with_changes(
                    lpar=[*test.lpar, *test.expression.lpar], rpar=[*test.expression.rpar, *test.rpar]
                )
            )
        case cst.Comparison(comparisons=[cst.ComparisonTarget(operator=operator) as target]):
            opposite = _opposite(operator)
            if opposite is not None:
                return test.with_changes(comparisons=[target.with_changes(operator=opposite)])
        case _:
            pass
    return cst.UnaryOperation(cst.Not(), _guarded(test))


def _guarded(test: cst.BaseExpression) -> cst.BaseExpression:
    if test.lpar or isinstance(test, BARE):
        return test
    return test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _bare(test: cst.BaseExpression) -> cst.BaseExpression:
    """Without the parentheses that only the ``not`` asked for."""
    code = cst.Module([]).code_for_node(test)
    if not isinstance(test, FREE) or "\n" in code or "\r" in code:
        return test
    return test.with_changes(lpar=[], rpar=[])


def _opposite(operator: cst.BaseCompOp) -> cst.BaseCompOp | None:
    match operator:
        case cst.Equal(before, after):
            return cst.NotEqual(whitespace_before=before, whitespace_after=after)
        case cst.NotEqual(whitespace_before=before, whitespace_after=after):
            return cst.Equal(before, after)
        case cst.Is(before, after):
            return cst.IsNot(before, whitespace_after=after)
        case cst.IsNot(whitespace_before=before, whitespace_after=after):
            return cst.Is(before, after)
        case cst.In(before, after):
            return cst.NotIn(before, whitespace_after=after)
        case cst.NotIn(whitespace_before=before, whitespace_after=after):
            return cst.In(before, after)
        case _:
            return None
