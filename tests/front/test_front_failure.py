"""Failures: pytest's explanation, source, colours."""

from pathlib import Path

import pytest
from frontkit import item, picture, text
from rich.text import Text

from companion.front.excerpt import Excerpt, cut, read
from companion.front.explanation import explanation, headline
from companion.front.failure import brief, detailed, source
from companion.front.limits import Limits


def test_excerpt_at_the_beginning() -> None:
    assert cut("a\nb\nc\nd\n", 1, around=1) == Excerpt(1, 1, ("a", "b"))


def test_excerpt_at_the_end_without_a_line_end() -> None:
    assert cut("a\nb\nc", 3, around=1) == Excerpt(2, 3, ("b", "c"))


def test_excerpt_has_no_blank_edges() -> None:
    assert cut("\n\na\n\n\n", 3, around=2) == Excerpt(3, 3, ("a",))


@pytest.mark.parametrize("line", [0, 5, -1])
def test_no_such_line(line: int) -> None:
    assert cut("a\nb\nc\nd\n", line, around=1) is None


def test_no_such_file(tmp_path: Path) -> None:
    assert read(tmp_path / "gone.py", 1, around=1) is None


def test_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_bytes(b"\xff\xfe\x00")
    assert read(path, 1, around=1) is None


def test_source_in_its_own_encoding(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_bytes("# -*- coding: latin-1 -*-\nname = 'tée'\n".encode("latin-1"))
    assert read(path, 2, around=0) == Excerpt(2, 2, ("name = 'tée'",))


def test_lines_around_are_cut_and_the_one_meant_is_whole() -> None:
    excerpt = Excerpt(9, 10, ("before = " + "1" * 40, "meant = " + "2" * 40))
    assert text(*source(excerpt, "x.py", 30), width=80) == picture("""
        |     9 │ before = 11111111111…
        |  > 10 │ meant = 2222222222222222222222222222222222222222
    """)


def test_colours_change_no_character() -> None:
    lines = ("", "def f(x):  # äöü", "    'Doc", "    \treturn 'a' if x else 1.5", "")
    plain = [line.plain for line in source(Excerpt(1, 2, lines), "x.py", 79)]
    assert "\n".join(plain) == picture(r"""
        |    1 │
        |  > 2 │ def f(x):  # äöü
        |    3 │     'Doc
        |    4 │         return 'a' if x else 1.5
        |    5 │
    """)


def test_keywords_are_coloured() -> None:
    (line,) = source(Excerpt(1, 1, ("return x",)), "x.py", 79)
    assert "magenta" in {str(span.style) for span in line.spans}


def test_other_files_are_not_coloured() -> None:
    (line,) = source(Excerpt(1, 1, ("return x",)), "x.txt", 79)
    assert "magenta" not in {str(span.style) for span in line.spans}


def test_long_explanation_is_a_count() -> None:
    failed = item("t.py::a", "failed", report="\n".join(f"E   line {number}" for number in range(30)))
    assert explanation(failed, Limits(explanation=3)) == ["line 0", "line 1", "… 28 more lines"]


def test_message_where_pytest_explains_nothing() -> None:
    assert explanation(item("t.py::a", "failed", "did not end within 60 s")) == ["did not end within 60 s"]


@pytest.mark.parametrize(
    ("message", "report", "expected"),
    [("boom\nbang", "", "boom bang"), ("", "E   assert 0", "assert 0"), ("", "", "failed"), ("", "E", "failed")],
)
def test_headline_is_never_empty(message: str, report: str, expected: str) -> None:
    assert headline(item("t.py::a", "failed", message, report=report)) == expected


def test_brief_fits() -> None:
    assert brief(item("t.py::" + "a" * 90, "failed", "x"), 40).cell_len == 40


def test_reports_that_say_more_than_the_outcome_are_listed(tmp_path: Path) -> None:
    failed = item("t.py::a", "failed", "assert 0", place=("", 0), reports=("call passed", "teardown failed"))
    assert text(*detailed(failed, tmp_path, 79)) == picture("""
        |✗ t.py::a
        |  assert 0
        |  teardown failed
    """)


def test_subtests_are_listed_with_their_parameters(tmp_path: Path) -> None:
    said = ("setup passed", "subtest [even] (i=1) failed", "subtest [even] (i=3) failed: assert 3 == 4")
    failed = item("t.py::a", "failed", "[even] (i=1): assert 1 == 2", place=("", 0), reports=said)
    assert text(*detailed(failed, tmp_path, 79)) == picture("""
        |✗ t.py::a
        |  [even] (i=1): assert 1 == 2
        |  subtest [even] (i=1) failed
        |  subtest [even] (i=3) failed: assert 3 == 4
    """)


def test_only_the_end_of_long_output(tmp_path: Path) -> None:
    report = "E   assert 0\n----- Captured stdout call -----\n" + "".join(f"{number}\n" for number in range(5))
    failed = item("t.py::a", "failed", place=("", 0), report=report)
    assert text(*detailed(failed, tmp_path, 79, Limits(output=2))) == picture("""
        |✗ t.py::a
        |  assert 0
        |  captured stdout call
        |  │ … 3 earlier lines
        |  │ 3
        |  │ 4
    """)


def test_only_the_inner_calls_of_a_deep_recursion(tmp_path: Path) -> None:
    frames = [("t.py", number, "f()") for number in range(1, 6)]
    failed = item("t.py::a", "failed", "RecursionError", place=("t.py", 5), frames=frames)
    assert text(*detailed(failed, tmp_path, 79, Limits(frames=2))) == picture("""
        |✗ t.py::a
        |  RecursionError
        |  at t.py:5
        |  by t.py:4  f()
        |  by t.py:3  f()
        |  by … 2 outer calls
    """)


def test_output_of_tests_cannot_steer_the_terminal(tmp_path: Path) -> None:
    report = "E   \x1b]0;title\x07\x1b[2Jred\n----- Captured stdout call -----\n\x1b[Hhome\x00\n"
    failed = item("t.py::a", "failed", place=("", 0), report=report)
    lines = [line.plain for line in detailed(failed, tmp_path, 79)]
    assert lines == ["✗ t.py::a", "  red", "  captured stdout call", "  │ home␀"]
    assert all(isinstance(line, Text) for line in detailed(failed, tmp_path, 79))
