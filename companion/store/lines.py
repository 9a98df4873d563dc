"""Which lines were executed, and by whom: beside what `companion.store.records` keeps of items.

Lines belong to a version of a file, the text with a content hash; that is kept as long as lines of it are. Those of
an item, or of a test file that is collected, take the place of earlier ones; importing a file, or a whole session,
shows not all at once: there they are added, for as long as a file's version is the same.
"""

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from companion.store.database import Change, Database
from companion.store.numbers import packed_window, unpacked_window
from companion.store.schema import packed, unpacked

type Kind = Literal["item", "collect", "import", "session"]
type Version = tuple[str, str]
"""Path and content hash."""

NAME_FILE = "INSERT OR IGNORE INTO file (path, hash) VALUES (?, '')"
KEEP_VERSION = "INSERT OR IGNORE INTO version (file, hash, deflated) SELECT id, ?2, ?3 FROM file WHERE path = ?1"
KEEP_OWNER = """INSERT INTO owner (kind, name, item) VALUES (?1, ?2,
    (SELECT item.id FROM item JOIN file ON file.id = test WHERE path = ?3 AND item.name = ?2))
    ON CONFLICT (kind, name) DO UPDATE SET item = excluded.item"""
FORGET_STRAYS = """DELETE FROM owner WHERE kind = 'item' AND item IS NULL
    AND substr(name, 1, instr(name, X'3A3A') - 1) = ?"""
"""Items that nobody knows: they call themselves otherwise in each session, or are gone."""
FORGET_LINES = "DELETE FROM lines WHERE owner = (SELECT id FROM owner WHERE kind = ? AND name = ?)"
KEEP_LINES = """INSERT INTO lines SELECT owner.id, version.id, ?5 FROM owner, version JOIN file ON file.id = file
    WHERE kind = ?1 AND name = ?2 AND path = ?3 AND version.hash = ?4"""
FORGET_VERSIONS = "DELETE FROM version WHERE NOT EXISTS (SELECT 1 FROM lines WHERE version = version.id)"
KEEP_LINED = """INSERT INTO lined SELECT id, ?2, 0 FROM file WHERE path = ?1
    ON CONFLICT (test) DO UPDATE SET state = excluded.state, ran = 0"""
SETTLE = "UPDATE lined SET ran = 0 WHERE test = (SELECT id FROM file WHERE path = ?)"
ITEMS = "SELECT name FROM owner WHERE kind = 'item' AND item NOT NULL"
LINED = "SELECT path, state, ran FROM lined JOIN file ON id = test"
ROWS = "SELECT owner, version, bits FROM lines"
OWNERS = "SELECT id, kind, name FROM owner"
VERSIONS = "SELECT version.id, path, version.hash FROM version JOIN file ON file.id = file"
LINES_OF = """SELECT version, bits FROM lines JOIN owner ON owner.id = owner WHERE kind = ? AND name = ?"""
TEXT = "SELECT deflated FROM version JOIN file ON file.id = file WHERE path = ? AND version.hash = ?"


@dataclass(frozen=True, slots=True)
class Owned:
    """What one owner has executed: lines by version, bit N for line N; ``name`` is a node id, a path, or empty."""

    kind: Kind
    name: str
    lines: Mapping[Version, int]


class Lines:
    """For one thread; nothing that is wrong with the file ever raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, states: Mapping[str, str], owned: Iterable[Owned], texts: Mapping[Version, bytes]) -> None:
        """These test files have shown all their lines in these states; ``texts`` are those of all versions."""
        versions = self._versions()
        owned = [self._merged(each, versions) for each in owned]
        news = texts.keys() - set(versions.values())
        self._database.write(
            (
                (NAME_FILE, [(packed(path),) for path in {path for path, _ in texts} | states.keys()]),
                (KEEP_VERSION, [(packed(path), of, zlib.compress(texts[path, of])) for path, of in news]),
                (FORGET_STRAYS, [(packed(test),) for test in states]),
                *(change for each in owned for change in _changes(each)),
                (FORGET_VERSIONS, [()]),
                (KEEP_LINED, [(packed(test), state) for test, state in states.items()]),
            )
        )

    def all(self) -> list[Owned]:
        """Everything that is known."""
        versions = self._versions()
        owners = {row: Owned(kind, unpacked(name), {}) for row, kind, name in self._database.read(OWNERS)}
        found: dict[int, dict[Version, int]] = {}
        for owner, version, bits in self._database.read(ROWS):
            if owner in owners and version in versions:
                found.setdefault(owner, {})[versions[version]] = unpacked_window(bits)
        return [replace(owners[row], lines=lines) for row, lines in found.items()]

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

    def _merged(self, owned: Owned, versions: Mapping[int, Version]) -> Owned:
        if owned.kind in ("item", "collect"):
            return owned
        lines = dict(owned.lines)
        news = {path for path, _ in lines}
        for row, bits in self._database.read(LINES_OF, owned.kind, packed(owned.name)):
            version = versions.get(row, ("", ""))
            if version in lines or version[0] not in news:
                lines[version] = lines.get(version, 0) | unpacked_window(bits)
        return replace(owned, lines=lines)

    def _versions(self) -> dict[int, Version]:
        return {row: (unpacked(path), content) for row, path, content in self._database.read(VERSIONS)}


def _changes(owned: Owned) -> tuple[Change, ...]:
    owner = owned.kind, packed(owned.name)
    return (
        (KEEP_OWNER, [(*owner, packed(owned.name.partition("::")[0]))]),
        (FORGET_LINES, [owner]),
        (
            KEEP_LINES,
            [(*owner, packed(path), of, packed_window(bits)) for (path, of), bits in owned.lines.items()],
        ),
    )
