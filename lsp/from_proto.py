"""lsprotocol's values as ours."""

from collections.abc import Sequence

from lsprotocol import types

from companion.core.diff import TextEdit, diff
from companion.core.text import UndecodableError, decode_source, encode_source
from lsp.document import Document, Place
from lsp.positions import Encoding, index_of


def place(document: Document, position: types.Position, encoding: Encoding) -> Place:
    """The nearest place in the document."""
    if position.line >= len(document.lines):
        return document.clamp(position.line, 0)
    return document.clamp(position.line, index_of(document.lines[position.line], position.character, encoding))


def apply_changes(
    document: Document, changes: Sequence[types.TextDocumentContentChangeEvent], encoding: Encoding
) -> tuple[TextEdit, ...]:
    """Change the document as the editor did, step by step; the edits from the old text to the new, ascending."""
    old = document.text if len(changes) > 1 else ""
    steps = [_apply(document, change, encoding) for change in changes]
    if len(steps) == 1:
        return steps[0]
    together = combined(steps)
    return diff(old, document.text) if together is None else together


def combined(steps: Sequence[tuple[TextEdit, ...]]) -> tuple[TextEdit, ...] | None:
    """Several steps, each in offsets of the text before it, as one in those of the first; None if they overlap.

    Editors send the cursors of one keystroke, or a formatter's edits, from the last to the first or in order.
    """
    done: list[TextEdit] = []
    for edit in (edit for step in steps for edit in reversed(step)):
        index, shift = 0, 0
        while index < len(done) and done[index].start + shift + len(done[index].text) <= edit.start:
            shift += len(done[index].text) - (done[index].end - done[index].start)
            index += 1
        if index < len(done) and edit.end > done[index].start + shift:
            return None
        done.insert(index, TextEdit(edit.start - shift, edit.end - shift, edit.text))
    return tuple(done)


def source_bytes(text: str) -> bytes:
    """The bytes that a file with this text has, in the encoding that it declares itself (UTF-8 where it does not).

    What that encoding lacks becomes ``?``, one for one, so that offsets stay true.
    """
    try:
        # A byte-order mark in the text itself is encoded as it stands, not put before it once more.
        encoding = decode_source(text.encode("utf-8", "replace"))[1].removesuffix("-sig")
    except UndecodableError:
        encoding = "utf-8"
    try:
        return encode_source(text, encoding)
    except UnicodeEncodeError:
        return text.encode(encoding, "replace")


def document_bytes(text: str) -> bytes:
    """The text as `OpenDocument` carries it: UTF-8, in which even what is no text has a form."""
    return text.encode("utf-8", "surrogatepass")


def lines(chosen: types.Range) -> range:
    """One-based lines that a range touches."""
    first, last = sorted((chosen.start.line, chosen.end.line))
    return range(first + 1, last + 2)


def _apply(
    document: Document, change: types.TextDocumentContentChangeEvent, encoding: Encoding
) -> tuple[TextEdit, ...]:
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return document.rewrite(change.text)
    first, last = (place(document, p, encoding) for p in (change.range.start, change.range.end))
    return document.replace(first, last, change.text)
