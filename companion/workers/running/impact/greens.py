"""What has changed since an item was green: the texts as they were then, and as they are."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from companion.core.board import RED, file_of
from companion.core.impact.comparison import Comparison, compared
from companion.core.impact.texts import UNKNOWN, Texts
from companion.core.impact.watching import watched
from companion.core.rerun import GREEN
from companion.core.text import UndecodableError, content_hash, decode_source
from companion.messages import ItemFinished, Overlay, Watched
from companion.store.records import Records
from companion.workers.running.impact.known import Known
from companion.workers.running.impact.traces import RED as RED_FLAG

MOST = 60
"""Places that are looked into at once."""
LARGEST = 400_000
"""Characters of a text that is compared statement by statement."""


@dataclass(slots=True)
class Past:
    """What changed since a mark. ``files`` are Python files that can be compared, ``data`` others, each as it was and
    as it is.

    ``complete``: laid over the disk, ``overlays`` give what was there then. ``current``: the disk holds what is
    known.
    """

    files: dict[str, Comparison] = field(default_factory=dict[str, Comparison])
    data: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    overlays: tuple[Overlay, ...] = ()
    complete: bool = True
    current: bool = True

    def watched(self, imported: Iterable[str]) -> tuple[tuple[Watched, ...], tuple[Watched, ...]]:
        """What to look into then, and now; of files that may be ``imported`` only."""
        relevant = set(imported)
        spans = [watched(path, of) for path, of in self.files.items() if path in relevant]
        old, new = (tuple(one for pair in spans for one in pair[side])[:MOST] for side in (0, 1))
        return old, new


class Greens:
    """Which items are green, or red since when; and what the project held before that.

    An item that a change does not affect is green with it, too: so what counts is what has changed since the first
    change that affects it.
    """

    def __init__(self, root: str, records: Records, known: Known, texts: Texts) -> None:
        self._root, self._records, self._known, self._texts = Path(root), records, known, texts
        self._green: set[str] = set()
        self._red: dict[str, int | None] = {}
        self._due: dict[str, int] = {}
        self._base = 0
        self._stored: dict[str, frozenset[str]] = {}

    def run_begins(self) -> None:
        """What has changed is about to be taken in; items that an earlier change affects may not have run yet."""
        left = {name for names in self._records.stale().values() for name in names}
        self._due = {name: self._due.get(name, self._base) for name in left}
        self._base = self._texts.mark

    def seen(self, message: ItemFinished) -> None:
        """An item has this outcome as everything is now."""
        node_id = message.id
        if message.outcome in RED:
            if node_id not in self._red:
                was_green = node_id in self._green or self._was_green(node_id)
                self._red[node_id] = self._due.get(node_id, self._base) if was_green else None
            self._green.discard(node_id)
            return
        self._red.pop(node_id, None)
        if message.outcome in GREEN and not message.state:
            self._green.add(node_id)

    def mark(self, node_id: str) -> int | None:
        """Of a red item: when it was green last, if that is known and something has changed since."""
        mark = self._red.get(node_id)
        return mark if mark is not None and mark < self._texts.mark else None

    def gone(self, ids: Iterable[str]) -> None:
        """There are no such items, or such failures, any more."""
        for node_id in ids:
            self._red.pop(node_id, None)
            self._green.discard(node_id)

    def forget(self) -> None:
        """What nobody who is red now can ask for."""
        marks = [mark for mark in (*self._red.values(), *self._due.values()) if mark is not None]
        self._texts.forget(min(marks, default=self._texts.mark))

    def files(self, node_id: str) -> tuple[str, ...]:
        """The test file to run for an item; for what is none, one that it keeps from being collected."""
        file = file_of(node_id)
        if file.endswith(".py") and not file.endswith(("conftest.py", "__init__.py")):
            return (file,)
        folder = file.rpartition("/")[0] if file.endswith(".py") else file
        tests = self._records.tests()
        return tuple(test for test in tests if folder in ("", ".") or test.startswith(f"{folder}/"))[:1]

    def past(self, mark: int) -> Past:
        """What has changed since then."""
        past, overlays = Past(), list[Overlay]()
        for path, deflated in self._texts.since(mark).items():
            before = None if deflated is None else zlib.decompress(deflated) if deflated != UNKNOWN else UNKNOWN
            now = self._read(path)
            if (content_hash(now) if now is not None else "") != self._known.hash(path):
                past.current = False
            if before == UNKNOWN and deflated == UNKNOWN:
                past.complete = False
            elif before != now:
                overlays.append(Overlay(path, before))
                _compare(past, path, before, now)
        past.overlays = tuple(overlays)
        return past

    def _was_green(self, node_id: str) -> bool:
        """As far as it is stored: of an item that has not run since the engine began, and of what is no item, but
        keeps items from being collected."""
        return any(self._were_green(file, node_id) for file in self.files(node_id))

    def _were_green(self, file: str, node_id: str) -> bool:
        if file not in self._stored:
            records = self._records.items(file).values()
            self._stored[file] = frozenset(of.id for of in records if not of.flags & RED_FLAG)
        if "::" in node_id:
            return node_id in self._stored[file]
        return bool(self._stored[file]) or any(file_of(name) == file for name in self._green)

    def _read(self, path: str) -> bytes | None:
        try:
            return (self._root / path).read_bytes()
        except OSError, ValueError:
            return None


def _compare(past: Past, path: str, before: bytes | None, now: bytes | None) -> None:
    one, other = _decoded(before), _decoded(now)
    if not path.endswith(".py"):
        past.data[path] = one, other
        return
    is_short = max(len(one or ""), len(other or "")) <= LARGEST
    comparison = compared(one or "", other or "") if is_short else None
    if comparison is not None:
        past.files[path] = comparison


def _decoded(data: bytes | None) -> str | None:
    if data is None:
        return None
    try:
        return decode_source(data)[0]
    except UndecodableError:
        return data.decode("utf-8", "replace")
