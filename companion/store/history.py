"""What files held, and what items came to, before the changes of the last time: beside `companion.store.records`.

A version is a moment just before changes were taken in. What held then is kept for what differed afterwards; what an
item came to, where its result was good until then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from companion.store.database import Change, Database
from companion.store.documents import unpacked_document
from companion.store.numbers import unpacked_numbers
from companion.store.records import ItemRecord
from companion.store.schema import packed, unpacked

LONGEST = 2_000
"""Versions that are kept; what items came to before is forgotten."""

NEWEST = "SELECT coalesce(max(version), 0) FROM held"
LEAVE = "INSERT OR IGNORE INTO held VALUES (?, ?, ?)"
FORGET_OLD = ("DELETE FROM held WHERE version <= ?", "DELETE FROM past WHERE version <= ?")
THEN = """SELECT name, hash FROM held AS one WHERE version =
    (SELECT min(version) FROM held AS other WHERE other.name = one.name AND version >= ?)"""
PAST = """SELECT past.id, name, version, late FROM past JOIN file ON file.id = test
    WHERE path = ? ORDER BY version DESC"""
RECORD = "SELECT name, flags, seconds, result, parts, state FROM past WHERE id = ?"
VERSIONS = """SELECT name, version FROM stale JOIN item ON item.id = stale.item JOIN file ON file.id = test
    WHERE path = ? AND version > 0 AND flags = 0"""


@dataclass(frozen=True, slots=True)
class Past:
    """That there is something that an item came to, good until ``version``; ``late`` are files that its file was seen
    to import."""

    row: int
    item: str
    version: int
    late: frozenset[str]


class History:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def leave(self, then: Mapping[str, str]) -> int:
        """These hold something else from now on; what they held are content hashes. The version before that."""
        version = int(self._database.read(NEWEST)[0][0]) + 1
        old = version - LONGEST
        changes: list[Change] = [(LEAVE, [(version, packed(name), of) for name, of in then.items()])]
        changes += [(statement, [(old,)]) for statement in FORGET_OLD if old > 0 and old % 100 == 0]
        self._database.write(changes)
        return version

    def then(self, version: int) -> dict[str, str]:
        """What has differed since, as it was at this version."""
        return {unpacked(name): found for name, found in self._database.read(THEN, version)}

    def versions(self, test: str) -> dict[str, int]:
        """The stale items of a test file, each with the version until which its result was good."""
        return {unpacked(name): version for name, version in self._database.read(VERSIONS, packed(test))}

    def past(self, test: str) -> list[Past]:
        """What items of this file came to before their last runs, the newest first."""
        rows = self._database.read(PAST, packed(test))
        return [
            Past(row, unpacked(name), version, frozenset(unpacked_document(late)))
            for row, name, version, late in rows
        ]

    def record(self, row: int) -> ItemRecord:
        """What it came to."""
        name, flags, seconds, result, parts, state = self._database.read(RECORD, row)[0]
        return ItemRecord(unpacked(name), frozenset(unpacked_numbers(parts)), flags, seconds, result, state)

    def forget(self, rows: Iterable[int]) -> None:
        """These have been taken back."""
        self._database.write((("DELETE FROM past WHERE id = ?", [(row,) for row in rows]),))

    def clear(self) -> None:
        """Nothing that ever ran is good for anything."""
        self._database.write((("DELETE FROM past", [()]), ("DELETE FROM held", [()])))
