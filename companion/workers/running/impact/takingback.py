"""Results of earlier runs, where all that they stand on is again as it was then: a branch comes back, an undo."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from companion.core.impact.affected import Delta
from companion.core.impact.history import Differing, is_apart, stands
from companion.core.impact.variables import fingerprint
from companion.messages import ItemFinished
from companion.runtime.remembered import recalled
from companion.store.history import History, Past
from companion.store.records import ItemRecord, Records
from companion.workers.running.impact.known import Known
from companion.workers.running.impact.recording import Recording
from companion.workers.running.sources import Sources


class Disk:
    """See `companion.core.impact.history.Now`."""

    def __init__(self, known: Known, sources: Sources) -> None:
        self._known, self._sources = known, sources

    def variable(self, name: str) -> int:
        """See `Now`."""
        return fingerprint(os.environ.get(name))

    def is_there(self, path: str) -> bool:
        """See `Now`."""
        return self._sources.exists(path)

    def is_told(self, path: str) -> bool:
        """See `Now`."""
        return self._sources.reread(path) == self._known.hash(path)

    def is_module(self, name: str) -> bool:
        """See `Now`."""
        return any(name in self._sources.names_of(path) for path in self._sources.modules)


class TakingBack:
    """Of one project. ``news``: results that have been taken back, for who shows them."""

    def __init__(
        self, root: str, *, records: Records, history: History, known: Known, sources: Sources, recording: Recording
    ) -> None:
        self._root, self._records, self._history = Path(root), records, history
        self._known, self._recording = known, recording
        self._disk = Disk(known, sources)
        self._differing: dict[int, Differing] = {}
        self._apart: dict[tuple[str, int, frozenset[str]], bool] = {}
        self._in_vain: dict[int, frozenset[str]] = {}
        """Test files that import something that differs since a version."""
        self._importing: dict[str, frozenset[str]] = {}
        self.news: list[ItemFinished] = []

    def leave(self, deltas: Iterable[Delta], then: Mapping[str, str], tests: Collection[str]) -> dict[str, int]:
        """These change what held: the version before that, by test file, for those whose last results are of before.

        What ran after a file had changed on the disk, and before that was told, may have seen either.
        """
        version = self._history.leave(then)
        changed = min((self._changed(delta) for delta in deltas), default=0)
        return {test: version for test in tests if self._recording.latest.get(test, 0) < changed}

    def take(self, files: Iterable[str]) -> dict[str, set[str]]:
        """Items of these test files that are not to run, for what they came to is known; by file."""
        self._differing.clear()
        self._apart.clear()
        self._in_vain.clear()
        self._importing.clear()
        return {file: taken for file in files if (taken := self._take(file))}

    def forget(self) -> None:
        """Something else has changed that everything stands on."""
        self._history.clear()

    # ------------------------------------------------------------------------------------------------------

    def _take(self, file: str) -> set[str]:
        stale = {name: of for name, of in self._history.versions(file).items() if self._may_stand(file, of)}
        earlier = [of for of in self._history.past(file) if self._may_stand(file, of.version)]
        if not stale and not earlier:
            return set()
        closure = self._records.closure(file)
        late = frozenset(path for path, is_late in closure.items() if is_late)
        left = {name for name, version in stale.items() if self._is_apart(file, version, late)}
        own = {of.id: of for of in self._records.items(file).values()} if left else {}
        kept = {name for name in left if self._stands(own[name], stale[name])}
        if kept:
            self._records.forget_stale({file: kept})
        return kept | self._take_earlier(file, closure, earlier)

    def _take_earlier(self, file: str, closure: Mapping[str, bool], earlier: Iterable[Past]) -> set[str]:
        left = [of for of in earlier if self._is_apart(file, of.version, of.late)]
        if not left:
            return set()
        known, due = set(self._records.names(file)), self._records.stale_of(file)
        found: dict[str, tuple[Past, ItemRecord, ItemFinished]] = {}
        for past in left:
            if past.item not in found and (past.item in due or past.item not in known):
                record = self._history.record(past.row)
                result = recalled(record.result, ItemFinished)
                if result is not None and self._stands(record, past.version):
                    found[past.item] = past, record, result
        self._restore(file, closure, list(found.values()))
        return set(found)

    def _restore(
        self, file: str, closure: Mapping[str, bool], found: Sequence[tuple[Past, ItemRecord, ItemFinished]]
    ) -> None:
        if not found:
            return
        imports = {path for path, late in closure.items() if late}.union(*(past.late for past, _, _ in found))
        self._records.keep_items(file, [record for _, record, _ in found])
        now = self._recording.closure(file, imports)
        if now != closure:
            self._records.keep_closure(file, now)
        self._history.forget(past.row for past, _, _ in found)
        self.news += [result for _, _, result in found]

    def _may_stand(self, file: str, version: int) -> bool:
        """A quick look: nothing differs that this file is known to import."""
        if version not in self._in_vain:
            self._in_vain[version] = frozenset[str]().union(*map(self._importers, self._since(version)))
        return file not in self._in_vain[version]

    def _importers(self, path: str) -> frozenset[str]:
        if path not in self._importing:
            self._importing[path] = self._records.importers(path)
        return self._importing[path]

    def _is_apart(self, file: str, version: int, late: frozenset[str]) -> bool:
        key = file, version, late
        if key not in self._apart:
            self._apart[key] = is_apart(frozenset(self._recording.closure(file, late)), self._since(version))
        return self._apart[key]

    def _stands(self, record: ItemRecord, version: int) -> bool:
        return stands(self._records.parts(record.parts), self._since(version), self._disk)

    def _since(self, version: int) -> Differing:
        if version not in self._differing:
            then = self._history.then(version)
            both = {name: (before, self._known.hash(name)) for name, before in then.items()}
            self._differing[version] = {name: pair for name, pair in both.items() if pair[0] != pair[1]}
        return self._differing[version]

    def _changed(self, delta: Delta) -> int:
        """When the disk came to hold this, in ns; of what is gone, at the latest."""
        path = self._root / delta.path
        try:
            return path.stat().st_ctime_ns
        except OSError:
            return _folder_changed(path)


def _folder_changed(path: Path) -> int:
    for folder in path.parents:
        try:
            return folder.stat().st_mtime_ns
        except OSError:
            continue
    return 0
