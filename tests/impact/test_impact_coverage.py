"""Statements, sets of lines, ranges: as coverage.py has them."""

from pathlib import Path
from textwrap import dedent, indent

import pytest
from coverage.config import DEFAULT_EXCLUDE
from coverage.parser import PythonParser
from coverage.results import display_covered, format_lines
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.core.impact import coverage as own
from companion.core.impact.coverage import FileCoverage, bits_of, lcov, lines_of, percent, totals
from companion.core.impact.statements import statements

lines = st.frozensets(st.integers(1, 60))

SIMPLE = (
    "x = 1", "x = (1,\n     2)", '"""text"""', "...", "pass", "x: int", "x: int = 1", "import os  # pragma: no cover",
    "f(a,\n  # said\n  b)", "x = lambda: (\n    1)", "del x; y = 2", "x = '''a\nb'''", "# nothing", "",
    "assert x, 'y'", "x = [a\n     for a in b\n     if a]",
)  # fmt: skip
HEADS = (
    "if x:", "while x:  # pragma: no cover", "for a in (\n    1, 2):", "with f() as x, \\\n        g():",
    "def f(a=1):", "def f(\n    a,\n):", "class C(B):", "@mark\n@mark(\n    1)\ndef f():",
    "async def f(): # pragma: no cover", "if TYPE_CHECKING:", "if typing.TYPE_CHECKING:",
    "@no  # pragma: no cover\nclass D:",
)  # fmt: skip
ENDS = ("", "else:\n    y = 1", "else:  # pragma: no cover\n    y = 1\n    z = 2")
WHOLE = (
    "try:\n    x = 1\nexcept E as e:\n    raise\nexcept (A,\n        B):\n    pass\nelse:\n    y = 1",
    "try:\n    x = 1\nfinally:\n    z = 2", "if x: y = 1\nelse: y = 2", "if x:\n    y = 1\nelif y:\n    z = 1",
    "match x:\n    case 1:\n        y = 1\n    case _:\n        y = 2  # pragma: no cover",
    "match x:\n    case [a, *_] if a:\n        y = 1\n    case 1 | _:\n        raise E  # pragma: no cover",
    "def f(): ...", "def f() -> int: ...  # said", "class P:\n    def a(self) -> str: ...\n    b: int\n    '''doc'''",
    "def f():\n    '''doc\n    doc'''", "def f():\n    '''doc'''\n    return 1",
)  # fmt: skip


def _block(head: str, body: str, end: str) -> str:
    further = end if head.startswith(("if", "for", "while")) else ""
    return f"{head}\n{indent(body, '    ')}\n    pass\n{further}"


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=3).map("\n".join)
    return st.builds(_block, st.sampled_from(HEADS), body, st.sampled_from(ENDS))


programs = st.lists(
    st.recursive(st.sampled_from((*SIMPLE, *WHOLE)), _blocks, max_leaves=8), min_size=1, max_size=4
).map("\n".join)


def theirs(text: str) -> set[int] | None:
    parser = PythonParser(text=text, exclude="|".join(f"(?:{one})" for one in DEFAULT_EXCLUDE))
    try:
        parser.parse_source()
    except Exception:  # noqa: BLE001 - a private exception of theirs, for what does not parse
        return None
    return parser.statements


@settings(deadline=None)
@given(programs)
def test_statements_are_those_of_coverage_py(text: str) -> None:
    found = statements(text)
    assert not text or (None if found is None else set(found.lines)) == theirs(text), "theirs takes no empty text"


def test_statements_of_our_own_files() -> None:
    for path in Path(own.__file__).parent.glob("*.py"):
        text = path.read_text("utf-8")
        found = statements(text)
        assert found is not None
        assert not text or set(found.lines) == theirs(text), path.name


@pytest.mark.parametrize("text", ["def", "x = (", "\x00", "if x:\n\ty\n        z\n", "(" * 500 + ")" * 500])
def test_what_does_not_parse_has_none(text: str) -> None:
    assert statements(text) is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_are_python_s(end: str) -> None:
    found = statements(end.join(["x = 1", "# said", "y = (1,", "  2)", ""]))
    assert found is not None
    assert found.lines == {1, 3}
    assert found.executed([4, 2, 9]) == {3}


def test_annotations_are_statements_where_they_are_executed() -> None:
    text = dedent("""
        class C:
            x: int
            y: int = 1
    """)
    now, before = statements(text), statements(text, annotates=True)
    assert now is not None
    assert before is not None
    assert now.lines == {2, 4}
    assert before.lines == {2, 3, 4}


def test_other_lines_may_be_left_out() -> None:
    found = statements("x = 1\nif DEBUG:\n    y = 1\nz = 1  # pragma: no cover\n", ["DEBUG"])
    assert found is not None
    assert found.lines == {1, 4}
    none = statements("x = 1\n", ())
    assert none is not None
    assert none.lines == {1}


@given(lines)
def test_bits_hold_lines(some: frozenset[int]) -> None:
    assert lines_of(bits_of(some)) == sorted(some)


@given(lines, lines)
def test_ranges_are_those_of_coverage_py(some: frozenset[int], executed: frozenset[int]) -> None:
    file = FileCoverage("a.py", some, executed & some)
    assert file.ranges == format_lines(some, some - executed)


@given(st.integers(0, 400).flatmap(lambda number: st.tuples(st.just(number), st.integers(0, number))))
def test_shares_are_those_of_coverage_py(pair: tuple[int, int]) -> None:
    number, missing = pair
    share = 100.0 * (number - missing) / number if number else 100.0
    assert str(percent(number, missing)) == display_covered(share, 0)


def test_lcov() -> None:
    files = [
        FileCoverage("a.py", frozenset({1, 3, 4}), frozenset({1, 4})),
        FileCoverage("b.py", frozenset(), frozenset()),
    ]
    assert totals(files) == (3, 1)
    assert lcov(files).split() == [
        "TN:", "SF:a.py", "DA:1,1", "DA:3,0", "DA:4,1", "LF:3", "LH:2", "end_of_record",
        "TN:", "SF:b.py", "LF:0", "LH:0", "end_of_record",
    ]  # fmt: skip
