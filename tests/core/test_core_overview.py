"""What `companion doctor` says of the lanes: every file counted once, whatever the reasons are."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from companion.core.overview import OTHERS, lane_rows
from companion.messages import Lane, LaneRow

SIGNALS = "only works in main thread of the main interpreter"
FORK = "fork not supported for isolated subinterpreters"


def record(lane: Lane, reason: str = "") -> tuple[Lane, str]:
    return lane, reason


def test_a_project_with_three_reasons() -> None:
    records = {
        "tests/test_ab.py": record("interpreter"),
        "tests/test_signals.py": record("process", SIGNALS),
        "tests/test_b.py": record("interpreter"),
        "tests/test_fork.py": record("process", FORK),
        "tests/test_a.py": record("interpreter"),
        "tests/test_threads.py": record("process", f"{SIGNALS}\n"),
    }
    assert lane_rows(records) == (
        LaneRow("interpreter", "", 3, "tests/test_a.py"),
        LaneRow("process", SIGNALS, 2, "tests/test_signals.py"),
        LaneRow("process", FORK, 1, "tests/test_fork.py"),
    )


def test_rare_reasons_are_one_row() -> None:
    records = {f"test_{number}.py": record("process", f"reason {number}") for number in range(5)}
    records |= {"test_x.py": record("process", "reason 0"), "test_y.py": record("interpreter", "reason 0")}
    assert lane_rows(records, 2) == (
        LaneRow("interpreter", "reason 0", 1, "test_y.py"),
        LaneRow("process", "reason 0", 2, "test_0.py"),
        LaneRow("process", OTHERS, 4, "test_1.py"),
    )


def test_no_file_no_row() -> None:
    assert lane_rows({}) == ()


lanes: st.SearchStrategy[Lane] = st.sampled_from(("interpreter", "process"))
reasons = st.sampled_from(["", SIGNALS, FORK, OTHERS, f" {FORK} "]) | st.text(max_size=3)
projects = st.dictionaries(st.text(min_size=1), st.builds(record, lanes, reasons), max_size=30)


@given(projects, st.integers(0, 5))
def test_every_file_counts_once(records: dict[str, tuple[Lane, str]], most: int) -> None:
    rows = lane_rows(records, most)
    counted: Counter[Lane] = Counter()
    for row in rows:
        counted[row.lane] += row.files
        assert records[row.example][0] == row.lane
        assert row.reason in (OTHERS, " ".join(records[row.example][1].split()))
    assert counted == Counter(lane for lane, _ in records.values())
    assert len(rows) <= most + 2, "the rare ones of each lane"
    assert len({(row.lane, row.reason) for row in rows}) == len(rows)
    assert lane_rows(dict(reversed(records.items())), most) == rows
