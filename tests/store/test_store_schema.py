"""Older files become those of today, whole or not at all; and all of it works where the runner lives."""

import sqlite3
from concurrent import interpreters
from contextlib import closing, suppress
from pathlib import Path

import pytest

from companion.store import schema
from companion.store.store import LaneRecord, Store

KNOWN = {"tests/test_a.py": LaneRecord("0" * 32, "process", "fork")}


def remember(root: Path) -> None:
    with closing(Store(str(root))) as store:
        store.keep_lanes("here", KNOWN)


def more(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE more (x INTEGER) STRICT")
    connection.execute("INSERT INTO more SELECT count(*) FROM lane")


def fails(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE half (x INTEGER) STRICT")
    connection.execute("INSERT INTO nothing VALUES (1)")


def test_an_older_file_keeps_what_it_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(tmp_path)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, more))
    for _ in range(2):
        with closing(Store(str(tmp_path))) as store:
            assert store.problem == ""
            assert store.lanes("here") == KNOWN
    with closing(sqlite3.connect(tmp_path / ".companion" / "state.db")) as file:
        assert file.execute("SELECT * FROM more").fetchall() == [(1,)]
        assert file.execute("PRAGMA user_version").fetchone() == (len(schema.MIGRATIONS),)


def test_a_step_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(tmp_path)
    file = tmp_path / ".companion" / "state.db"
    before = file.read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, more, fails))
        with closing(sqlite3.connect(file, isolation_level=None)) as connection, pytest.raises(sqlite3.Error):
            schema.migrate(connection)
    assert file.read_bytes() == before
    with closing(Store(str(tmp_path))) as store:
        assert store.lanes("here") == KNOWN


@pytest.mark.parametrize("statement", range(8))
def test_another_process_makes_the_tables_before_any_statement(tmp_path: Path, statement: int) -> None:
    """Seen or not, and refused while this one is at it: nobody takes what the other has made for foreign."""
    path = tmp_path / "state.db"
    seen: list[str] = []

    def meanwhile(sql: str) -> None:
        seen.append(sql)
        if len(seen) == statement + 1:
            other = sqlite3.connect(path, timeout=0, isolation_level=None)
            with closing(other), suppress(sqlite3.OperationalError):
                schema.migrate(other)

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.set_trace_callback(meanwhile)
        schema.migrate(connection)
    assert seen
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        schema.migrate(connection)


def test_in_an_isolated_interpreter(tmp_path: Path) -> None:
    """Several at once, each with its own SQLite module over one library."""
    code = """
from companion.store.store import LaneRecord, Store
store = Store(root)
store.keep_lanes(who, {"tests/test_a.py": LaneRecord("0" * 32, "process", "fork")})
store.save()
assert store.problem == "", store.problem
"""
    made = [interpreters.create() for _ in range(3)]
    for number, interpreter in enumerate(made):
        interpreter.prepare_main(root=str(tmp_path), who=str(number))
        interpreter.exec(code)
    for interpreter in made:
        interpreter.exec("store.close()")
        interpreter.close()
    with closing(Store(str(tmp_path))) as store:
        assert [store.lanes(str(number)) for number in range(3)] == [KNOWN] * 3
