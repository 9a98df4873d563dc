"""What items depend on, as their last runs have shown: in ``.companion/state.db``, beside what `store` keeps.

A part is ``(path, key, fingerprint)``: a function's body (`companion.core.impact.parts`), a file's content, a
folder's names, a variable. A test file's items have numbers, and what depends on a part is kept as bits of these.
For one thread; nothing that is wrong with the file ever raises.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from companion.core.impact.graph import ENVIRONMENT
from companion.store.database import Change, Database
from companion.store.documents import packed_document
from companion.store.misses import Misses
from companion.store.numbers import packed_bits, packed_numbers, unpacked_bits, unpacked_numbers
from companion.store.schema import packed, unpacked

type PartKey = tuple[str, str, int]
"""Path, key, fingerprint."""

FILE = "SELECT id, hash, source FROM file WHERE path = ?"
HASHES = "SELECT path, hash FROM file WHERE hash != ''"
KEEP_FILE = """INSERT INTO file (path, hash, source) VALUES (?, ?, ?)
    ON CONFLICT (path) DO UPDATE SET hash = excluded.hash, source = excluded.source"""
NAME_FILE = "INSERT OR IGNORE INTO file (path, hash) VALUES (?, '')"
TEXT = "SELECT deflated FROM text JOIN file ON id = file WHERE path = ?"
FORGET_TEXT = "DELETE FROM text WHERE file = (SELECT id FROM file WHERE path = ?)"
KEEP_TEXT = "INSERT INTO text SELECT id, ?2 FROM file WHERE path = ?1"
FORGET_WORDS = "DELETE FROM word WHERE file = (SELECT id FROM file WHERE path = ?)"
KEEP_WORD = "INSERT OR IGNORE INTO word SELECT ?2, id FROM file WHERE path = ?1"
MENTIONING = "SELECT path FROM word JOIN file ON id = file WHERE text = ?"

PART = "SELECT part.id FROM part JOIN file ON file.id = file WHERE path = ? AND key = ? AND fingerprint = ?"
KEEP_PART = "INSERT OR IGNORE INTO part (file, key, fingerprint) SELECT id, ?2, ?3 FROM file WHERE path = ?1"
EXECUTING = """SELECT tested.path, items FROM file
    JOIN part ON part.file = file.id JOIN reach ON reach.part = part.id JOIN file AS tested ON tested.id = reach.test
    WHERE file.path = ? AND part.key = ?"""
IMPORTING = """SELECT DISTINCT importer.path FROM file
    JOIN part ON part.file = file.id JOIN bundle ON bundle.part = part.id
    JOIN file AS importer ON importer.id = bundle.file WHERE file.path = ? AND part.key = ?"""
IMPORTERS = """SELECT tested.path FROM file JOIN closure ON closure.file = file.id
    JOIN file AS tested ON tested.id = closure.test WHERE file.path = ?"""
FORGET_CLOSURE = "DELETE FROM closure WHERE test = (SELECT id FROM file WHERE path = ?)"
KEEP_CLOSURE = """INSERT OR IGNORE INTO closure
    SELECT file.id, tested.id, ?3 FROM file, file AS tested WHERE tested.path = ?1 AND file.path = ?2"""
CLOSURE = """SELECT file.path, late FROM closure JOIN file ON file.id = closure.file
    WHERE test = (SELECT id FROM file WHERE path = ?)"""
FORGET_VARIABLES = """DELETE FROM bundle WHERE file = (SELECT id FROM file WHERE path = ?) AND part IN
    (SELECT part.id FROM part JOIN file ON file.id = file WHERE path = ?)"""
FORGET_VARIANTS = """DELETE FROM bundle WHERE file = (SELECT id FROM file WHERE path = ?1) AND part IN
    (SELECT other.id FROM part AS other JOIN part AS one ON one.id = ?2
    WHERE other.file = one.file AND other.key = one.key AND other.id != one.id)"""
KEEP_BUNDLE = "INSERT OR IGNORE INTO bundle SELECT ?2, id FROM file WHERE path = ?1"

ITEMS = """SELECT item.id, number, name, flags, seconds, result, parts, state FROM item
    JOIN file ON file.id = test WHERE path = ? ORDER BY number"""
NAMES = "SELECT name FROM item JOIN file ON file.id = test WHERE path = ?"
TESTS = "SELECT path, count(*) FROM item JOIN file ON file.id = test GROUP BY test"
WHOLE = "SELECT path FROM whole JOIN file ON id = test"
KEEP_WHOLE = "INSERT OR IGNORE INTO whole SELECT id FROM file WHERE path = ?"
KEEP_ITEM = """INSERT INTO item (test, number, name, flags, seconds, result, parts, state)
    SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM file WHERE path = ?1
    ON CONFLICT (test, number) DO UPDATE SET name = excluded.name, flags = excluded.flags,
    seconds = excluded.seconds, result = excluded.result, parts = excluded.parts, state = excluded.state"""
FORGET_ITEM = "DELETE FROM item WHERE id = ?"
REACH = "SELECT items FROM reach JOIN file ON id = test WHERE part = ? AND path = ?"
KEEP_REACH = """INSERT INTO reach SELECT ?2, id, ?3 FROM file WHERE path = ?1
    ON CONFLICT (part, test) DO UPDATE SET items = excluded.items"""
FORGET_REACH = "DELETE FROM reach WHERE part = ?2 AND test = (SELECT id FROM file WHERE path = ?1)"
MEMO = "SELECT data FROM memo WHERE name = ?"
KEEP_MEMO = "INSERT OR REPLACE INTO memo VALUES (?, ?)"
FLAGGED = "SELECT path, name FROM item JOIN file ON file.id = test WHERE flags & ?"
PARTS = """SELECT path, key, fingerprint FROM part JOIN file ON file.id = file
    WHERE part.id IN (SELECT value FROM json_each(?))"""
KEEP_PAST = """INSERT INTO past (test, name, version, late, flags, seconds, result, parts, state)
    SELECT item.test, item.name, version, ?3, flags, seconds, result, parts, state
    FROM item JOIN stale ON stale.item = item.id JOIN file ON file.id = item.test
    WHERE path = ?1 AND item.name = ?2 AND version > 0 AND flags = 0"""
TRIM_PAST = """DELETE FROM past WHERE id IN (SELECT past.id FROM past JOIN file ON file.id = test
    WHERE path = ?1 AND name = ?2 ORDER BY version DESC LIMIT -1 OFFSET ?3)"""
RESULTS = "SELECT result FROM item ORDER BY id"
RESULTS_OF = "SELECT name, result FROM item JOIN file ON file.id = test WHERE path = ? ORDER BY number"
WITHOUT = "SELECT path, name, seconds FROM item JOIN file ON file.id = test WHERE NOT flags & ? ORDER BY test, number"
KEYS = """SELECT key, fingerprint FROM part JOIN file ON file.id = file
    WHERE path = ?1 AND part.id IN (SELECT part FROM reach UNION SELECT part FROM bundle)"""
STALE = """SELECT path, name, why FROM stale JOIN item ON item.id = stale.item JOIN file ON file.id = test"""
STALE_OF = """SELECT name FROM stale JOIN item ON item.id = stale.item JOIN file ON file.id = test WHERE path = ?"""
KEEP_STALE = """INSERT OR IGNORE INTO stale SELECT item.id, ?3, ?4 FROM item JOIN file ON file.id = test
    WHERE path = ?1 AND name = ?2"""
FORGET_STALE = """DELETE FROM stale WHERE item IN
    (SELECT item.id FROM item JOIN file ON file.id = test WHERE path = ?1 AND name = ?2)"""
LINES_AGE = "UPDATE lined SET ran = 1 WHERE test = (SELECT id FROM file WHERE path = ?)"
"""See `companion.store.lines`."""


EARLIER = 3
"""Results before the last one that are kept of an item, where no flag speaks against it.

See `companion.store.history`.
"""


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """An item as it ran last. ``parts`` are numbers of `Records.numbers_of`; ``state`` is a digest of all that the
    import of its file executes; ``result`` is for whoever keeps it."""

    id: str
    parts: frozenset[int]
    flags: int = 0
    seconds: float = 0.0
    result: bytes = b""
    state: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    row: int
    number: int
    record: ItemRecord


class Records:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.misses = Misses(database)

    @property
    def era(self) -> int:
        """See `Database.era`: numbers of parts are good for one."""
        return self._database.era

    # --- files --------------------------------------------------------------------------------------------

    def file(self, path: str) -> tuple[str, bytes | None] | None:
        """The content hash of this file when it was last kept, and what was kept with it."""
        rows = self._database.read(FILE, packed(path))
        return (rows[0][1], rows[0][2]) if rows and rows[0][1] else None

    def hashes(self) -> dict[str, str]:
        """Content hashes of all files, by path."""
        return {unpacked(path): found for path, found in self._database.read(HASHES)}

    def keep_file(
        self, path: str, content: str, source: bytes | None, words: Iterable[str], text: bytes | None = None
    ) -> None:
        """This file is so now; an empty ``content``: it is not there. It is found by any of these words."""
        name = packed(path)
        self._database.write(
            (
                (KEEP_FILE, [(name, content, source)]),
                (FORGET_WORDS, [(name,)]),
                (KEEP_WORD, [(name, packed(word)) for word in words]),
                (FORGET_TEXT, [(name,)]),
                (KEEP_TEXT, [(name, text)] if text is not None else []),
            )
        )

    def text(self, path: str) -> bytes | None:
        """What was kept as this file's text when the file was kept last."""
        rows = self._database.read(TEXT, packed(path))
        return bytes(rows[0][0]) if rows else None

    def text_bytes(self) -> int:
        """Of all texts that are kept."""
        return int(self._database.read("SELECT total(length(deflated)) FROM text")[0][0])

    def mentioning(self, word: str) -> list[str]:
        """Files that are found by this word."""
        return [unpacked(path) for (path,) in self._database.read(MENTIONING, packed(word))]

    # --- parts --------------------------------------------------------------------------------------------

    def numbers_of(self, parts: Sequence[PartKey]) -> dict[PartKey, int]:
        """The number that each part has for good."""
        wanted = [(packed(path), packed(key), fingerprint) for path, key, fingerprint in parts]
        self._database.write(((NAME_FILE, [(path,) for path, _, _ in wanted]), (KEEP_PART, wanted)))
        return {part: self._database.read(PART, *row)[0][0] for part, row in zip(parts, wanted, strict=True)}

    def parts(self, numbers: Iterable[int]) -> set[PartKey]:
        """The parts that have these numbers."""
        found = self._database.read(PARTS, packed_document(sorted(numbers)))
        return {(unpacked(path), unpacked(key), fingerprint) for path, key, fingerprint in found}

    def executing(self, path: str, key: str) -> dict[str, int]:
        """Bits of the items whose last runs depend on this part, whatever its fingerprint, by test file."""
        found: dict[str, int] = {}
        for test, items in self._database.read(EXECUTING, packed(path), packed(key)):
            found[unpacked(test)] = found.get(unpacked(test), 0) | unpacked_bits(items)
        return found

    def keys(self, path: str) -> dict[str, set[int]]:
        """The parts of this file that something depends on: fingerprints by key."""
        found: dict[str, set[int]] = {}
        for key, fingerprint in self._database.read(KEYS, packed(path)):
            found.setdefault(unpacked(key), set()).add(fingerprint)
        return found

    def importing(self, path: str, key: str) -> list[str]:
        """Files whose import depends on this part."""
        return [unpacked(found) for (found,) in self._database.read(IMPORTING, packed(path), packed(key))]

    def keep_bundle(self, path: str, parts: Iterable[int]) -> None:
        """The import of this file depends on these parts, and on those that it depended on before: one session may
        see less than all, and an earlier state of the project may come back. Of variables, these are all.
        """
        rows = [(packed(path), part) for part in parts]
        variables = [(packed(path), packed(ENVIRONMENT))]
        self._database.write(
            (
                (NAME_FILE, [(packed(path),)]),
                (FORGET_VARIABLES, variables),
                (FORGET_VARIANTS, rows),
                (KEEP_BUNDLE, rows),
            )
        )

    # --- test files ---------------------------------------------------------------------------------------

    def importers(self, path: str) -> frozenset[str]:
        """Test files that may execute this file."""
        return frozenset(unpacked(test) for (test,) in self._database.read(IMPORTERS, packed(path)))

    def closure(self, test: str) -> dict[str, bool]:
        """The files that this test file may execute; true for those that its items were seen to import."""
        return {unpacked(path): bool(late) for path, late in self._database.read(CLOSURE, packed(test))}

    def keep_closure(self, test: str, files: Mapping[str, bool]) -> None:
        """As `closure` gives them."""
        names = [(packed(test), packed(file), int(late)) for file, late in files.items()]
        self._database.write(
            (
                (NAME_FILE, [(packed(test),), *((file,) for _, file, _ in names)]),
                (FORGET_CLOSURE, [(packed(test),)]),
                (KEEP_CLOSURE, names),
            )
        )

    def tests(self) -> dict[str, int]:
        """How many items each test file has."""
        return {unpacked(path): number for path, number in self._database.read(TESTS)}

    def whole(self) -> frozenset[str]:
        """Test files that have run whole: they hold no items but those that are known."""
        return frozenset(unpacked(path) for (path,) in self._database.read(WHOLE))

    def keep_whole(self, test: str) -> None:
        """This test file has run whole."""
        self._database.write(((NAME_FILE, [(packed(test),)]), (KEEP_WHOLE, [(packed(test),)])))

    def items(self, test: str) -> dict[int, ItemRecord]:
        """A test file's items by their numbers."""
        return {row.number: row.record for row in self._rows(test)}

    def names(self, test: str) -> list[str]:
        """The ids of a test file's items."""
        return [unpacked(name) for (name,) in self._database.read(NAMES, packed(test))]

    def keep_items(self, test: str, records: Sequence[ItemRecord], gone: Iterable[str] = ()) -> None:
        """These items have run, and are stale no longer; those that are ``gone`` are not there any more."""
        rows = {row.record.id: row for row in self._rows(test)}
        lost = [rows[name] for name in gone if name in rows]
        free = max((row.number for row in rows.values()), default=-1) + 1
        kept: list[tuple[int, ItemRecord]] = []
        for record in records:
            known = rows.get(record.id)
            kept.append((free if known is None else known.number, record))
            free += known is None
        moves = [(row.number, row.record.parts, frozenset[int]()) for row in lost]
        for number, record in kept:
            known = rows.get(record.id)
            moves.append((number, known.record.parts if known is not None else frozenset(), record.parts))
        self._database.write(
            (
                (NAME_FILE, [(packed(test),)]),
                *self._past(test, [*(row.record.id for row in lost), *(of.id for of in records if of.id in rows)]),
                (FORGET_ITEM, [(row.row,) for row in lost]),
                (KEEP_ITEM, [_values(test, number, record) for number, record in kept]),
                (FORGET_STALE, [(packed(test), packed(record.id)) for record in records]),
                (LINES_AGE, [(packed(test),)]),
                *self._moved(test, moves, is_new=not rows),
            )
        )

    def flagged(self, flags: int) -> dict[str, list[str]]:
        """Items with one of these flags, by test file."""
        found: dict[str, list[str]] = {}
        for test, name in self._database.read(FLAGGED, flags):
            found.setdefault(unpacked(test), []).append(unpacked(name))
        return found

    def without(self, flags: int) -> list[tuple[str, str, float]]:
        """Items with none of these flags: test file, id, and the seconds that it took."""
        return [(unpacked(test), unpacked(name), took) for test, name, took in self._database.read(WITHOUT, flags)]

    def results(self) -> list[bytes]:
        """What was kept with each item."""
        return [result for (result,) in self._database.read(RESULTS)]

    def results_of(self, test: str) -> dict[str, bytes]:
        """What was kept with each item of a test file."""
        return {unpacked(name): result for name, result in self._database.read(RESULTS_OF, packed(test))}

    # --- of the whole project -----------------------------------------------------------------------------

    def memo(self, name: str) -> bytes | None:
        """What was kept under this name."""
        rows = self._database.read(MEMO, name)
        return bytes(rows[0][0]) if rows else None

    def keep_memo(self, name: str, data: bytes) -> None:
        """In the place of what was kept under this name before."""
        self._database.write(((KEEP_MEMO, [(name, data)]),))

    # --- what has yet to run ------------------------------------------------------------------------------

    def stale(self) -> dict[str, dict[str, str]]:
        """Items that changes have affected since they ran last, with the reasons, by test file."""
        found: dict[str, dict[str, str]] = {}
        for test, name, why in self._database.read(STALE):
            found.setdefault(unpacked(test), {})[unpacked(name)] = unpacked(why)
        return found

    def stale_of(self, test: str) -> set[str]:
        """Those of this test file."""
        return {unpacked(name) for (name,) in self._database.read(STALE_OF, packed(test))}

    def keep_stale(self, items: Mapping[str, Mapping[str, str]], versions: Mapping[str, int] | None = None) -> None:
        """These, too; what they came to was good until their file's version (`History`), if that is known."""
        since = versions or {}
        rows = [
            (packed(test), packed(name), packed(why), since.get(test, 0))
            for test in items
            for name, why in items[test].items()
        ]
        self._database.write(((KEEP_STALE, rows),))

    def forget_stale(self, items: Mapping[str, Iterable[str]]) -> None:
        """These are not stale any more, though they did not run."""
        rows = [(packed(test), packed(name)) for test, names in items.items() for name in names]
        self._database.write(((FORGET_STALE, rows),))

    # ------------------------------------------------------------------------------------------------------

    def _past(self, test: str, names: Sequence[str]) -> tuple[Change, ...]:
        """Keep what these have come to, before something else takes its place."""
        late = (
            packed_document(sorted(path for path, is_late in self.closure(test).items() if is_late)) if names else ""
        )
        rows = [(packed(test), packed(name)) for name in names]
        return (KEEP_PAST, [(*row, late) for row in rows]), (TRIM_PAST, [(*row, EARLIER) for row in rows])

    def _rows(self, test: str) -> list[_Row]:
        return [
            _Row(row, number, ItemRecord(
                unpacked(name), frozenset(unpacked_numbers(parts)), flags, seconds, result, state
            ))
            for row, number, name, flags, seconds, result, parts, state in self._database.read(ITEMS, packed(test))
        ]  # fmt: skip

    def _moved(
        self, test: str, moves: Iterable[tuple[int, frozenset[int], frozenset[int]]], *, is_new: bool
    ) -> tuple[Change, ...]:
        """Items by number, the parts that each depended on, and those that it depends on now."""
        news: dict[int, tuple[int, int]] = {}
        for number, before, now in moves:
            for part in before - now:
                gained, lost = news.get(part, (0, 0))
                news[part] = gained, lost | 1 << number
            for part in now - before:
                gained, lost = news.get(part, (0, 0))
                news[part] = gained | 1 << number, lost
        bits = {part: self._bits(test, part, is_new=is_new) & ~lost | gained for part, (gained, lost) in news.items()}
        name = packed(test)
        return (
            (KEEP_REACH, [(name, part, packed_bits(of)) for part, of in bits.items() if of]),
            (FORGET_REACH, [(name, part) for part, of in bits.items() if not of]),
        )

    def _bits(self, test: str, part: int, *, is_new: bool) -> int:
        rows = [] if is_new else self._database.read(REACH, part, packed(test))
        return unpacked_bits(rows[0][0]) if rows else 0


def _values(test: str, number: int, record: ItemRecord) -> tuple[object, ...]:
    about = record.flags, record.seconds, record.result, packed_numbers(record.parts), record.state
    return packed(test), number, packed(record.id), *about
