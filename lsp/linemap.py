"""Where a line of an earlier text is now. Pure; lines are zero-based.

A result speaks of the text that was on disk when its run began. `LineHistory` remembers, for each open document, what
edits did to its lines, and from which point on each generation's results are to be followed.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from companion.core.diff import TextEdit
from companion.core.text import LINE_END

MOST_SHIFTS = 10_000
"""Remembered steps of one document; the oldest go first, results older than those stay where they were last."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Lines from ``end`` on move by ``delta``; those from ``start`` to before it stay, but not behind ``last``."""

    start: int
    end: int
    last: int
    delta: int

    def follow(self, line: int) -> int:
        """Where the line is after this step."""
        if line < self.start:
            return line
        return line + self.delta if line >= self.end else min(line, self.last)


def shift(edit: TextEdit, lines: Sequence[str], starts: Sequence[int]) -> Shift | None:
    """What an edit of these lines does to line numbers; None if nothing. ``starts[i]``: the offset of line ``i``."""
    first, last = _line(starts, edit.start, lines), _line(starts, edit.end, lines)
    added = len(LINE_END.findall(edit.text))
    if first == last and not added:
        return None
    if first == last and not lines[first][: edit.start - starts[first]].strip():
        return Shift(first, first, first, added)  # the line's code stands behind the edit and moves with it
    return Shift(first + 1, max(first + 1, last), first + added, added - (last - first))


def follow(line: int, steps: Iterable[Shift]) -> int:
    """Where the line is after all steps."""
    for step in steps:
        line = step.follow(line)
    return line


@dataclass(frozen=True, slots=True)
class Anchor:
    """What results from a generation on speak of: ``before`` leads from it to the document as of step ``index``."""

    generation: int
    index: int
    before: tuple[Shift, ...]


class LineHistory:
    """The steps of one open document, oldest first."""

    def __init__(self, *, most: int = MOST_SHIFTS) -> None:
        self._steps: list[Shift] = []
        self._anchors = [Anchor(0, 0, ())]
        self._most = most

    def edited(self, steps: Iterable[Shift]) -> None:
        """The document was edited."""
        self._steps += steps
        if len(self._steps) > self._most:
            self._forget(len(self._steps) - self._most // 2)

    def anchor(self, generation: int, before: Iterable[Shift]) -> None:
        """Results from this generation on speak of a text that ``before`` leads from to the document's of now."""
        anchor = Anchor(generation, len(self._steps), tuple(before))
        self._anchors = [a for a in self._anchors if a.generation < generation][-self._most :]
        self._anchors.append(anchor)

    def restart(self, before: Iterable[Shift]) -> None:
        """Generations are counted from the beginning again; whatever comes speaks of the text that is on disk now."""
        self._steps.clear()
        self._anchors = [Anchor(0, 0, tuple(before))]

    def now(self, line: int, generation: int) -> int:
        """Where a line that a result of this generation names is now; it may lie outside the document."""
        known = bisect_right(self._anchors, generation, key=lambda a: a.generation)
        anchor = self._anchors[max(0, known - 1)]
        return follow(follow(line, anchor.before), self._steps[anchor.index :])

    def _forget(self, count: int) -> None:
        del self._steps[:count]
        self._anchors = [Anchor(a.generation, max(0, a.index - count), a.before) for a in self._anchors]


def _line(starts: Sequence[int], offset: int, lines: Sequence[str]) -> int:
    return min(bisect_right(starts, offset) - 1, len(lines) - 1)
