"""What companion keeps holds texts of the project: nobody else may look into it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from companion.store.database import Database
from companion.store.folder import own_folder


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir() if path.name != ".gitignore"}


def test_the_folder_and_what_is_in_it_are_the_owners_alone(tmp_path: Path) -> None:
    with closing(Database(str(tmp_path), "state.db")) as database:
        database.write([("INSERT INTO memo VALUES (?, ?)", [("a", b"b")])])
        folder = tmp_path / ".companion"
        assert folder.stat().st_mode & 0o777 == 0o700
        assert modes(folder) == dict.fromkeys(("state.db", "state.db-wal", "state.db-shm"), 0o600)


def test_a_file_that_an_older_companion_left_open_to_others_is_closed(tmp_path: Path) -> None:
    own_folder(tmp_path)
    with closing(Database(str(tmp_path), "state.db")) as database, closing(Database(str(tmp_path), "state.db")):
        database.write([("INSERT INTO memo VALUES (?, ?)", [("a", b"b")])])
        for path in (tmp_path / ".companion").iterdir():
            path.chmod(0o644)
        with closing(Database(str(tmp_path), "state.db")) as another:
            assert another.problem == ""
            assert set(modes(tmp_path / ".companion").values()) == {0o600}


def test_one_that_is_set_aside_is_closed_too(tmp_path: Path) -> None:
    file = own_folder(tmp_path) / "state.db"
    with closing(sqlite3.connect(file)) as foreign:
        foreign.execute("CREATE TABLE theirs (a)")
    file.chmod(0o644)
    with closing(Database(str(tmp_path), "state.db")):
        assert modes(file.parent)["state.db.damaged"] == 0o600
