"""A look into a store, whatever is there, and nothing is changed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from companion.messages import ItemFinished
from companion.runtime.remembered import glimpsed, kept
from companion.store.database import Database
from companion.store.glimpse import results
from companion.store.records import ItemRecord, Records

RESULT = ItemFinished(3, "test_a.py::test_x", "failed", 0.5, "process", "assert 1 == 2", "test_a.py", 7, (), "", ())


def keep(database: Database, *ids: str) -> None:
    """An item of each name, all with the same result."""
    Records(database).keep_items("test_a.py", [ItemRecord(name, frozenset(), result=kept(RESULT)) for name in ids])


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_while_somebody_else_writes(tmp_path: Path) -> None:
    with closing(Database(str(tmp_path), "state.db")) as database:
        keep(database, "test_a.py::test_x")
        assert list(glimpsed(tmp_path)) == [RESULT]
        keep(database, "test_a.py::test_y")
        assert len(results(tmp_path)) == 2


def test_after_it_was_closed(tmp_path: Path) -> None:
    with closing(Database(str(tmp_path), "state.db")) as database:
        keep(database, "test_a.py::test_x")
    before = files(tmp_path)[".companion/state.db"]
    assert list(glimpsed(tmp_path)) == [RESULT]
    assert files(tmp_path)[".companion/state.db"] == before


@pytest.mark.parametrize("text", [b"", b"no database", b"SQLite format 3\0" + b"\1" * 200])
def test_what_cannot_be_read_is_nothing_and_stays_as_it_is(tmp_path: Path, text: bytes) -> None:
    (tmp_path / ".companion").mkdir()
    (tmp_path / ".companion" / "state.db").write_bytes(text)
    assert results(tmp_path) == []
    assert files(tmp_path) == {".companion/state.db": text}


def test_where_there_is_none_none_is_made(tmp_path: Path) -> None:
    assert results(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_results_of_another_version_are_left_out(tmp_path: Path) -> None:
    with closing(Database(str(tmp_path), "state.db")) as database:
        keep(database, "test_a.py::test_x", "test_a.py::test_y")
    with closing(sqlite3.connect(tmp_path / ".companion" / "state.db")) as connection, connection:
        connection.execute("UPDATE item SET result = ? WHERE number = 0", (b"\0" * 40,))
    assert list(glimpsed(tmp_path)) == [RESULT]
