"""Our values as lsprotocol's: zero-based lines, columns in the editor's units, URIs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lsprotocol import types

from companion.core.diff import TextEdit
from companion.core.text import line_of, line_starts
from lsp.capabilities import ClientCan
from lsp.document import split
from lsp.findings import TESTS, Finding
from lsp.positions import Encoding, column_of, content

type Locate = Callable[[str, int, int], types.Location]
"""Where ``(path, one-based line, generation)`` is now, as a range of that line."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A text as positions in it are made; ``lines`` is empty where the text is not known."""

    lines: Sequence[str]
    encoding: Encoding

    def span(self, first: int, last: int) -> types.Range:
        """From the first code of a zero-based line to the end of another; both brought into the text."""
        if not self.lines:
            return types.Range(types.Position(max(0, first), 0), types.Position(max(0, last), 0))
        first = max(0, min(first, len(self.lines) - 1))
        last = max(first, min(last, len(self.lines) - 1))
        return types.Range(self._start(first), self._end(last))

    def _start(self, line: int) -> types.Position:
        text = content(self.lines[line])
        indent = len(text) - len(text.lstrip())
        return types.Position(line, column_of(text, indent if text.strip() else 0, self.encoding))

    def _end(self, line: int) -> types.Position:
        text = content(self.lines[line])
        return types.Position(line, column_of(text, len(text.rstrip()), self.encoding))


def diagnostic(finding: Finding, where: types.Range, *, locate: Locate, can: ClientCan) -> types.Diagnostic:
    """A finding at its place, with as much as the editor can take."""
    data = finding.data if isinstance(finding.data, str) else list(finding.data)
    return types.Diagnostic(
        range=where,
        message=finding.message,
        severity=_severity(finding),
        source=finding.source,
        code=finding.code or None,
        related_information=_related(finding, locate) if can.related_information else None,
        data=data if can.diagnostic_data else None,
    )


def _severity(finding: Finding) -> types.DiagnosticSeverity:
    if finding.source != TESTS:
        return types.DiagnosticSeverity.Hint
    return types.DiagnosticSeverity.Error if finding.red else types.DiagnosticSeverity.Information


def text_edits(edits: Sequence[TextEdit], text: str, encoding: Encoding) -> list[types.TextEdit]:
    """Edits of this text. No position lies within a line end, so one that changes half of it replaces it whole."""
    starts, lines = line_starts(text), split(text)

    def position(offset: int) -> types.Position:
        line = line_of(starts, offset) - 1
        return types.Position(line, column_of(lines[line], offset - starts[line], encoding))

    return [types.TextEdit(types.Range(position(e.start), position(e.end)), e.text) for e in _widened(edits, text)]


def _widened(edits: Sequence[TextEdit], text: str) -> Iterator[TextEdit]:
    for edit in _joined(edits):
        before, after = _inside(text, edit.start), _inside(text, edit.end)
        new = "\r" * before + edit.text + "\n" * after
        yield TextEdit(edit.start - before, edit.end + after, new)


def _joined(edits: Sequence[TextEdit]) -> list[TextEdit]:
    """Edits that touch each other made one."""
    joined: list[TextEdit] = []
    for edit in edits:
        if joined and joined[-1].end == edit.start:
            last = joined.pop()
            edit = TextEdit(last.start, edit.end, last.text + edit.text)  # noqa: PLW2901 - the one that is kept
        joined.append(edit)
    return joined


def _inside(text: str, offset: int) -> bool:
    """Between a carriage return and its line feed."""
    return text[offset - 1 : offset + 1] == "\r\n" if offset else False


def _related(finding: Finding, locate: Locate) -> list[types.DiagnosticRelatedInformation] | None:
    return [
        types.DiagnosticRelatedInformation(locate(one.path, one.line, one.generation), one.message)
        for one in finding.related
    ] or None
