"""Which lines were executed, and by whom: beside what `companion.store.records` keeps of items.

Lines belong to a version of a file, the text with a content hash; that is kept as long as lines of it are. Those of
an item, or of a test file that is collected, take the place of earlier ones; importing a file, or a whole session,
shows not all at once: there they are added, for as long as a file's version is the same.
"""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from companion.store.database import Change, Database
from companion.store.numbers import packed_numbers, unpacked_numbers
from companion.store.schema import packed, unpacked

type Kind = Literal["item", "collect", "import", "session"]
type Version = tuple[str, str]
"""Path and content hash."""

NAME_FILE = "INSERT OR IGNORE INTO file (path, hash) VALUES (?, '')"
KEEP_VERSION = "INSERT OR IGNORE INTO version (file, hash, deflated) SELECT id, ?2, ?3 FROM file WHERE path = ?1"
KEEP_OWNER = """INSERT INTO owner (kind, name, item) VALUES (?1, ?2,
    (SELECT item.id FROM item JOIN file ON file.id = test WHERE path = ?3 AND item.name = ?2))
    ON CONFLICT (kind, name) DO UPDATE SET item = excluded.item"""
FORGET_LINES = "DELETE FROM lines WHERE owner = (SELECT id FROM owner WHERE kind = ? AND name = ?)"
KEEP_LINES = """INSERT INTO lines SELECT owner.id, version.id, ?5 FROM owner, version JOIN file ON file.id = file
    WHERE kind = ?1 AND name = ?2 AND path = ?3 AND version.hash = ?4"""
FORGET_VERSIONS = "DELETE FROM version WHERE NOT EXISTS (SELECT 1 FROM lines WHERE version = version.id)"
KEEP_LINED = """INSERT INTO lined SELECT id, ?2, 0 FROM file WHERE path = ?1
    ON CONFLICT (test) DO UPDATE SET state = excluded.state, ran = 0"""
SETTLE = "UPDATE lined SET ran = 0 WHERE test = (SELECT id FROM file WHERE path = ?)"
ITEMS = "SELECT name FROM owner WHERE kind = 'item' AND item NOT NULL"
LINED = "SELECT path, state, ran FROM lined JOIN file ON id = test"
LINES = """SELECT kind, name, path, version.hash, numbers FROM lines JOIN owner ON owner.id = owner
    JOIN version ON version.id = version JOIN file ON file.id = file"""
LINES_OF = f"{LINES} WHERE kind = ? AND name = ?"
TEXT = "SELECT deflated FROM version JOIN file ON file.id = file WHERE path = ? AND version.hash = ?"


@dataclass(frozen=True, slots=True)
class Owned:
    """What one owner has executed: lines by version; ``name`` is a node id, a path, or empty."""

    kind: Kind
    name: str
    lines: Mapping[Version, frozenset[int]]


class Lines:
    """For one thread; nothing that is wrong with the file ever raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, states: Mapping[str, str], owned: Iterable[Owned], texts: Mapping[Version, bytes]) -> None:
        """These test files have shown all their lines in these states; ``texts`` are those of all versions."""
        owned = [self._merged(each) for each in owned]
        self._database.write(
            (
                (NAME_FILE, [(packed(path),) for path in {path for path, _ in texts} | states.keys()]),
                (KEEP_VERSION, [(packed(path), of, zlib.compress(text)) for (path, of), text in texts.items()]),
                *(change for each in owned for change in _changes(each)),
                (FORGET_VERSIONS, [()]),
                (KEEP_LINED, [(packed(test), state) for test, state in states.items()]),
            )
        )

    def all(self) -> list[Owned]:
        """Everything that is known."""
        found: dict[tuple[Kind, str], dict[Version, frozenset[int]]] = {}
        for kind, name, path, content, numbers in self._database.read(LINES):
            lines = found.setdefault((kind, unpacked(name)), {})
            lines[unpacked(path), content] = frozenset(unpacked_numbers(numbers))
        return [Owned(kind, name, lines) for (kind, name), lines in found.items()]

    def states(self) -> dict[str, tuple[str, bool]]:
        """Test files that have shown their lines: in which state, and whether items have run since."""
        return {unpacked(test): (state, bool(ran)) for test, state, ran in self._database.read(LINED)}

    def settle(self, tests: Iterable[str]) -> None:
        """The items of these have run again in the state that is known."""
        rows = [(packed(test),) for test in tests]
        if rows:
            self._database.write(((SETTLE, rows),))

    def items(self) -> frozenset[str]:
        """Items of which lines are known."""
        return frozenset(unpacked(name) for (name,) in self._database.read(ITEMS))

    def text(self, version: Version) -> bytes | None:
        """What this version of a file held; None if no lines of it are known, or it is damaged."""
        rows = self._database.read(TEXT, packed(version[0]), version[1])
        try:
            return zlib.decompress(rows[0][0]) if rows else None
        except zlib.error:
            return None

    def _merged(self, owned: Owned) -> Owned:
        if owned.kind in ("item", "collect"):
            return owned
        lines = dict(owned.lines)
        news = {path for path, _ in lines}
        for _, _, path, content, numbers in self._database.read(LINES_OF, owned.kind, packed(owned.name)):
            version = unpacked(path), content
            if version in lines or version[0] not in news:
                lines[version] = lines.get(version, frozenset()) | frozenset(unpacked_numbers(numbers))
        return Owned(owned.kind, owned.name, lines)


def _changes(owned: Owned) -> tuple[Change, ...]:
    owner = owned.kind, packed(owned.name)
    return (
        (KEEP_OWNER, [(*owner, packed(owned.name.partition("::")[0]))]),
        (FORGET_LINES, [owner]),
        (
            KEEP_LINES,
            [(*owner, packed(path), of, packed_numbers(lines)) for (path, of), lines in owned.lines.items()],
        ),
    )
