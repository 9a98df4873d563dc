"""How many test files run in which lane, and why: what people are told. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from companion.messages import Lane, LaneRow

MOST = 12
"""Reasons that are told one by one; most projects have two or three."""
OTHERS = "other reasons"


def lane_rows(lanes: Mapping[str, tuple[Lane, str]], most: int = MOST) -> tuple[LaneRow, ...]:
    """What ``lanes`` says of files, each with its lane and the reason.

    The interpreter lane's rows come first; in each lane the reason of most files, the rare ones as one row at last.

    Reasons are told in one line: blanks and line ends become single blanks.
    """
    keys: dict[str, tuple[Lane, str]] = {file: (lane, " ".join(why.split())) for file, (lane, why) in lanes.items()}
    counts = Counter(keys.values())
    common = set(sorted(counts, key=lambda key: (-counts[key], key))[:most])
    files: defaultdict[tuple[Lane, str], list[str]] = defaultdict(list)
    for file, (lane, reason) in keys.items():
        files[lane, reason if (lane, reason) in common else OTHERS].append(file)
    rows = (LaneRow(lane, reason, len(found), _example(found)) for (lane, reason), found in files.items())
    return tuple(sorted(rows, key=lambda row: (row.lane, row.reason == OTHERS, -row.files, row.reason)))


def _example(files: list[str]) -> str:
    return min(files, key=lambda file: (len(file), file))
