"""What changes mean for the items that are known, and what of it has yet to run. The runner's side of selection."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping

from companion.core.ignore import EXTENSIONS
from companion.core.impact.affected import Affected, Delta, affected
from companion.core.impact.configuration import CONFIGURATION, decides
from companion.core.impact.graph import EVERY
from companion.core.impact.history import MODULES
from companion.core.impact.selection import is_prose
from companion.core.impact.texts import UNKNOWN, Texts
from companion.messages import FileChange, SuiteKnown
from companion.runtime.remembered import kept, recalled
from companion.store.database import Database
from companion.store.fingerprint import Packages
from companion.store.history import History
from companion.store.records import Records
from companion.workers.running.impact.chosen import Chosen
from companion.workers.running.impact.known import Known
from companion.workers.running.impact.proving import Proving
from companion.workers.running.impact.recording import Recording
from companion.workers.running.impact.surroundings import Surroundings
from companion.workers.running.impact.takingback import TakingBack
from companion.workers.running.impact.traces import ANYTHING, DATA, RED
from companion.workers.running.sources import Sources, SuiteFacts


class Impact:
    """See the module. ``broken`` are files that did not parse when they changed last: what they held before
    counts."""

    def __init__(self, root: str, facts: SuiteFacts, sources: Sources, database: Database | None = None) -> None:
        self._facts, self._sources = facts, sources
        self._own = database is None
        self._database = database or Database(root, "state.db")
        self.records = Records(self._database)
        self.known = Known(root, self.records, sources)
        history = History(self._database)
        self.recording = Recording(self.records, self.known, sources)
        self.taking_back = TakingBack(
            root, records=self.records, history=history, known=self.known, sources=sources, recording=self.recording
        )
        self.broken: set[str] = set()
        self.ordered: Collection[str] = ()
        """Test files of which items depend on each other: all of one is run, or nothing."""
        self.surroundings = Surroundings(self.records, self.known, self.taking_back)
        self.proving = Proving(self.records, self.known, facts)
        self.texts, self.green = Texts(), Texts()
        """What files held that are others now: for shadow runs, and since items were green."""
        self._told: set[str] = set()

    def take(self, changes: Iterable[FileChange]) -> dict[str, Chosen]:
        """These files changed: what of the suite that affects. It is remembered until it has run."""
        self.recording.keep()
        self.proving.unproven.clear()
        changes = tuple(changes)
        if self.configured(change.path for change in changes):
            self.records.keep_memo(CONFIGURED, b"1")
        then: dict[str, str] = {}
        deltas: list[Delta] = []
        is_clear = True
        for change in changes:
            before = self.known.hash(change.path)
            delta = self._delta(change)
            if delta is not None:
                deltas.append(delta)
                was_read = before == self.known.hash(change.path)  # in between: who knows what ran before
                then[change.path] = change.base if was_read else before or change.base
                is_clear = is_clear and not was_read
        if not deltas:
            return {}
        tests = self._closures(deltas)
        found = affected(deltas, self.known)
        self.add_general(deltas, found)
        for test, closure in tests.items():
            self.records.keep_closure(test, closure)
        self.proving.unproven = found.unproven
        versions = self.taking_back.leave(deltas, then, found.items if is_clear else ())
        chosen = self._by_item(found, versions)
        again = self.proving.not_imported() | self._unknown(deltas)
        whole = {*again, *self.may_hold_others(found), *(delta.path for delta in deltas if delta.came)}
        chosen = again | chosen
        return self._without_known(chosen | self.proving.trials(chosen), whole)

    def recall(self, packages: Packages) -> None:
        """Take in what a runner before this one has left; ``packages`` is what is installed now."""
        known = recalled(self.records.memo(SUITE) or b"", SuiteKnown)
        if known is not None:
            self._facts.restore(known)
            self._sources.restore(known)
        self._facts.items = self.records.tests()
        self.surroundings.installed(packages)
        self.surroundings.variables(os.environ)
        for path in sorted(CONFIGURATION):
            self.known.meet(path)

    def remember(self, known: SuiteKnown) -> None:
        """For the next runner."""
        self.records.keep_memo(SUITE, kept(known))

    def since(self) -> dict[str, Chosen] | None:
        """What has yet to run, whoever was there to see it change; None: everything."""
        changes = self.unseen()
        self.take(changes)
        if self.records.memo(CONFIGURED) or not self.records.whole():
            return None
        usual = {file for file in self._sources.usual_tests if self.never_ran(file)}
        for test, names in self.records.flagged(RED).items():
            self.records.keep_stale({test: dict.fromkeys(names, "failed before")})
        return self.due({*self.records.stale(), *usual})

    def configured(self, changed: Iterable[str]) -> list[str]:
        """Those of these files that configure all tests, and do so otherwise than when they were told last."""
        return [path for path in sorted(CONFIGURATION & {*changed}) if self._configures_otherwise(path)]

    def has_run(self) -> None:
        """All that changes have affected, and as everything is configured now."""
        if self.records.memo(CONFIGURED):
            self.records.keep_memo(CONFIGURED, b"")

    def gone(self) -> tuple[str, ...]:
        """Test files that are not there any more."""
        return tuple(test for test in self.records.tests() if not self._sources.exists(test))

    def unseen(self) -> list[FileChange]:
        """What the disk holds now that nobody has told."""
        return [
            FileChange(path, "modified" if now else "deleted", before, now, (), None)
            for path, before in self.records.hashes().items()
            if (now := self._sources.reread(path)) != before
        ]

    def never_ran(self, file: str) -> bool:
        """A test file that came while nobody looked, or of which only a part has run; those that were read and hold
        no items need not be looked at again."""
        return file not in self.records.whole() and (file in self.records.tests() or not self.records.file(file))

    def due(self, files: Collection[str]) -> dict[str, Chosen]:
        """What has yet to run of these test files; all of those of which nothing is known."""
        stale = self.records.stale()
        whole = self.records.whole()
        return {file: Chosen("not run yet", stale.get(file) if file in whole else None) for file in files}

    def mended(self) -> list[str]:
        """Files that parse again, or are gone, since this was asked last."""
        mended = sorted(self._told - self.broken)
        self._told = set(self.broken)
        return mended

    def items_of(self, file: str) -> tuple[str, ...]:
        """The items that are known of a test file."""
        return tuple(record.id for record in self.records.items(file).values())

    def others(self, file: str, chosen: Chosen) -> tuple[str, ...]:
        """The known items of a test file that are not chosen."""
        if chosen.items is None:
            return ()
        return tuple(node_id for node_id in self.items_of(file) if node_id not in chosen.items)

    def close(self) -> None:
        """Keep what is new."""
        self.recording.keep()
        if self._facts.items:
            self.remember(self._facts.known(self._sources))
        if self._own:
            self._database.close()

    # ------------------------------------------------------------------------------------------------------

    def _delta(self, change: FileChange) -> Delta | None:
        """What a file was and is; None where nothing follows from it, as long as it does not parse."""
        path = change.path
        before, old = self.known.hash(path), self.known.source(path)
        content, new = self.known.read(path)
        if content == before and (change.base == content or path in self.broken):
            self.broken.discard(path)
            return None
        self.broken.discard(path)
        if content == before:  # it was read in between, by us: nobody knows what it was
            old = None
        if content and new is None and path.endswith(".py"):
            self.broken.add(path)
            return None
        held = self._held(change, before, content)
        self.texts.note(path, held)
        self.green.note(path, held)
        self.known.tell(path, content, new)
        return Delta(path, old, new, came=not change.base or not before, went=not content)

    def _held(self, change: FileChange, before: str, content: str) -> bytes | None:
        """What this file held, as `Texts` has it."""
        if not before and not change.base:
            return None
        return self.known.before(change.path) if before not in ("", content) else UNKNOWN

    def _configures_otherwise(self, path: str) -> bool:
        content, now = self.known.read(path)
        is_told = content == self.known.hash(path)  # by us, in between: nobody knows what it was
        return is_told or decides(path, self.known.source(path), now)

    def _closures(self, deltas: Iterable[Delta]) -> dict[str, dict[str, bool]]:
        """Who imports what, before and after; returned as it is afterwards, for those of which it is another now."""
        self._sources.tell({delta.path for delta in deltas}, {delta.path for delta in deltas if delta.went})
        if not any(_imports_differ(delta) for delta in deltas):
            return {}
        news: dict[str, dict[str, bool]] = {}
        for test, before, now in self._closures_now():
            if now != before:
                news[test] = now
                self.records.keep_closure(test, now | before)
        return news

    def _closures_now(self) -> Iterator[tuple[str, dict[str, bool], dict[str, bool]]]:
        for test in self.records.tests():
            before = self.records.closure(test)
            yield test, before, self.recording.closure(test, {path for path, late in before.items() if late})

    def closures_after(self, deltas: Iterable[Delta]) -> dict[str, frozenset[str]]:
        """What test files may import after these, where that may be something else than before."""
        if not any(_imports_differ(delta) for delta in deltas):
            return {}
        return {test: frozenset(now) for test, _, now in self._closures_now()}

    def add_general(self, deltas: Iterable[Delta], found: Affected) -> None:
        """Add who depends on anything, and who looked for a module that there is now."""
        for delta in deltas:
            if not is_prose(delta.path):
                found.add("opaque: starts processes", dict(self.known.executing(*ANYTHING[:2])))
            if not delta.path.endswith(".py") and not is_prose(delta.path):
                found.add(f"may read {delta.path}", dict(self.known.executing(*DATA[:2])))
            for module in self._sources.names_of(delta.path) if delta.came else ():
                found.add(f"looks for {module}", dict(self.known.executing(MODULES, module)))

    def _without_known(self, chosen: dict[str, Chosen], whole: set[str]) -> dict[str, Chosen]:
        """What is left to run where results of earlier runs are good again; ``whole`` are files to collect anew.

        As long as files do not parse, nobody knows what results stand on.
        """
        taken = self.taking_back.take({*chosen, *whole}) if not self.broken else {}
        stale = self.records.stale() if taken else {}
        for file in taken:
            items = stale.get(file, {})
            if items or file in whole:
                chosen[file] = Chosen(chosen[file].why if file in chosen else "new", items)
            else:
                chosen.pop(file, None)
        return chosen

    def _by_item(self, found: Affected, versions: Mapping[str, int]) -> dict[str, Chosen]:
        stale = self.names(found)
        chosen = {file: Chosen("may hold other items", {}) for file in self.may_hold_others(found)}
        for test, bits in found.items.items():
            why = next(iter(stale[test].values()), "")
            chosen[test] = Chosen(why, None if bits == EVERY else stale[test])
        self.records.keep_stale(stale, versions)
        return chosen

    def _unknown(self, deltas: Collection[Delta]) -> dict[str, Chosen]:
        """Test files of which the store has nothing, though they have run: it was removed. All that they may import
        or read counts."""
        changed = {delta.path for delta in deltas}
        read = any(not path.endswith(".py") and not is_prose(path) for path in changed)
        unknown = self._facts.test_files - self.records.tests().keys()
        return {file: Chosen("not run yet") for file in unknown if read or changed & self._sources.closure(file)}

    def names(self, found: Affected) -> dict[str, dict[str, str]]:
        """The known items among these, with the reasons, by test file."""
        return {
            test: {
                of.id: found.why(test, number)
                for number, of in self.records.items(test).items()
                if bits >> number & 1
            }
            for test, bits in found.items.items()
        }

    def may_hold_others(self, found: Affected) -> frozenset[str]:
        """Test files that may hold other items after these changes."""
        return frozenset(found.files & self._facts.test_files)


SUITE = "suite"
CONFIGURED = "configured"
"""Set as long as not all has run with a configuration that has been taken in."""


def _imports_differ(delta: Delta) -> bool:
    if delta.path.endswith(EXTENSIONS):
        return delta.came or delta.went
    return delta.path.endswith(".py") and (
        delta.old is None or delta.new is None or delta.old.imports != delta.new.imports
    )
