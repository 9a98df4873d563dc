"""What to look into where two texts differ: definitions that differ, and changed statements outside of any. Pure."""

import ast
from collections.abc import Iterable, Sequence

from companion.core.impact.comparison import Comparison, Statement
from companion.messages import Watched

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def watched(path: str, comparison: Comparison) -> tuple[tuple[Watched, ...], tuple[Watched, ...]]:
    """What to look into with the text before, and with the one now: definitions that differ, changed statements."""
    sides = comparison.before.statements, comparison.now.statements
    paired = comparison.inverse, comparison.pairs
    changed = [
        _outer(side, numbers) for side, numbers in zip(sides, (comparison.gone, comparison.touched), strict=True)
    ]
    for side, other in ((0, 1), (1, 0)):
        changed[other] |= {paired[side][number] for number in changed[side] if number in paired[side]}
    found = [[_span(sides[side][number]) for number in sorted(changed[side])] for side in (0, 1)]
    old, new = (tuple(Watched(path, *span) for span in _joined(spans)) for spans in found)
    return old, new


def _outer(statements: Sequence[Statement], numbers: Iterable[int]) -> set[int]:
    """The outermost functions that these statements are in; themselves where they are in none."""
    functions = [(at, of) for at, of in enumerate(statements) if isinstance(of.node, FUNCTIONS)]
    found: set[int] = set()
    for number in numbers:
        line = statements[number].first
        around = (at for at, of in functions if of.first <= line <= of.end)
        found.add(next(around, number))
    return found


def _span(statement: Statement) -> tuple[int, int]:
    last = statement.end if isinstance(statement.node, FUNCTIONS) else statement.last
    return statement.first, last


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    return joined
