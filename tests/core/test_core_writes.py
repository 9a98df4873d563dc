"""Which changes are a session's own: what it wrote down, against what is seen."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.core.habits import FEW, MANY, Habits
from companion.core.writes import GRACE, LATE, Entry, Kind, Session, Sighting

SECOND = 1_000_000_000


def session(*entries: tuple[Kind, int] | tuple[Kind, int, str]) -> Session:
    """As it was after these entries; times in seconds."""
    made = Session()
    for kind, at, *path in entries:
        made.take(Entry(kind, at * SECOND, *path))
    return made


def seen(
    path: str, before: int, after: int, kind: Literal["created", "modified", "deleted"] = "modified"
) -> Sighting:
    """Times in seconds."""
    return Sighting(path, kind, before * SECOND, after * SECOND)


ITEM = session(("begin", 10), ("write", 20, "a.txt"), ("over", 30), ("write", 40, "b.txt"))


@pytest.mark.parametrize(
    ("sighting", "own"),
    [
        (seen("a.txt", 5, 20), True),
        (seen("a.txt", 5, 25), True),  # its writer took its time
        (seen("a.txt", 0, 25, "created"), True),
        (seen("a.txt", 5, 29, "deleted"), True),
        (seen("a.txt", 25, 28), False),  # what it wrote has been seen: this is another
        (seen("a.txt", 5, 19), False),  # older than its write
        (seen("a.txt", 5, 31), False),  # the item was over
        (seen("a.txt", 25, 31), False),
        (seen("b.txt", 5, 39), False),
        (seen("b.txt", 5, 400), True),  # it has not ended
        (seen("c.txt", 5, 25), False),
        (seen("a.txt/b", 5, 25), False),
    ],
)
def test_a_change_is_a_session_s_own(sighting: Sighting, own: bool) -> None:
    assert ITEM.wrote(sighting) == own


def test_a_second_write_explains_the_second_change() -> None:
    twice = session(("write", 20, "a.txt"), ("write", 27, "a.txt"), ("over", 30))
    assert twice.wrote(seen("a.txt", 5, 20))
    assert twice.wrote(seen("a.txt", 20, 27))
    assert not twice.wrote(seen("a.txt", 27, 29))


def test_what_is_deleted_may_be_noticed_late() -> None:
    at = LATE // SECOND
    assert ITEM.wrote(seen("a.txt", 5, 30 + at, "deleted"))
    assert not ITEM.wrote(seen("a.txt", 5, 31 + at, "deleted"))
    assert not ITEM.wrote(seen("a.txt", 21, 28, "deleted"))


def test_a_folder_that_was_moved_takes_what_is_in_it_along() -> None:
    moved = session(("move", 20, "here"), ("over", 30))
    assert moved.wrote(seen("here/deep/a.txt", 0, 3, "created"))
    assert moved.wrote(seen("here", 0, 3, "created"))
    assert not moved.wrote(seen("here/deep/a.txt", 20, 25))
    assert not moved.wrote(seen("hereby.txt", 0, 25, "created"))
    assert moved.wrote(seen("here/a.txt", 3, 25)), "by the item that moved it"
    assert not moved.wrote(seen("here/a.txt", 3, 31)), "edited after it"


def test_what_stays_open_is_written_until_the_session_ends() -> None:
    log = session(("write", 20, "log"), ("hold", 30, "log"), ("over", 30), ("hold", 31, "data.db"), ("end", 50))
    assert all(log.wrote(seen("log", at - 1, at)) for at in range(30, 51))
    assert not log.wrote(seen("log", 50, 52))
    assert log.wrote(seen("data.db-wal", 35, 40))
    assert log.wrote(seen("data.db-journal", 35, 40, "deleted"))
    assert not log.wrote(seen("data.db-other", 35, 40))
    assert not log.wrote(seen("data.db", 1, 29))


def test_programs_write_while_they_run() -> None:
    some = session(("begin", 1), ("programs", 20), ("quiet", 30), ("programs", 40), ("end", 50))
    assert [at for at in range(60) if some.may_have(seen("a.txt", 0, at))] == [*range(20, 31), *range(40, 51)]
    assert not some.wrote(seen("a.txt", 0, 25))


def run(at: int, *entries: tuple[Kind, int] | tuple[Kind, int, str]) -> Session:
    return session(("begin", at), *entries, ("end", at + 9))


def test_what_a_program_writes_is_known_after_a_few_runs() -> None:
    habits = Habits()
    runs = [run(at, ("programs", at + 1)) for at in range(100, 1000, 10)]
    said = [habits.whose(seen(f"report-{n}.txt", 0, 105 + 10 * n, "created"), runs) for n in range(10)]
    assert said == ["unclear"] * FEW + ["run"] * (10 - FEW)


def test_many_changes_in_one_run_are_no_habit() -> None:
    habits = Habits()
    assert {
        habits.whose(seen("a.txt", n, n + 1), [session(("begin", 1), ("programs", 2))]) for n in range(2, 99)
    } == {"unclear"}


@pytest.mark.parametrize("path", ["a.py", "tests/test_a.py", "pyproject.toml"])
def test_code_is_a_person_s_whatever_runs(path: str) -> None:
    habits = Habits()
    runs = [run(at, ("programs", at + 1)) for at in range(100, 1000, 10)]
    assert {habits.whose(seen(path, 0, 105 + 10 * n), runs) for n in range(90)} == {"person"}
    assert habits.whose(seen(path, 0, 105), [run(100, ("write", 101, path))]) == "run"


def test_what_changes_in_every_run_is_written_there() -> None:
    """An extension module's file, say: nobody sees that."""
    habits = Habits()
    runs = [run(at) for at in range(100, 1000, 10)]
    said = [habits.whose(seen("a.parquet", 0, 105 + 10 * n), runs) for n in range(MANY + 3)]
    assert said == ["person"] * MANY + ["run"] * 3


@pytest.mark.parametrize("how", ["announced", "at rest"])
def test_a_person_s_change_ends_a_habit(how: str) -> None:
    habits = Habits()
    runs = [run(at, ("programs", at + 1)) for at in range(100, 1000, 10)]
    for n in range(FEW + 1):
        habits.whose(seen("a.txt", 0, 105 + 10 * n), runs)
    if how == "announced":
        habits.announced(["a.txt"])
    else:
        assert habits.whose(seen("a.txt", 0, 5000), runs) == "person"
    assert habits.whose(seen("a.txt", 0, 505), runs) == "unclear"


def test_a_log_that_is_left_open_starts_nothing() -> None:
    habits = Habits()
    for n in range(FEW + 1):
        habits.whose(seen("log", 0, 105 + 10 * n), [run(100 + 10 * n, ("programs", 101 + 10 * n))])
    left = Sighting("log", "modified", 0, 5000 * SECOND, whole=False)
    assert habits.whose(left, []) == "run"
    assert habits.whose(seen("log", 0, 5001), []) == "person"


moments = st.integers(1, 40)


@given(st.lists(st.tuples(moments, st.integers(0, 3)), max_size=8), st.lists(moments, max_size=4))
def test_each_write_is_explained_and_nothing_after_it(writes: list[tuple[int, int]], saves: list[int]) -> None:
    """Items one after the other write a file and close it at once; a person saves it between two items."""
    made, now = Session(), 0
    made.take(Entry("begin", 0))
    last, before = 0, 0
    for pause, takes in writes:
        now += pause * SECOND
        made.take(Entry("write", now, "a.txt"))
        now += takes * GRACE
        assert made.wrote(Sighting("a.txt", "modified", before, now))
        before = now
        made.take(Entry("over", now))
        last = now
    for pause in saves:
        now += pause * SECOND
        assert not made.wrote(Sighting("a.txt", "modified", before, now))
        before = now
    assert now >= last
