"""What files held and items came to before the last changes."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.store.database import Database
from companion.store.history import History
from companion.store.records import EARLIER, ItemRecord, Records

TEST, ITEM = "tests/test_a.py", "tests/test_a.py::test_x"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(str(tmp_path), "state.db")) as database:
        yield database


def ran(records: Records, result: bytes, flags: int = 0) -> None:
    parts = records.numbers_of([("app.py", "f()", 1)])
    records.keep_items(TEST, [ItemRecord(ITEM, frozenset(parts.values()), flags, 0.5, result)])


def left(records: Records, history: History, held: str) -> int:
    """The item is affected by a change of what held this."""
    version = history.leave({"app.py": held})
    records.keep_stale({TEST: {ITEM: "calls app:f"}}, {TEST: version})
    return version


def test_what_it_came_to_is_kept_once_something_else_takes_its_place(database: Database) -> None:
    records, history = Records(database), History(database)
    ran(records, b"first")
    records.keep_closure(TEST, {TEST: False, "late.py": True})
    version = left(records, history, "one")
    assert history.versions(TEST) == {ITEM: version}
    assert history.past(TEST) == []
    ran(records, b"second")
    (past,) = history.past(TEST)
    assert (past.item, past.version, past.late) == (ITEM, version, frozenset({"late.py"}))
    record = history.record(past.row)
    assert (record.result, record.seconds) == (b"first", 0.5)
    assert records.parts(record.parts) == {("app.py", "f()", 1)}
    assert history.versions(TEST) == {}
    history.forget([past.row])
    assert history.past(TEST) == []


def test_an_item_that_is_gone_leaves_what_it_came_to(database: Database) -> None:
    records, history = Records(database), History(database)
    ran(records, b"first")
    left(records, history, "one")
    records.keep_items(TEST, [], [ITEM])
    assert records.names(TEST) == []
    assert [history.record(past.row).result for past in history.past(TEST)] == [b"first"]


@pytest.mark.parametrize("flags", [1, 2, 4])
def test_reds_and_what_reaches_outside_are_not_kept(database: Database, flags: int) -> None:
    records, history = Records(database), History(database)
    ran(records, b"first", flags)
    left(records, history, "one")
    assert history.versions(TEST) == {}
    ran(records, b"second")
    assert history.past(TEST) == []


def test_what_runs_again_without_a_change_or_of_which_nobody_knows_when_is_not_kept(database: Database) -> None:
    records, history = Records(database), History(database)
    ran(records, b"first")
    ran(records, b"second")
    records.keep_stale({TEST: {ITEM: "installed packages changed"}})
    ran(records, b"third")
    assert history.past(TEST) == []


def test_a_few_are_kept_the_newest_first(database: Database) -> None:
    records, history = Records(database), History(database)
    versions: list[int] = []
    for number in range(EARLIER + 2):
        ran(records, b"%d" % number)
        versions.append(left(records, history, str(number)))
    ran(records, b"last")
    assert [past.version for past in history.past(TEST)] == versions[: -EARLIER - 1 : -1]
    history.clear()
    assert history.past(TEST) == []
    assert history.then(0) == {}


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.text("xyz", max_size=1), min_size=1), max_size=6))
def test_then_is_what_held_at_a_version(states: list[dict[str, str]]) -> None:
    """Whatever was told since: what is not in it holds what it held."""
    with TemporaryDirectory() as root, closing(Database(root, "state.db")) as database:
        history = History(database)
        now: dict[str, str] = {}
        before: list[tuple[int, dict[str, str]]] = []
        for changes in states:
            held = dict(now)
            version = history.leave({name: now.get(name, "") for name in changes})
            before.append((version, held))
            now |= changes
        for version, held in before:
            then = history.then(version)
            assert {name: then.get(name, now.get(name, "")) for name in "abc"} == {n: held.get(n, "") for n in "abc"}
