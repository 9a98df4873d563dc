"""What the runner has learned about the project's tests, from one start of companion to the next.

It is kept in ``.companion/state.db``; whoever removes that file loses no more than the time to learn it again. What
holds for one environment only (`companion.store.fingerprint`) is kept for the latest few.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from companion.messages import Lane
from companion.store.database import Change, Database, Row
from companion.store.schema import packed, unpacked

ENVIRONMENTS = 4
"""How many are remembered: enough for a branch with other requirements, or a second Python, to come back."""

USED = """INSERT INTO environment (fingerprint, used) VALUES (?, (SELECT coalesce(max(used), 0) + 1 FROM environment))
    ON CONFLICT (fingerprint) DO UPDATE SET used = excluded.used"""
FORGET_OLDEST = "DELETE FROM environment WHERE id NOT IN (SELECT id FROM environment ORDER BY used DESC LIMIT ?)"

LANES = """SELECT file, content, lane, reason FROM lane JOIN environment ON id = environment WHERE fingerprint = ?"""
KEEP_LANE = "INSERT OR REPLACE INTO lane SELECT id, ?2, ?3, ?4, ?5 FROM environment WHERE fingerprint = ?1"
FORGET_LANE = "DELETE FROM lane WHERE environment = (SELECT id FROM environment WHERE fingerprint = ?) AND file = ?"

MODULES = "SELECT name FROM module JOIN environment ON id = environment WHERE fingerprint = ? ORDER BY position"
KEEP_MODULE = "INSERT INTO module SELECT id, ?2, ?3 FROM environment WHERE fingerprint = ?1"
FORGET_MODULES = "DELETE FROM module WHERE environment = (SELECT id FROM environment WHERE fingerprint = ?)"

SECONDS = "SELECT file, seconds FROM duration"
KEEP_SECONDS = """INSERT INTO duration VALUES (?, ?)
    ON CONFLICT (file) DO UPDATE SET seconds = seconds / 2 + excluded.seconds / 2"""
FORGET_SECONDS = "DELETE FROM duration WHERE file = ?"

ORDER_DEPENDENT = "SELECT file, content FROM order_dependent"
KEEP_ORDER_DEPENDENT = "INSERT OR REPLACE INTO order_dependent VALUES (?, ?)"
FORGET_ORDER_DEPENDENT = "DELETE FROM order_dependent WHERE file = ?"


@dataclass(frozen=True, slots=True)
class LaneRecord:
    """Where a test file with this content hash runs, and why not in the other lane (empty if it needs no reason)."""

    content: str
    lane: Lane
    reason: str


class Store:
    """See the module. For one thread; nothing that is wrong with the file ever raises.

    What is kept is written by `save` in one transaction, or before the next reading; until then a crash forgets it.
    """

    def __init__(self, root: str) -> None:
        self.database = Database(root, "state.db")
        self._used: dict[str, None] = {}
        self._changes: list[Change] = []

    @property
    def problem(self) -> str:
        """One sentence for people where the file is not as it should be, else empty."""
        return self.database.problem

    def save(self) -> None:
        """Write what was kept since the last time: milliseconds, so not while somebody waits for a verdict."""
        if not self._changes:
            return
        used: Change = (USED, [(environment,) for environment in self._used])
        changes = (used, *self._changes, (FORGET_OLDEST, [(ENVIRONMENTS,)]))
        self._used, self._changes = {}, []
        self.database.write(changes)

    def close(self) -> None:
        """Save, and let go of the file."""
        self.save()
        self.database.close()

    # --- of one environment -------------------------------------------------------------------------------

    def lanes(self, environment: str) -> dict[str, LaneRecord]:
        """By test file."""
        rows = self._read_of(environment, LANES)
        return {unpacked(file): LaneRecord(content, lane, unpacked(reason)) for file, content, lane, reason in rows}

    def keep_lanes(self, environment: str, records: Mapping[str, LaneRecord | None]) -> None:
        """These are so from now on; None: forget what was known of this file."""
        self._use(environment)
        kept = ((packed(file), of) for file, of in records.items() if of is not None)
        self._change(KEEP_LANE, [(environment, file, of.content, of.lane, packed(of.reason)) for file, of in kept])
        self._change(FORGET_LANE, [(environment, packed(file)) for file, of in records.items() if of is None])

    def modules(self, environment: str) -> tuple[str, ...]:
        """To be imported ahead, in this order."""
        return tuple(unpacked(name) for (name,) in self._read_of(environment, MODULES))

    def keep_modules(self, environment: str, names: Iterable[str]) -> None:
        """These, and no others."""
        self._use(environment)
        self._change(FORGET_MODULES, [(environment,)])
        distinct = enumerate(dict.fromkeys(names))
        self._change(KEEP_MODULE, [(environment, position, packed(name)) for position, name in distinct])

    # --- of the project -----------------------------------------------------------------------------------

    def seconds(self) -> dict[str, float]:
        """How long the items of each test file take; the latest time counts as much as all before."""
        return {unpacked(file): seconds for file, seconds in self._read(SECONDS)}

    def keep_seconds(self, files: Mapping[str, float | None]) -> None:
        """What they took this time; None: forget this file.

        A duration that makes no sense is left out: tests may set the clock.
        """
        sensible = {f: s for f, s in files.items() if s is not None and math.isfinite(s) and s >= 0}
        self._change(KEEP_SECONDS, [(packed(file), seconds) for file, seconds in sensible.items()])
        self._change(FORGET_SECONDS, [(packed(file),) for file, seconds in files.items() if seconds is None])

    def order_dependent(self) -> dict[str, str]:
        """Test files of which items need those before them, or are broken by them: by path, the content hash."""
        return {unpacked(file): content for file, content in self._read(ORDER_DEPENDENT)}

    def keep_order_dependent(self, files: Mapping[str, str | None]) -> None:
        """These are, with this content hash; None: no longer."""
        kept = [(packed(file), content) for file, content in files.items() if content is not None]
        self._change(KEEP_ORDER_DEPENDENT, kept)
        self._change(FORGET_ORDER_DEPENDENT, [(packed(file),) for file, content in files.items() if content is None])

    # ------------------------------------------------------------------------------------------------------

    def _read_of(self, environment: str, query: str) -> list[Row]:
        self._use(environment)
        return self._read(query, environment)

    def _read(self, query: str, *values: object) -> list[Row]:
        self.save()
        return self.database.read(query, *values)

    def _change(self, statement: str, rows: Sequence[Row]) -> None:
        if rows:
            self._changes.append((statement, rows))

    def _use(self, environment: str) -> None:
        self._used.pop(environment, None)
        self._used[environment] = None
