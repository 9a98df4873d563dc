"""An SQLite file of companion's own, which may be damaged, locked, full or gone: whoever uses it need not know.

What is damaged, or not companion's, is set aside and begun anew; where nothing can be written, all that can still be
read goes on in memory.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from companion.store.folder import own_folder
from companion.store.schema import ForeignError, NewerError, migrate, unpacked

PATIENCE = 0.25
"""Seconds to wait for another process that writes; what it writes takes milliseconds."""
LARGEST_CHECKED = 256
"""Pages (of 4 KiB) up to which the whole file is checked when it is opened: more would take longer than 3 ms."""
OUTSIDE = frozenset(
    {
        sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOLFS, sqlite3.SQLITE_AUTH,
    }
)  # fmt: skip
"""SQLite's codes for what the file itself is not to blame for."""

FAULTS = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises; the second where a message of its own quotes a damaged file."""

type Row = tuple[Any, ...]
type Change = tuple[str, Sequence[Row]]
"""A statement, and the rows of values that it is carried out with."""


class Database:
    """The file ``.companion/<name>`` of this root. ``problem``: what people should know of it, or empty.

    For one thread. Nothing here raises for what is wrong with the file.
    """

    def __init__(self, root: str, name: str) -> None:
        self._root, self._shown = Path(root), f".companion/{name}"
        self._path = self._root / ".companion" / name
        self.problem = ""
        self._era = 0
        self._identity: tuple[int, int] | None = None
        self._connection = self._open()

    def read(self, query: str, *values: object) -> list[Row]:
        """All rows that this finds."""
        return self._lasting(lambda connection: connection.execute(query, values).fetchall())

    def write(self, changes: Sequence[Change]) -> None:
        """All of them in one transaction; if the file was removed meanwhile, in a new one."""
        self._renew()
        self._lasting(lambda connection: _apply(connection, changes))

    def close(self) -> None:
        """Nothing is read or written any more."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    @property
    def era(self) -> int:
        """Another number once all that was kept is lost: the file was removed, or set aside."""
        self._renew()
        return self._era

    # --- what goes wrong ----------------------------------------------------------------------------------

    def _lasting[Result](self, act: Callable[[sqlite3.Connection], Result]) -> Result:
        """In the file; else in the one that replaces it; else in memory."""
        for _ in range(2):
            try:
                return act(self._connection)
            except FAULTS as error:
                if self._identity is None:
                    raise  # memory: the mistake is ours
                self._mend(error)
        return act(self._connection)

    def _renew(self) -> None:
        if self._identity is not None and self._identity != _identity(self._path):
            self.close()
            self._era += 1
            self._connection = self._open()

    def _mend(self, error: Exception) -> None:
        self._era += 1
        if _primary(error) in OUTSIDE or self.problem:
            self._connection = self._in_memory(self._forgetful(error), self._connection)
        else:
            self.close()  # first: it would remove the new one's log
            self._connection = self._begin_anew(error)

    def _open(self) -> sqlite3.Connection:
        if not self._path.exists():
            own_folder(self._root)
        try:
            return self._opened()
        except NewerError:
            return self._in_memory(
                f"a newer companion has written {self._shown}: this one keeps nothing of what it learns; "
                "update it, or remove that file"
            )
        except (ForeignError, *FAULTS) as error:
            if _primary(error) not in OUTSIDE:
                return self._begin_anew(error)
            return self._in_memory(self._forgetful(error), self._for_reading())

    def _opened(self) -> sqlite3.Connection:
        """Raises ForeignError, NewerError, sqlite3.Error."""
        connection = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)
        connection.text_factory = unpacked
        self._close_to_others()  # before anything is in it; the files beside it are made as it is
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            migrate(connection)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            _check(connection)
        except BaseException:
            connection.close()
            raise
        self._identity = _identity(self._path)
        return connection

    def _close_to_others(self) -> None:
        """It holds texts of the project, and what its tests said."""
        for end in ("", "-wal", "-shm"):
            path = self._path.with_name(self._path.name + end)
            with contextlib.suppress(OSError):
                if path.is_file() and path.stat().st_mode & 0o077:
                    path.chmod(0o600)

    def _begin_anew(self, reason: Exception) -> sqlite3.Connection:
        """The file is put aside, in the place of one that was put there before. It must not be open."""
        aside = self._path.with_name(f"{self._path.name}.damaged")
        try:
            self._path.replace(aside)
            for end in ("-wal", "-shm", "-journal"):  # a log that stayed would be read as the new file's
                self._path.with_name(self._path.name + end).unlink(missing_ok=True)
            connection = self._opened()
        except (OSError, *FAULTS, ForeignError, NewerError) as error:
            return self._in_memory(self._forgetful(error))
        self.problem = (
            f"{self._shown} could not be used ({reason}): it is kept as {self._shown}.damaged, "
            "and what companion knew of this project is learned anew"
        )
        return connection

    def _for_reading(self) -> sqlite3.Connection | None:
        """The file where nothing beside it can be written, as it was when it was last closed."""
        with contextlib.suppress(sqlite3.Error, ValueError):
            return sqlite3.connect(f"{self._path.as_uri()}?mode=ro&immutable=1", uri=True)
        return None

    def _in_memory(self, problem: str, before: sqlite3.Connection | None = None) -> sqlite3.Connection:
        """Begins with what can be read of the one before, which is closed."""
        self.problem, self._identity = problem, None
        if before is not None:
            with contextlib.suppress(*FAULTS, ForeignError, NewerError), contextlib.closing(before):
                return _copied(before)
        memory = sqlite3.connect(":memory:", isolation_level=None)
        migrate(memory)
        return memory

    def _forgetful(self, reason: Exception) -> str:
        return f"{self._shown} cannot be used ({reason}): what companion learns of this project ends with it"


def _copied(before: sqlite3.Connection) -> sqlite3.Connection:
    """Raises ForeignError, NewerError, sqlite3.Error."""
    memory = sqlite3.connect(":memory:", isolation_level=None)
    memory.text_factory = unpacked
    try:
        before.backup(memory)
        migrate(memory)
        _check(memory)
    except BaseException:
        memory.close()
        raise
    return memory


def _apply(connection: sqlite3.Connection, changes: Sequence[Change]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement, rows in changes:
            connection.executemany(statement, rows)
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # SQLite may have done so itself
            connection.execute("ROLLBACK")
        raise


def _check(connection: sqlite3.Connection) -> None:
    """Raises sqlite3.DatabaseError. A larger file's faults are found where they are read."""
    pages = int(connection.execute("PRAGMA page_count").fetchone()[0])
    if pages > LARGEST_CHECKED:
        return
    found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def _primary(error: Exception) -> int:
    """SQLite's code without what it adds to it; 0 for those of Python's own making."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
