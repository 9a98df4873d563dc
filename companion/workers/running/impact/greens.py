"""What has changed since an item was green: the texts as they were then, and as they are."""

import zlib
from collections.abc import Container, Iterable
from pathlib import Path

from companion.core.board import RED, file_of
from companion.core.impact.texts import LAID, UNKNOWN, Texts
from companion.core.rerun import GREEN
from companion.core.text import content_hash
from companion.messages import ItemFinished
from companion.store.records import Records
from companion.workers.running.impact.known import LARGEST, Known
from companion.workers.running.impact.past import Past
from companion.workers.running.impact.traces import RED as RED_FLAG


class Greens:
    """Which items are green, or red since when; and what the project held before that.

    An item that a change does not affect is green with it, too: so what counts is what has changed since the first
    change that affects it.
    """

    def __init__(self, root: str, records: Records, known: Known, texts: Texts) -> None:
        self._root, self._records, self._known, self._texts = Path(root), records, known, texts
        self._green: dict[str, set[str]] = {}
        self._red: dict[str, dict[str, int | None]] = {}
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
        node_id, file = message.id, file_of(message.id)
        green, red = self._green.setdefault(file, set()), self._red.setdefault(file, {})
        if message.outcome in RED:
            if node_id not in red:
                was_green = node_id in green or self._was_green(node_id)
                red[node_id] = self._due.get(node_id, self._base) if was_green else None
            green.discard(node_id)
            return
        red.pop(node_id, None)
        if message.outcome in GREEN and not message.state:
            green.add(node_id)

    def mark(self, node_id: str) -> int | None:
        """Of a red item: when it was green last, if that is known and something has changed since."""
        mark = self._red.get(file_of(node_id), {}).get(node_id)
        return mark if mark is not None and mark < self._texts.mark else None

    def whole(self, file: str, items: Iterable[str]) -> None:
        """This file has run whole: there are no others, or other failures of it, any more."""
        now = set(items)
        self._green[file] = self._green.get(file, set()) & now
        self._red[file] = {name: mark for name, mark in self._red.get(file, {}).items() if name in now}

    def forget(self) -> None:
        """What nobody who is red now can ask for."""
        gone = [file for file, red in self._red.items() if red and not (self._root / file).exists()]
        for file in gone:
            self.whole(file, ())
        marks = [mark for red in self._red.values() for mark in red.values()] + [*self._due.values()]
        self._texts.forget(min((mark for mark in marks if mark is not None), default=self._texts.mark))

    def files(self, node_id: str) -> tuple[str, ...]:
        """The test file to run for an item; for what is none, one that it keeps from being collected."""
        file = file_of(node_id)
        if file.endswith(".py") and not file.endswith(("conftest.py", "__init__.py")):
            return (file,)
        folder = file.rpartition("/")[0] if file.endswith(".py") else file
        tests = self._records.tests()
        return tuple(test for test in tests if folder in ("", ".") or test.startswith(f"{folder}/"))[:1]

    def past(self, mark: int, imported: Container[str]) -> Past:
        """What has changed since then; Python files that may be ``imported`` are yet to be compared."""
        past, room = Past(), LAID
        notes = self._texts.since(mark)
        for path in sorted(notes, key=lambda path: not path.endswith(".py")):
            deflated = notes[path]
            before = zlib.decompress(deflated) if deflated else None
            room -= len(before or b"")
            if deflated == UNKNOWN or room < 0 or self._is_large(path):
                past.complete = False
                continue
            now = self._read(path)
            past.current = past.current and (content_hash(now) if now is not None else "") == self._known.hash(path)
            if before != now:
                past.add(path, before, now, imported)
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
        return bool(self._stored[file]) or bool(self._green.get(file))

    def _is_large(self, path: str) -> bool:
        try:
            return (self._root / path).stat().st_size > LARGEST
        except OSError, ValueError:
            return False

    def _read(self, path: str) -> bytes | None:
        try:
            return (self._root / path).read_bytes()
        except OSError, ValueError:
            return None
