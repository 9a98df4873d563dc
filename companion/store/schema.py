"""The tables of ``state.db``, and how an older file becomes one of today.

Paths, module names and reasons are bytes, for not all of them are text that SQLite would take (`packed`).
"""

import sqlite3
from collections.abc import Callable

APPLICATION = 0x636D706E
"""By which SQLite, and ``file``, know whose database it is: "cmpn"."""

type Shape = tuple[tuple[str, str], ...]


class ForeignError(Exception):
    """The database is not companion's, or somebody has changed its tables."""

    def __str__(self) -> str:
        return "another program has made or changed its tables"


class NewerError(Exception):
    """A later version of companion has written this database."""


def _lanes_and_durations(connection: sqlite3.Connection) -> None:
    for table in (
        """environment (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, used INTEGER NOT NULL) STRICT""",
        """lane (
            environment INTEGER NOT NULL REFERENCES environment ON DELETE CASCADE, file BLOB NOT NULL,
            content TEXT NOT NULL, lane TEXT NOT NULL CHECK (lane IN ('interpreter', 'process')),
            reason BLOB NOT NULL, PRIMARY KEY (environment, file)
        ) STRICT, WITHOUT ROWID""",
        """module (
            environment INTEGER NOT NULL REFERENCES environment ON DELETE CASCADE, position INTEGER NOT NULL,
            name BLOB NOT NULL, PRIMARY KEY (environment, position)
        ) STRICT, WITHOUT ROWID""",
        """duration (file BLOB PRIMARY KEY, seconds REAL NOT NULL) STRICT, WITHOUT ROWID""",
        """order_dependent (file BLOB PRIMARY KEY, content TEXT NOT NULL) STRICT, WITHOUT ROWID""",
    ):
        connection.execute(f"CREATE TABLE {table}")


def _what_items_depend_on(connection: sqlite3.Connection) -> None:
    """See `companion.store.records`."""
    for table in (
        """file (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, hash TEXT NOT NULL, source BLOB) STRICT""",
        """word (text BLOB, file INTEGER REFERENCES file ON DELETE CASCADE, PRIMARY KEY (text, file))
            STRICT, WITHOUT ROWID""",
        """part (
            id INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES file ON DELETE CASCADE, key BLOB NOT NULL,
            fingerprint INTEGER NOT NULL, UNIQUE (file, key, fingerprint)
        ) STRICT""",
        """closure (
            file INTEGER REFERENCES file ON DELETE CASCADE, test INTEGER REFERENCES file ON DELETE CASCADE,
            late INTEGER NOT NULL, PRIMARY KEY (file, test)
        ) STRICT, WITHOUT ROWID""",
        """bundle (
            part INTEGER REFERENCES part ON DELETE CASCADE, file INTEGER REFERENCES file ON DELETE CASCADE,
            PRIMARY KEY (part, file)
        ) STRICT, WITHOUT ROWID""",
        """item (
            id INTEGER PRIMARY KEY, test INTEGER NOT NULL REFERENCES file ON DELETE CASCADE,
            number INTEGER NOT NULL, name BLOB NOT NULL, flags INTEGER NOT NULL, seconds REAL NOT NULL,
            result BLOB NOT NULL, parts BLOB NOT NULL, state INTEGER NOT NULL, UNIQUE (test, number)
        ) STRICT""",
        """reach (
            part INTEGER REFERENCES part ON DELETE CASCADE, test INTEGER REFERENCES file ON DELETE CASCADE,
            items BLOB NOT NULL, PRIMARY KEY (part, test)
        ) STRICT, WITHOUT ROWID""",
        """memo (name TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT, WITHOUT ROWID""",
        """whole (test INTEGER PRIMARY KEY REFERENCES file ON DELETE CASCADE) STRICT""",
        """stale (
            item INTEGER PRIMARY KEY REFERENCES item ON DELETE CASCADE, why BLOB NOT NULL, version INTEGER NOT NULL
        ) STRICT""",
        """held (
            version INTEGER NOT NULL, name BLOB NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (name, version)
        ) STRICT, WITHOUT ROWID""",
        """past (
            id INTEGER PRIMARY KEY, test INTEGER NOT NULL REFERENCES file ON DELETE CASCADE, name BLOB NOT NULL,
            version INTEGER NOT NULL, late TEXT NOT NULL, flags INTEGER NOT NULL, seconds REAL NOT NULL,
            result BLOB NOT NULL, parts BLOB NOT NULL, state INTEGER NOT NULL
        ) STRICT""",
        """text (file INTEGER PRIMARY KEY REFERENCES file ON DELETE CASCADE, deflated BLOB NOT NULL) STRICT""",
        """miss (id INTEGER PRIMARY KEY, time REAL NOT NULL, item BLOB NOT NULL) STRICT""",
        """missing (
            miss INTEGER REFERENCES miss ON DELETE CASCADE, path BLOB, PRIMARY KEY (miss, path)
        ) STRICT, WITHOUT ROWID""",
    ):
        connection.execute(f"CREATE TABLE {table}")
    for index in (
        "closed ON closure (test)",
        "bundled ON bundle (file)",
        "written ON word (file)",
        "passed ON past (test, name)",
    ):
        connection.execute(f"CREATE INDEX {index}")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_lanes_and_durations, _what_items_depend_on)
"""Each takes the database from the version that is its place here to the next; never changed once released.

They make tables and drop them, but alter none: what is left of an altered one depends on SQLite's version (`_shape`).
"""


def migrate(connection: sqlite3.Connection) -> None:
    """Make the database one of today, in one transaction. Raises ForeignError, NewerError, sqlite3.Error."""
    if not _is_current(connection):
        connection.execute("BEGIN IMMEDIATE")
        if not _is_current(connection):  # another process may just have done it
            _take_steps(connection)
        connection.execute("COMMIT")
    if _shape(connection) != _expected():
        raise ForeignError


def _take_steps(connection: sqlite3.Connection) -> None:
    application, version = _marks(connection)
    if application != APPLICATION and (version or _shape(connection)):
        raise ForeignError
    for step in MIGRATIONS[version:]:
        step(connection)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def packed(text: str) -> bytes:
    """Any string, also the names of files that are no text."""
    return text.encode("utf-8", "surrogatepass")


def unpacked(data: bytes) -> str:
    """The inverse of `packed`; of bytes that it does not make (the disk has changed one) some other name."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "surrogateescape")


def _is_current(connection: sqlite3.Connection) -> bool:
    application, version = _marks(connection)
    if application == APPLICATION and version > len(MIGRATIONS):
        raise NewerError
    return (application, version) == (APPLICATION, len(MIGRATIONS))


def _marks(connection: sqlite3.Connection) -> tuple[int, int]:
    """Whose database it is, and its version: in one statement, for another process may be about to change both."""
    both = "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version"
    application, version = connection.execute(both).fetchone()
    return int(application), int(version)


def _shape(connection: sqlite3.Connection) -> Shape:
    found = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name")
    return tuple((str(name), str(sql)) for name, sql in found)


def _expected() -> Shape:
    memory = sqlite3.connect(":memory:")
    try:
        for step in MIGRATIONS:
            step(memory)
        return _shape(memory)
    finally:
        memory.close()
