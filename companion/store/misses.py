"""What selection has missed, as far as was found out: kept for good, as such items depend on more than is seen."""

from collections.abc import Iterable

from companion.messages import Miss
from companion.store.database import Database
from companion.store.schema import packed, unpacked

LATEST = 100
"""Misses that people are told of."""

KEEP_MISS = "INSERT INTO miss (time, item) VALUES (?, ?)"
KEEP_MISSING = "INSERT OR IGNORE INTO missing SELECT max(id), ? FROM miss"
MISSES = "SELECT id, time, item FROM miss ORDER BY id DESC LIMIT ?"
MISSING = "SELECT path FROM missing WHERE miss = ? ORDER BY path"
REPAIRED = "SELECT DISTINCT item, path FROM missing JOIN miss ON id = miss"


class Misses:
    """For one thread; nothing that is wrong with the file ever raises."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._files: dict[str, set[str]] | None = None

    def keep(self, miss: Miss) -> None:
        """The item depends on these files from now on, whatever is seen of it."""
        files = [(packed(path),) for path in miss.files]
        self._database.write(((KEEP_MISS, [(miss.time, packed(miss.id))]), (KEEP_MISSING, files)))
        self._repaired.setdefault(miss.id, set()).update(miss.files)

    def latest(self) -> tuple[Miss, ...]:
        """The last ones, the latest first."""
        return tuple(
            Miss(time, unpacked(item), tuple(unpacked(path) for (path,) in self._database.read(MISSING, number)))
            for number, time, item in self._database.read(MISSES, LATEST)
        )

    def files_of(self, node_id: str) -> Iterable[str]:
        """Files that an item depends on although nobody sees how."""
        return self._repaired.get(node_id, ())

    @property
    def _repaired(self) -> dict[str, set[str]]:
        if self._files is None:
            self._files = {}
            for item, path in self._database.read(REPAIRED):
                self._files.setdefault(unpacked(item), set()).add(unpacked(path))
        return self._files
