"""Two sequences side by side: what both hold in the same order, in time that stays small for long ones too. Pure."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

SMALL = 40_000
"""Pairs of elements that `SequenceMatcher` may look at: where they repeat, its time grows with the cube of their
number."""

type Opcode = tuple[str, int, int, int, int]


def opcodes(old: Sequence[str], new: Sequence[str]) -> Iterator[Opcode]:
    """As `SequenceMatcher` gives them. Of what is long, elements that both hold once are found first; what is long
    between two of these counts as replaced."""
    least = min(len(old), len(new))
    head = next((at for at in range(least) if old[at] != new[at]), least)
    tail = next((at for at in range(least - head) if old[-1 - at] != new[-1 - at]), least - head)
    yield "equal", 0, head, 0, head
    yield from _between(old[head : len(old) - tail], new[head : len(new) - tail], head)
    yield "equal", len(old) - tail, len(old), len(new) - tail, len(new)


def matches(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Positions in the old one by those in the new one of what both hold."""
    found: dict[int, int] = {}
    for tag, i1, i2, j1, j2 in opcodes(old, new):
        if tag == "equal":
            found |= dict(zip(range(j1, j2), range(i1, i2), strict=True))
    return found


def _between(old: Sequence[str], new: Sequence[str], head: int) -> Iterator[Opcode]:
    i = j = 0
    anchors = _anchors(old, new) if len(old) * len(new) > SMALL else []
    for a, b in (*anchors, (len(old), len(new))):
        yield from _small(old[i:a], new[j:b], head + i, head + j)
        if a < len(old) and b < len(new):
            yield "equal", head + a, head + a + 1, head + b, head + b + 1
        i, j = a + 1, b + 1


def _small(old: Sequence[str], new: Sequence[str], i: int, j: int) -> Iterator[Opcode]:
    if len(old) * len(new) > SMALL:
        yield "replace", i, i + len(old), j, j + len(new)
        return
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield tag, i1 + i, i2 + i, j1 + j, j2 + j


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Where elements are that each holds once: as many as can be in the same order."""
    counts, others = Counter(old), Counter(new)
    place = {each: at for at, each in enumerate(old) if counts[each] == others[each] == 1}
    return _rising([(place[each], at) for at, each in enumerate(new) if each in place])


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of these, which rise on the right, that rises on the left as well."""
    lowest: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for at, (left, _) in enumerate(pairs):
        length = bisect_left(lowest, left)
        before.append(ends[length - 1] if length else -1)
        lowest[length : length + 1] = [left]
        ends[length : length + 1] = [at]
    found: list[tuple[int, int]] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]
