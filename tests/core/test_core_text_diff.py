"""Texts and differences: laws, for texts that try to break them."""

import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.core.diff import MOST_LINES, TextEdit, apply, diff, touched_lines, unified
from companion.core.text import (
    UndecodableError,
    content_hash,
    decode_source,
    encode_source,
    line_of,
    line_starts,
    split_lines,
)  # fmt: skip

PIECES = st.sampled_from(
    ["a", "b", " ", "\n", "\r\n", "\r", "\f", "\x85", "\u2028", "😀", "é", "x = 1\n", "def f():\n"]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)


@given(TEXTS, TEXTS)
def test_applying_the_difference_gives_the_new_text(old: str, new: str) -> None:
    edits = diff(old, new)
    assert apply(edits, old) == new
    assert all(a.end <= b.start for a, b in pairwise(edits))
    assert bool(edits) == (old != new)


def test_large_differences_are_one_edit() -> None:
    old = "".join(f"a{n}\n" for n in range(MOST_LINES + 10))
    new = "".join(f"b{n}\n" for n in range(MOST_LINES + 20))
    edits = diff(old, new)
    assert len(edits) == 1
    assert apply(edits, old) == new


def test_one_changed_word_is_one_small_edit() -> None:
    old = "".join(f"line {n}\n" for n in range(1000))
    assert diff(old, old.replace("line 500\n", "line five\n")) == (
        TextEdit(old.index("500\n"), old.index("500\n") + 3, "five"),
    )


@pytest.mark.parametrize(
    "edits", [(TextEdit(2, 1, ""),), (TextEdit(0, 3, ""), TextEdit(2, 4, "")), (TextEdit(0, 99, ""),)]
)
def test_edits_that_do_not_fit(edits: tuple[TextEdit, ...]) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        apply(edits, "12345")


@given(TEXTS, TEXTS)
def test_every_new_line_is_touched_or_beside_a_touched_one(old: str, new: str) -> None:
    touched = {line for lines in touched_lines(diff(old, new), new) for line in lines}
    before = set(split_lines(old))
    for number, line in enumerate(split_lines(new), 1):
        if line not in before:
            assert {number - 1, number, number + 1} & touched  # an edit may be of a line end only
    assert touched <= set(range(1, len(line_starts(new)) + 1))


@given(TEXTS)
def test_lines_are_those_of_the_protocol(text: str) -> None:
    lines = split_lines(text)
    assert "".join(lines) == text
    unified_ends = text.replace("\r\n", "\n").replace("\r", "\n")
    assert len(line_starts(text)) == unified_ends.count("\n") + 1
    for number, start in enumerate(line_starts(text), 1):
        assert line_of(line_starts(text), start) == number


@given(
    st.lists(st.sampled_from(["a\n", "b\n", "c\n", "last"]), max_size=12),
    st.lists(st.sampled_from(["a\n", "x\n", "c\n"]), max_size=12),
)
def test_a_unified_difference_is_one_that_git_applies(before: list[str], after: list[str]) -> None:
    """Only its counts are read here; the program itself is tried below."""
    text = unified("".join(before), "".join(after), "f.py")
    assert bool(text) == ("".join(before) != "".join(after))
    assert all(line[:1] in "+- @\\" for line in text.splitlines())


def test_git_applies_it(tmp_path: Path) -> None:
    old, new = "a\nb\nc\nno end", "a\nB\nc\nnew\nno end"
    (tmp_path / "f.py").write_text(old)
    (tmp_path / "change.diff").write_text(unified(old, new, "f.py"))
    subprocess.run(["git", "apply", "change.diff"], cwd=tmp_path, check=True)
    assert (tmp_path / "f.py").read_text() == new


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"x = 1\n", "x = 1\n", "utf-8"),
        ("é\r\n".encode(), "é\r\n", "utf-8"),
        (b"\xef\xbb\xbfx\n", "x\n", "utf-8-sig"),
        (b"# -*- coding: latin-1 -*-\n\xe9\n", "# -*- coding: latin-1 -*-\né\n", "iso-8859-1"),
        (b"# coding: cp1252\n\x80\n", "# coding: cp1252\n€\n", "cp1252"),
    ],
)
def test_decoding_and_encoding(data: bytes, text: str, encoding: str) -> None:
    assert decode_source(data) == (text, encoding)
    assert encode_source(text, encoding) == data


@given(st.binary(max_size=80))
def test_any_bytes_decode_or_are_said_not_to(data: bytes) -> None:
    try:
        text, encoding = decode_source(data)
    except UndecodableError:
        return
    if encoding == "utf-8":
        assert encode_source(text, encoding) == data


def test_hashes_stand_for_contents() -> None:
    assert content_hash(b"a") == content_hash(memoryview(b"a")) != content_hash(b"b")
    assert len(content_hash(b"")) == 32
