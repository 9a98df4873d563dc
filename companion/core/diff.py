"""Differences between two versions of a text, as edits that turn one into the other.

Law: ``apply(diff(a, b), a) == b`` for all texts. Offsets count code points of the *old* text.
"""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from companion.core.text import line_of, line_starts, split_lines
from companion.messages import TextEdit as TextEdit  # noqa: PLC0414 - exported from here

MOST_LINES = 4_000
"""Above this many differing lines on one side the difference is one edit."""
MOST_PAIRS = 50_000
"""Above this many pairs of equal lines, too: each of them may be looked at once for every edit that is found."""


def diff(old: str, new: str) -> tuple[TextEdit, ...]:
    """Edits in ascending order that do not overlap; whole lines, trimmed to what differs within them."""
    a, b = split_lines(old), split_lines(new)
    head = _common(a, b)
    tail = _common(a[head:][::-1], b[head:][::-1])
    middle_a, middle_b = a[head : len(a) - tail], b[head : len(b) - tail]
    offset = sum(map(len, a[:head]))
    return tuple(_trim(old, edit) for edit in _edits(middle_a, middle_b, offset))


def apply(edits: Iterable[TextEdit], old: str) -> str:
    """The new text. Raises ValueError if edits overlap, are out of order or out of range."""
    parts: list[str] = []
    position = 0
    for edit in edits:
        if not position <= edit.start <= edit.end <= len(old):
            raise ValueError(f"edit {edit.start}-{edit.end} does not fit after {position} of {len(old)}")
        parts += old[position : edit.start], edit.text
        position = edit.end
    return "".join([*parts, old[position:]])


def touched_lines(edits: Sequence[TextEdit], new: str) -> tuple[range, ...]:
    """One-based line ranges of the *new* text that each edit wrote; a pure deletion touches the line it left."""
    starts = line_starts(new)
    shift = 0
    ranges: list[range] = []
    for edit in edits:
        start = edit.start + shift
        last = max(start, start + len(edit.text) - 1)
        ranges.append(range(line_of(starts, start), line_of(starts, last) + 1))
        shift += len(edit.text) - (edit.end - edit.start)
    return tuple(ranges)


def unified(old: str, new: str, path: str) -> str:
    """A unified diff with three lines of context, as ``git diff`` shows it; empty if nothing differs."""
    # For git only ``\n`` ends a line.
    before, after = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (old, new))
    lines = difflib.unified_diff(before, after, f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _edits(a: list[str], b: list[str], offset: int) -> Iterator[TextEdit]:
    if not a and not b:
        return
    pairs, rare_pairs = _pairs(a, b)
    if max(len(a), len(b)) > MOST_LINES or rare_pairs > MOST_PAIRS:
        yield TextEdit(offset, offset + sum(map(len, a)), "".join(b))
        return
    position = 0
    for kind, a1, a2, b1, b2 in difflib.SequenceMatcher(None, a, b, autojunk=pairs > MOST_PAIRS).get_opcodes():
        length = sum(map(len, a[a1:a2]))
        if kind != "equal":
            yield TextEdit(offset + position, offset + position + length, "".join(b[b1:b2]))
        position += length


def _pairs(a: list[str], b: list[str]) -> tuple[int, int]:
    """How many lines of one equal one of the other; the same without the lines that are junk to difflib."""
    here, there = Counter(a), Counter(b)
    popular = len(b) // 100 + 1 if len(b) >= 200 else len(b)
    pairs = {line: count * there[line] for line, count in here.items()}
    return sum(pairs.values()), sum(n for line, n in pairs.items() if there[line] <= popular)


def _trim(old: str, edit: TextEdit) -> TextEdit:
    was = old[edit.start : edit.end]
    head = _common(was, edit.text)
    tail = _common(was[head:][::-1], edit.text[head:][::-1])
    return TextEdit(edit.start + head, edit.end - tail, edit.text[head : len(edit.text) - tail])


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    """Length of the common beginning."""
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count
