"""What changes would mean, with nothing of it remembered: for who asks, and for what differs from a revision."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from companion.core.impact.affected import Affected, Delta, affected
from companion.core.impact.configuration import decides
from companion.core.impact.parts import NameImport, Source
from companion.runtime import git
from companion.workers.running.impact.chosen import Chosen
from companion.workers.running.impact.impact import Impact
from companion.workers.running.impact.known import COMPUTING, Known, parsed, words_of
from companion.workers.running.sources import Sources


@dataclass(slots=True)
class Ahead:
    """The graph with these sources in the place of those that are known, and what is imported then."""

    known: Known
    sources: Sources
    news: Mapping[str, Source | None]
    closures: Mapping[str, frozenset[str]]
    _words: dict[str, frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        self._words = {path: frozenset(words_of(of)) for path, of in self.news.items() if of is not None}

    def source(self, path: str) -> Source | None:
        """See `companion.core.impact.graph.Graph`."""
        return self.news[path] if path in self.news else self.known.source(path)

    def executing(self, path: str, key: str) -> Mapping[str, int]:
        """See `Graph`."""
        return self.known.executing(path, key)

    def importing(self, path: str, key: str) -> Iterable[str]:
        """See `Graph`."""
        return self.known.importing(path, key)

    def importers(self, path: str) -> frozenset[str]:
        """See `Graph`."""
        news = frozenset(test for test, closure in self.closures.items() if path in closure)
        return self.known.importers(path) | news

    def mentioning(self, word: str) -> Iterable[str]:
        """See `Graph`."""
        return {*self.known.mentioning(word), *(path for path, words in self._words.items() if word in words)}

    def computing(self) -> Iterable[str]:
        """See `Graph`."""
        return self.mentioning(COMPUTING)

    def target(self, path: str, bound: NameImport) -> Iterable[str]:
        """See `Graph`."""
        return self.sources.resolve(path, bound.ref)


class Preview:
    """Asks and answers; what has yet to run stays so."""

    def __init__(self, root: str, impact: Impact, sources: Sources) -> None:
        self._root, self._impact, self._sources = root, impact, sources

    def unseen(self) -> list[Delta]:
        """What the disk holds that nobody has told yet."""
        self._sources.refresh()
        return [delta for change in self._impact.unseen() if (delta := self._delta(change.path)) is not None]

    def differing(self, commit: str) -> list[Delta]:
        """What is not as it was in this commit. Raises GitError."""
        paths = git.differing(self._root, commit)
        then = git.contents(self._root, commit, paths)
        self._sources.refresh()
        return [self._since(path, then.get(path)) for path in paths]

    def weigh(self, deltas: list[Delta]) -> dict[str, Chosen] | None:
        """What these affect; None: everything."""
        if any(decides(delta.path, delta.old, delta.new) for delta in deltas) or not self._impact.records.tests():
            return None
        self._sources.tell({delta.path for delta in deltas}, {delta.path for delta in deltas if delta.went})
        news = {delta.path: delta.new for delta in deltas}
        found = affected(deltas, Ahead(self._impact.known, self._sources, news, self._impact.closures_after(deltas)))
        self._impact.add_general(deltas, found)
        return self._chosen(found)

    def pending(self) -> dict[str, Chosen]:
        """What has yet to run for changes that were told."""
        impact = self._impact
        never = {file for file in self._sources.usual_tests if impact.never_ran(file)}
        stale = impact.records.stale()
        chosen = {file: Chosen("not run yet", items) for file, items in stale.items()}
        return chosen | {file: Chosen("not run yet") for file in never}

    # ------------------------------------------------------------------------------------------------------

    def _chosen(self, found: Affected) -> dict[str, Chosen]:
        stale = self._impact.names(found)
        more = self._impact.may_hold_others(found)
        return {file: Chosen("may hold other items", {}) for file in more if file not in stale} | {
            file: Chosen(next(iter(items.values()), ""), items) for file, items in stale.items() if items
        }

    def _delta(self, path: str) -> Delta | None:
        """None for what does not parse: nothing follows from it yet."""
        known = self._impact.known
        before, old = known.hash(path), known.source(path)
        content, new = known.read(path)
        if content and new is None and path.endswith(".py"):
            return None
        return Delta(path, old, new, came=not before, went=not content)

    def _since(self, path: str, then: bytes | None) -> Delta:
        """What did not parse then may have been anything."""
        old = None if then is None else parsed(path, then)
        content, new = self._impact.known.read(path)
        if content and new is None and path.endswith(".py"):
            new = self._impact.known.source(path)
        return Delta(path, old, new, came=then is None, went=not content)
