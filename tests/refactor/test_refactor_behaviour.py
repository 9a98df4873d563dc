"""Made-up programs do the same after every proposal: a search for behaviour changes that nobody thought of.

The programs hold no second name for a sequence and no mapping: what only running can tell is the rules' poison.
"""

import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from refactorkit import candidates

SIMPLE = (
    "log(i)", "log(xs[i])", "log(x)", "log(xs[0])", "log(len(xs))", "x = xs[i]", "x = xs[i] + 1",
    "ys.append(xs[i])", "ys.append(i)", "xs[i] = 7", "xs[i] += 1", "del xs[i]", "xs.append(3)", "xs = [1] + xs",
    "i = 5", "i += 1", "del i", "log([xs[i] for i in ys])", "log([xs[i] + y for y in ys])",
    "log(sum(xs[i] for y in ys))", "log(xs[i:])", "late.append(lambda: xs[i])", "late.append(lambda: i)",
    "late.append(lambda: x)", "log([f() for f in late])", "x, y = xs[i], i", "xs[i], y = 1, 2", "break", "continue",
    "return xs[i]", "return", "pass", "log(f'{xs[i]} {i}')", "log(f'{xs[i]=}')", "log(xs[i] if i else -xs[i])",
    "log(x := xs[i])", "log((i := 1))", "x = y = xs[i]", "assert xs[i] != 2, xs[i]", "for xs[i] in ys: pass",
    "from math import pi as i", "log(xs[i], xs)", "log(later())", "if xs[i]: x = 3", "log({i: xs[i]}, *[xs[i]])",
    "raise ValueError(x)",
)  # fmt: skip
HEADERS = (
    "for i in range(len(xs)):", "for i in range(len(xs)):", "for i in range(len(ys)):", "for i in ys:",
    "for x in xs:", "while turn():", "if x == 1:", "if not x:", "if x < 2:", "if x in ys and x:", "if (y := x):",
    "if x is not None:", "try:",
)  # fmt: skip
ARGUMENTS: tuple[tuple[list[int], list[int]], ...] = (([], []), ([1, 2, 3], [0, 1]), ([0, 0], [4]), ([2], []))
MOST_LINES = 500
"""Lines that one run of a program may take; more mean that it has no end."""

type Lines = list[str]


def indented(lines: Lines) -> Lines:
    return [f"    {line}" for line in lines]


def joined(blocks: list[Lines]) -> Lines:
    return [line for lines in blocks for line in lines]


def block(header: str, body: Lines, otherwise: Lines | None) -> Lines:
    lines = [header, *indented(body)]
    if header == "try:":
        return [*lines, "finally:", "    log('finally')"]
    return [*lines, "else:", *indented(otherwise)] if otherwise else lines


def compound(inner: st.SearchStrategy[Lines]) -> st.SearchStrategy[Lines]:
    bodies = st.lists(inner, min_size=1, max_size=4).map(joined)
    return st.builds(block, st.sampled_from(HEADERS), bodies, st.none() | bodies)


statements = st.recursive(st.sampled_from(SIMPLE).map(lambda line: [line]), compound, max_leaves=12)
programs = st.lists(compound(statements) | statements, min_size=1, max_size=4).map(
    lambda blocks: "\n".join(["def program(xs, ys, i=0, x=1, y=2):", "    late = []", *indented(joined(blocks))])
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(programs)
def test_made_up_program_does_the_same(text: str) -> None:
    assume(compiled(text) is not None)
    for candidate in candidates(text):
        for xs, ys in ARGUMENTS:
            before = run(text, xs, ys, MOST_LINES)
            if before[0] != "TimeoutError":
                assert run(candidate.text, xs, ys, 2 * MOST_LINES) == before, candidate.text


def compiled(text: str) -> CodeType | None:
    try:
        return compile(text, "<program>", "exec")
    except SyntaxError:
        return None


def run(text: str, xs: list[int], ys: list[int], most_lines: int) -> tuple[str, str]:
    """How the program ended, and all that it logged and left behind."""
    seen: list[str] = []
    turns = iter(range(3))

    def log(*values: object) -> None:
        seen.append(repr(values))

    namespace: dict[str, Any] = {
        "log": log,
        "turn": lambda: next(turns, None) is not None,
        "later": lambda: len(seen),
    }
    exec(text, namespace)  # noqa: S102 - made of the lines above
    own = (list(xs), list(ys))
    try:
        end = repr(limited(lambda: namespace["program"](*own), most_lines))
    except Exception as error:  # noqa: BLE001 - that the same is raised is what is looked at
        end = type(error).__name__
    return end, repr((seen, own))


def limited(action: Callable[[], object], most_lines: int) -> object:
    lines = 0

    def count(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal lines
        lines += event == "line"
        if lines > most_lines:
            raise TimeoutError
        return count

    old = sys.gettrace()
    sys.settrace(count)
    try:
        return action()
    finally:
        sys.settrace(old)
