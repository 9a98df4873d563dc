"""How many test files run in which lane, and why: what people are told of a store's lanes. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from companion.messages import Lane
from companion.store.store import LaneRecord

MOST = 12
"""Reasons that are told one by one; most projects have two or three."""
OTHERS = "other reasons"


@dataclass(frozen=True, slots=True)
class LaneRow:
    """So many files in this lane for this reason (empty: it needs none), one of which is ``example``."""

    lane: Lane
    reason: str
    files: int
    example: str


def lane_rows(records: Mapping[str, LaneRecord], most: int = MOST) -> tuple[LaneRow, ...]:
    """The interpreter lane's first; in each lane the reason of most files first, the rare ones as one row at last.

    Reasons are told in one line: blanks and line ends become single blanks.
    """
    keys: dict[str, tuple[Lane, str]] = {file: (of.lane, " ".join(of.reason.split())) for file, of in records.items()}
    counts = Counter(keys.values())
    common = set(sorted(counts, key=lambda key: (-counts[key], key))[:most])
    files: defaultdict[tuple[Lane, str], list[str]] = defaultdict(list)
    for file, (lane, reason) in keys.items():
        files[lane, reason if (lane, reason) in common else OTHERS].append(file)
    rows = (LaneRow(lane, reason, len(found), _example(found)) for (lane, reason), found in files.items())
    return tuple(sorted(rows, key=lambda row: (row.lane, row.reason == OTHERS, -row.files, row.reason)))


def _example(files: list[str]) -> str:
    return min(files, key=lambda file: (len(file), file))
