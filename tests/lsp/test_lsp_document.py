"""The text model against an independent one: whatever an editor sends, both hold the same text."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from companion.core.diff import TextEdit, apply
from companion.core.text import content_hash, decode_source
from lsp.document import Document, split
from lsp.from_proto import apply_changes, combined, source_bytes
from lsp.positions import Encoding, column_of, index_of
from lsp.structure import MOST, make_converter

PIECES = (
    "a",
    "b",
    " ",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "\x85",
    "\f",
    "\v",
    "\x1c",
    "\u2028",
    "é",
    "e\u0301",
    "😀",
    "👩‍👧",
    "\ud83d",
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=20).map("".join)
ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")
UNITS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
NUMBERS = st.integers(0, 8) | st.sampled_from([100, MOST])
POSITIONS = st.builds(types.Position, NUMBERS, NUMBERS)


def offset(text: str, position: types.Position, encoding: Encoding) -> int:
    """Where a position lies, found character by character; an implementation of its own, as plain as can be."""
    line, index = 0, 0
    while line < position.line:
        while index < len(text) and text[index] not in "\r\n":
            index += 1
        if index == len(text):
            return index
        index += 2 if text[index : index + 2] == "\r\n" else 1
        line += 1
    codec, size = UNITS[encoding]
    units = 0
    while index < len(text) and text[index] not in "\r\n":
        units += len(text[index].encode(codec, "surrogatepass")) // size
        if units > position.character:
            break
        index += 1
    return index


def changed(text: str, change: types.TextDocumentContentChangeEvent, encoding: Encoding) -> str:
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return change.text
    ends = sorted(offset(text, p, encoding) for p in (change.range.start, change.range.end))
    return text[: ends[0]] + change.text + text[ends[1] :]


CHANGES = st.one_of(
    st.builds(types.TextDocumentContentChangePartial, st.builds(types.Range, POSITIONS, POSITIONS), TEXTS),
    st.builds(types.TextDocumentContentChangeWholeDocument, TEXTS),
)


@given(TEXTS, st.lists(st.lists(CHANGES, max_size=4), max_size=4), st.sampled_from(ENCODINGS))
def test_editor_and_server_hold_the_same_text(
    text: str, batches: Sequence[Sequence[types.TextDocumentContentChangeEvent]], encoding: Encoding
) -> None:
    document = Document("file:///a.py", 1, text)
    for batch in batches:
        edits = apply_changes(document, batch, encoding)
        old = text
        for change in batch:
            text = changed(text, change, encoding)
        assert document.text == text
        assert document.lines == split(text)
        assert apply(edits, old) == text


@given(TEXTS, POSITIONS, st.sampled_from(ENCODINGS))
def test_columns_there_and_back(text: str, position: types.Position, encoding: Encoding) -> None:
    for line in split(text):
        index = index_of(line, position.character, encoding)
        assert index_of(line, column_of(line, index, encoding), encoding) == index
        assert column_of(line, index, encoding) <= position.character


@given(TEXTS, st.lists(st.tuples(st.integers(0, 20), TEXTS), max_size=5))
def test_insertions_in_any_order_need_no_difference(text: str, insertions: Sequence[tuple[int, str]]) -> None:
    steps, now = list[tuple[TextEdit, ...]](), text
    for at, new in sorted(insertions, key=lambda i: i[0], reverse=True):
        steps.append((TextEdit(min(at, len(text)), min(at, len(text)), new),))
        now = apply(steps[-1], now)
    edits = combined(steps)
    assert edits is not None
    assert apply(edits, text) == now


@pytest.mark.parametrize(
    ("first", "last", "text", "after"),
    [
        ((9, 9), (9, 9), "x", "ab\ncdx"),
        ((1, 99), (1, 99), "x", "ab\ncdx"),
        ((0, 99), (0, 99), "x", "abx\ncd"),
        ((1, 1), (0, 1), "x", "axd"),
        ((0, 0), (MOST, MOST), "", ""),
    ],
)
def test_positions_out_of_range(first: tuple[int, int], last: tuple[int, int], text: str, after: str) -> None:
    document = Document("file:///a.py", 1, "ab\ncd")
    where = types.Range(types.Position(*first), types.Position(*last))
    apply_changes(document, [types.TextDocumentContentChangePartial(where, text)], "utf-16")
    assert document.text == after


def test_positions_that_the_protocol_forbids_are_brought_into_range() -> None:
    raw = {"line": -1, "character": 2**31}
    assert make_converter().structure(raw, types.Position) == types.Position(0, MOST)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a = 'é'\n", "a = 'é'\n".encode()),
        ("# coding: latin-1\na = 'é'\n", "# coding: latin-1\na = 'é'\n".encode("latin-1")),
        ("# coding: latin-1\na = '€'\n", b"# coding: latin-1\na = '?'\n"),
        ("# coding: nonsense\n", b"# coding: nonsense\n"),
        ("a = '\ud800'", b"a = '?'"),
    ],
)
def test_a_document_has_the_bytes_of_its_file(text: str, data: bytes) -> None:
    assert source_bytes(text) == data


@given(TEXTS)
def test_bytes_keep_offsets(text: str) -> None:
    data = source_bytes(text)
    assert len(decode_source(data)[0]) == len(text)
    assert content_hash(data) == content_hash(source_bytes(text))
