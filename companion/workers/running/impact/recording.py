"""From what sessions tell to what is known of items: kept when a test file is through."""

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from companion.core.board import RED, file_of
from companion.core.impact.graph import CONTENT
from companion.core.impact.history import SESSION
from companion.core.rerun import Red
from companion.messages import ItemFinished, Loaded, Message, Selected, Traced
from companion.runtime.remembered import kept
from companion.store.records import ItemRecord, PartKey, Records
from companion.workers.running.impact.known import Known
from companion.workers.running.impact.traces import ANYTHING, DATA, EXTERNAL, Seen, SessionTrace, part_of
from companion.workers.running.impact.traces import RED as RED_FLAG
from companion.workers.running.line import Line
from companion.workers.running.sources import Sources


@dataclass(slots=True)
class Waiting:
    """Results of a test file that are not kept yet, each with what was seen of it, if anything was."""

    items: dict[str, tuple[ItemFinished, Seen | None]] = field(default_factory=dict)


ELSEWHERE = re.compile(rb"subprocess|os\.system|popen|spawn|multiprocessing|import_module|__import__|patch\(")
"""In the texts of what may run more than they show."""


class Recording:
    """Of all sessions that are under way."""

    def __init__(self, records: Records, known: Known, sources: Sources) -> None:
        self._records, self._known, self._sources = records, known, sources
        self._sessions: dict[int, SessionTrace] = {}
        self._seen: dict[str, Seen] = {}
        self._red: dict[str, Seen] = {}
        self._waiting: dict[str, Waiting] = {}
        self._bundles: dict[str, frozenset[PartKey]] = {}
        self._numbers: dict[PartKey, int] = {}
        self._noted: set[str] = set()
        self._era = records.era
        self._imported: set[str] = set()
        self.external = {name for names in records.flagged(EXTERNAL).values() for name in names}
        """Items that were seen to reach outside of their process when they ran last."""
        self.latest: dict[str, int] = {}
        """When the last item of each test file was over, in ns; never earlier than a change that came before that."""
        self._late: dict[str, frozenset[str]] = {}
        """What a file imported without its text saying so, perhaps; of `SESSION`, plugins and hooks did."""

    def aside(self) -> Recording:
        """For sessions of which nobody may be told: what is known of the project is known to both."""
        other = Recording(self._records, self._known, self._sources)
        other._bundles, other._numbers, other._noted = self._bundles, self._numbers, self._noted
        other._imported, other._late = self._imported, self._late
        other.external, other.latest = self.external, self.latest
        return other

    def heard(self, line: Line, message: Loaded | Traced) -> None:
        """What a spare tells of its session."""
        session = self._sessions.setdefault(line.spare, SessionTrace(self._known.at))
        if isinstance(message, Loaded):
            session.loaded(message)
            return
        if message.kind == "item":
            self._seen[message.owner] = session.item(message, file_of(message.owner))
        session.traced(message)
        self._note_resources(part for note in message.notes for part in part_of(note))
        if message.kind in ("import", "session"):
            name = message.owner or SESSION
            self._late[name] = self._late.get(name, frozenset()) | frozenset(filter(_is_late, message.uses))
        if message.kind == "import":
            self._imported.add(message.owner)

    def ended(self, line: Line) -> None:
        """A session is over, or its spare is gone."""
        session = self._sessions.pop(line.spare, None)
        if session is not None:
            self._keep_bundles(session.bundles())

    def marked(self, message: Message) -> Message:
        """A message for people, with a mark at each item that reaches outside."""
        match message:
            case ItemFinished():
                return self.item(message)
            case Selected() if self.external:
                items = (replace(item, external=item.id in self.external) for item in message.items)
                return replace(message, items=tuple(items))
            case _:
                return message

    def item(self, message: ItemFinished) -> ItemFinished:
        """See `marked`; before it is `finished`."""
        seen = self._seen.get(message.id)
        is_external = message.id in self.external if seen is None else bool(seen.flags & EXTERNAL)
        (self.external.add if is_external else self.external.discard)(message.id)
        return replace(message, external=True) if is_external else message

    def repeatable(self, reds: Sequence[tuple[Red, ItemFinished]]) -> Sequence[tuple[Red, ItemFinished]]:
        """Those whose files can be run again without reaching outside a second time."""
        reaching = {file_of(name) for name in self.external}
        return [entry for entry in reds if file_of(entry[0].id) not in reaching]

    def reads(self, node_id: str) -> frozenset[str]:
        """Files that a red item of the last run has read, as far as it was traced."""
        seen = self._red.get(node_id)
        return frozenset(path for path, key, _ in seen.parts if key == CONTENT) if seen is not None else frozenset()

    def finished(self, message: ItemFinished) -> None:
        """An item has its outcome; what it is made of has been heard before.

        A red that was looked into comes once more, with nothing new heard of it.
        """
        seen = self._seen.pop(message.id, self._red.pop(message.id, None))
        if seen is not None and message.outcome in RED:
            self._red[message.id] = seen
        self.latest[file_of(message.id)] = time.time_ns()
        self._waiting.setdefault(file_of(message.id), Waiting()).items[message.id] = message, seen

    def whole(self, file: str, items: Iterable[str]) -> None:
        """This test file is through: it holds these items now."""
        now = set(items)
        gone = [record.id for record in self._records.items(file).values() if record.id not in now]
        self.external.difference_update(gone)
        self._keep(file, gone)
        if now:
            self._records.keep_whole(file)

    def keep(self) -> None:
        """What has run of files that are not through, and of sessions that have not ended."""
        self._red.clear()
        for session in self._sessions.values():
            self._keep_bundles(session.bundles())
        for file in list(self._waiting):
            self._keep(file, ())

    # ------------------------------------------------------------------------------------------------------

    def _keep(self, file: str, gone: Iterable[str]) -> None:
        waiting = self._waiting.pop(file, Waiting())
        results = [entry for name, entry in waiting.items.items() if name != file]  # a file that fails is no item
        imports = frozenset(path for _, seen in results if seen is not None for path in (*seen.imports, *seen.files))
        known = self._records.items(file).values()
        if {record.id for record in known} - {message.id for message, _ in results}:  # what others import counts, too
            imports |= {path for path, late in self._records.closure(file).items() if late}
        closure = self.closure(file, imports)
        self._forget_lost()
        parts = {message.id: self._parts(seen, closure) | self._missed(message.id) for message, seen in results}
        self._number({part for of in parts.values() for part in of})
        records = [self._record(message, seen, parts[message.id]) for message, seen in results]
        gone = list(gone)
        if records or gone:
            self._records.keep_items(file, records, gone)
            self._records.keep_closure(file, closure)

    def closure(self, file: str, imports: Iterable[str]) -> dict[str, bool]:
        """All that a test file may import: by what the texts say, and by what was seen, as `Records` keeps it."""
        found: dict[str, bool] = dict.fromkeys(self._sources.closure(file), False)
        left = [*imports, *self._imported_late([SESSION, *found])]
        while left:
            path = left.pop()
            if path not in found:
                below = self._sources.closure(path) - found.keys()
                left += self._imported_late(below)
                found |= dict.fromkeys(below, False) | {path: True}
        return found

    def _imported_late(self, files: Iterable[str]) -> list[str]:
        """Told when all is asked for: a module is told of before what it imports."""
        return [late for path in files for late in self._late.get(path, ()) if late in self._imported]

    def _parts(self, seen: Seen | None, closure: Iterable[str]) -> frozenset[PartKey]:
        """Of an item that nobody traced, whatever it may import or read counts."""
        if seen is None:
            closure = frozenset(closure)
            further = {DATA, ANYTHING} if self._sources.mentions(ELSEWHERE, closure) else {DATA}
            return frozenset((path, CONTENT, 0) for path in closure) | further
        return seen.parts

    def _missed(self, node_id: str) -> frozenset[PartKey]:
        """What it was found to depend on, although nobody sees how."""
        return frozenset((path, CONTENT, 0) for path in self._records.misses.files_of(node_id))

    def _record(self, message: ItemFinished, seen: Seen | None, parts: frozenset[PartKey]) -> ItemRecord:
        numbers = frozenset(self._numbers[part] for part in parts)
        flags = (seen.flags if seen is not None else 0) | (RED_FLAG if message.outcome in RED else 0)
        return ItemRecord(message.id, numbers, flags, message.seconds, kept(message))

    def _forget_lost(self) -> None:
        """The numbers of a store that was removed are those of other parts in the next."""
        if self._era != self._records.era:
            self._era = self._records.era
            for known in (self._numbers, self._bundles, self._noted):
                known.clear()

    def _keep_bundles(self, bundles: dict[str, frozenset[PartKey]]) -> None:
        self._forget_lost()
        for path, parts in bundles.items():
            name = path or SESSION
            if self._bundles.get(name) != parts:
                self._number(parts)
                self._records.keep_bundle(name, [self._numbers[part] for part in parts])
                self._bundles[name] = parts

    def _note_resources(self, parts: Iterable[PartKey]) -> None:
        """What is read is known from now on as it is now."""
        for path, key, _ in parts:
            if key == CONTENT and path not in self._noted:
                self._noted.add(path)
                self._known.meet(path)

    def _number(self, parts: Iterable[PartKey]) -> None:
        missing = [part for part in parts if part not in self._numbers]
        if missing:
            self._numbers |= self._records.numbers_of(missing)


def _is_late(path: str) -> bool:
    """A conftest is pytest's own to import, for the tests below it."""
    return path.rpartition("/")[2] != "conftest.py"
