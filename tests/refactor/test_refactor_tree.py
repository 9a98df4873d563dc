"""Parsing: what comes back is the text again, and broken text is data."""

import ast
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libcst.metadata import ParentNodeProvider, PositionProvider
from refactorkit import RULES, sources

from companion.core.diff import apply
from companion.refactor.finding import Candidate, Defect
from companion.refactor.rule import look
from companion.refactor.tree import Broken, Tree, compile_problem, cst, parse, probe

SAMPLE = [text for _, text in sources(every=40) if len(text) < 60_000]
ALPHABET = "abfix=:,.()[]{}#\"'\\\n\r\t\f  0\0\ufeffé\ud800@*-"
CUT = st.tuples(st.integers(0, 60_000), st.integers(0, 60), st.text(ALPHABET, max_size=8))


def tree(text: str) -> Tree:
    parsed = parse(text)
    assert isinstance(parsed, Tree)
    return parsed


@pytest.mark.parametrize(
    ("text", "line"), [("x = (", 1), ("x = 1\ny = = 2\n", 2), ("def f():\npass\n", 2), ("\0", 1)]
)
def test_syntax_error_is_data(text: str, line: int) -> None:
    broken = parse(text)
    assert isinstance(broken, Broken)
    assert broken.line == line
    assert broken.message


@pytest.mark.parametrize(
    "text", ["x = " + "(" * 5_000, "x = " + "-" * 50_000 + "1", "\ud800", "if x:\n" * 99 + "\ty"]
)
def test_what_no_parser_can_take_is_data(text: str) -> None:
    assert isinstance(parse(text), Broken)


@pytest.mark.parametrize(
    "text", ["x = " + "+".join("a" * 900), "x = a" + ".b" * 900, "if a: b\n" + "elif a: b\n" * 500]
)
def test_deep_nesting_is_kept_from_libcst(text: str) -> None:
    module = tree(text).module
    assert isinstance(module, Broken)
    assert "deep" in module.message
    assert list(look(RULES, text, None)) == []


def test_compiler_sees_more_than_the_parser() -> None:
    assert isinstance(parse("return 1\n"), Tree)
    assert compile_problem("return 1\n") == Broken(1, "'return' outside function")
    assert compile_problem("x = 1\n") is None


def test_warnings_about_the_users_code_stay_silent() -> None:
    assert isinstance(parse("x = '\\d'\nassert (x, 1)\n"), Tree)
    assert compile_problem("x = '\\d'\nassert (x, 1)\n") is None


def test_same_text_is_parsed_once() -> None:
    first, again = ("x = 1\n" * count for count in (2, 2))
    assert first is not again
    assert parse(first) is parse(again)


@pytest.mark.parametrize("text", ["", "\n", "x = 1", "x = 1\r\ny = 2\r", "def f():\n\treturn 1\n\f\n# end"])
def test_offsets_and_lines(text: str) -> None:
    parsed = tree(text)
    assert "".join(parsed.lines) == text
    assert parsed.starts[-1] == len(text)
    assert len(parsed.starts) == len(parsed.lines) + 1


def test_offset_counts_characters_where_nodes_count_bytes() -> None:
    text = "x = 'äöü😀' + name\n"
    parsed = tree(text)
    (name,) = [node for node in ast.walk(parsed.syntax) if isinstance(node, ast.Name) and node.id == "name"]
    assert parsed.offset(name.lineno, name.col_offset) == text.index("name")


def test_metadata_is_computed_when_asked_for() -> None:
    parsed = tree("def f():\n    return 1\n")
    module = parsed.module
    assert isinstance(module, cst.Module)
    assert parsed.metadata(PositionProvider)[module.body[0]] is not None
    assert parsed.metadata(ParentNodeProvider)[module.body[0]] is module
    assert tree("x = " + "+".join("a" * 900)).metadata(PositionProvider) == {}


def test_standard_library_comes_back_byte_for_byte() -> None:
    modules = [(name, text, parse(text)) for name, text in sources(every=15)]
    assert len(modules) > 20
    for name, text, parsed in modules:
        if isinstance(parsed, Tree):  # some modules are there to be broken
            module = parsed.module
            assert isinstance(module, cst.Module), (name, module)
            assert module.code == text, name


def test_probe_parses() -> None:
    probe()


@settings(max_examples=300, deadline=None)
@given(st.text(ALPHABET) | st.text())
def test_no_text_raises(text: str) -> None:
    parsed = parse(text)
    assert isinstance(parsed, Broken) or isinstance(parsed.module, Broken) or parsed.module.code == text
    assert_sound(text)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(SAMPLE), st.lists(CUT, min_size=1, max_size=3))
def test_no_mutation_of_real_code_raises(text: str, cuts: list[tuple[int, int, str]]) -> None:
    for start, length, new in cuts:
        text = text[:start] + new + text[start + length :]
    assert_sound(text)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SAMPLE), st.integers(0, 60_000), st.sampled_from(["\r\n", "\r", "\n"]))
def test_no_line_ends_and_no_early_end_raise(text: str, end: int, line_end: str) -> None:
    assert_sound(re.sub("\r?\n", line_end, text[:end]))


def assert_sound(text: str) -> None:
    """The rules have no defect on the text, and what they propose is a text that parses."""
    for found in look(RULES, text, None):
        assert not isinstance(found, Defect), found
        if isinstance(found, Candidate):
            assert apply(found.edits, text) == found.text
            assert isinstance(parse(found.text), Tree)
