"""An open document: lines, version, and where lines went while it was edited. No LSP types, no IO.

pygls' documents are not used: they end lines with ``str.splitlines``, which also breaks at form feeds, ``\\x85`` and
U+2028, where neither Python nor the protocol does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from companion.core.diff import TextEdit, diff
from companion.core.text import line_starts
from lsp.linemap import LineHistory, Shift, shift
from lsp.positions import content


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Zero-based line, and code points before it in that line. Always inside the document that made it."""

    line: int
    index: int


def split(text: str) -> list[str]:
    """Lines with their ends. The last one has none: it is empty where the text ends in a line end."""
    starts = line_starts(text)
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


class Document:
    """A text by lines; `replace` is the only thing that changes it."""

    def __init__(self, uri: str, version: int, text: str) -> None:
        self.uri = uri
        self.version = version
        self.lines = split(text)
        self.history = LineHistory()

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def clamp(self, line: int, index: int) -> Place:
        """The nearest place that exists: never past a line's text, never past the last line."""
        if line < 0:
            return Place(0, 0)
        if line >= len(self.lines):
            return Place(len(self.lines) - 1, len(self.lines[-1]))
        return Place(line, max(0, min(index, len(content(self.lines[line])))))

    def replace(self, first: Place, last: Place, text: str) -> tuple[TextEdit, ...]:
        """Put ``text`` in place of what lies between; places in either order.

        The edits that say so, ascending, in offsets of the text before the call. Where whole lines are replaced only
        what differs counts as edited, so that lines keep their identity when an editor sends a block, or all, again.
        """
        first, last = min(first, last), max(first, last)
        start, end = self._offset(first), self._offset(last)
        edits: tuple[TextEdit, ...] = (TextEdit(start, end, text),)
        if text and last.line > first.line:
            edits = _moved(diff(self._between(first, last), text), start)
        self.history.edited(shifts(edits, self.lines))
        self._splice(first, last, text)
        return edits

    def rewrite(self, text: str) -> tuple[TextEdit, ...]:
        """Put ``text`` in place of everything; as `replace`."""
        return self.replace(Place(0, 0), self.clamp(len(self.lines), 0), text)

    def _offset(self, place: Place) -> int:
        return sum(map(len, self.lines[: place.line])) + place.index

    def _between(self, first: Place, last: Place) -> str:
        lines = [*self.lines[first.line : last.line], self.lines[last.line][: last.index]]
        return "".join(lines)[first.index :]

    def _splice(self, first: Place, last: Place, text: str) -> None:
        before = self.lines[first.line][: first.index]
        after = self.lines[last.line][last.index :]
        start = first.line
        if start and self.lines[start - 1].endswith("\r"):
            # A line feed that comes to stand behind a lone carriage return is one line end with it.
            start -= 1
            before = self.lines[start] + before
        fresh = split(before + text + after)
        if last.line + 1 < len(self.lines):
            fresh.pop()  # what follows is a line already
        self.lines[start : last.line + 1] = fresh


def shifts(edits: Sequence[TextEdit], lines: list[str]) -> list[Shift]:
    """What one step's edits do to line numbers, last edit first: each then speaks of the lines before the step."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return [found for edit in reversed(edits) if (found := shift(edit, lines, starts)) is not None]


def _moved(edits: tuple[TextEdit, ...], offset: int) -> tuple[TextEdit, ...]:
    return tuple(TextEdit(e.start + offset, e.end + offset, e.text) for e in edits)
