"""A graph in memory: real files as texts, and a table of what items have executed."""

from collections.abc import Iterable, Mapping

from impactkit import layout

from companion.core.impact.affected import Affected, Delta, affected
from companion.core.impact.closure import Closures
from companion.core.impact.graph import EVERY, Items
from companion.core.impact.imports import ImportRef
from companion.core.impact.parts import NameImport, Source
from companion.core.impact.source import analyse

type Texts = Mapping[str, str]
type Edits = Mapping[str, str | None]
"""New texts by path; None: there is no such file any more."""
type Seen = Mapping[str, str]
"""By item (``test_a.py::test_x``), or file that is imported: what it executed, as in
``app.py:f() data.json:<content>``."""


class Project:
    """See `companion.core.impact.graph.Graph`. An item executes its own body, too."""

    def __init__(self, files: Texts, executed: Seen, bundles: Seen | None = None) -> None:
        self.files: dict[str, Source | None] = {path: _analysed(path, text) for path, text in files.items()}
        self.tests: dict[str, list[str]] = {}
        self._executed: dict[tuple[str, str], Items] = {}
        self._bundles = {path: set(said.split()) for path, said in (bundles or {}).items()}
        for item, said in executed.items():
            self._add(item, said.split())
        self._importers = self._closures(files)

    def edit(self, edits: Edits) -> Affected:
        """The files are so now: whom that affects."""
        deltas = [self._delta(path, text) for path, text in edits.items()]
        for test, files in self._closures(self.files).items():  # what was imported before counts, too
            self._importers[test] |= files
        return affected(deltas, self)

    def names(self, items: Items) -> set[str]:
        """Items by their ids; a test file for all of its items, those that nobody knows yet, too."""
        whole = {test for test, bits in items.items() if bits == EVERY}
        known = ((name, bits >> n & 1) for test, bits in items.items() for n, name in enumerate(self.tests[test]))
        return whole | {name for name, bit in known if bit and name.partition("::")[0] not in whole}

    # --- what selection asks ------------------------------------------------------------------------------

    def source(self, path: str) -> Source | None:
        return self.files.get(path)

    def executing(self, path: str, key: str) -> Mapping[str, int]:
        return self._executed.get((path, key), {})

    def importing(self, path: str, key: str) -> Iterable[str]:
        return [file for file, said in self._bundles.items() if f"{path}:{key}" in said]

    def importers(self, path: str) -> frozenset[str]:
        return frozenset(test for test, files in self._importers.items() if path in files)

    def mentioning(self, word: str) -> Iterable[str]:
        return [path for path, source in self.files.items() if source is not None and word in _words(source)]

    def computing(self) -> Iterable[str]:
        return [path for path, source in self.files.items() if source is not None and _computes(source)]

    def target(self, path: str, bound: NameImport) -> Iterable[str]:
        return layout(dict.fromkeys(self.files, "")).resolve(path, bound.ref, path.rpartition("/")[0])

    # ------------------------------------------------------------------------------------------------------

    def _add(self, item: str, said: list[str]) -> None:
        test, _, name = item.partition("::")
        items = self.tests.setdefault(test, [])
        bit = 1 << len(items)
        items.append(item)
        own = f"{test}:{name.partition('[')[0].replace('::', '.')}()"
        for what in {own, *said}:
            path, _, key = what.partition(":")
            of = self._executed.setdefault((path, key), {})
            of[test] = of.get(test, 0) | bit

    def _delta(self, path: str, text: str | None) -> Delta:
        came, old = path not in self.files, self.files.pop(path, None)
        new = _analysed(path, text) if text is not None else None
        if text is not None:
            self.files[path] = new
        return Delta(path, old, new, came=came, went=text is None)

    def _closures(self, files: Iterable[str]) -> dict[str, frozenset[str]]:
        closures = Closures(layout(dict.fromkeys(files, "")), self._imports)
        return {test: closures.of(test) for test in self.tests}

    def _imports(self, path: str) -> tuple[ImportRef, ...]:
        source = self.files.get(path)
        return source.imports if source is not None else ()


def selected(files: Texts, edits: Edits, executed: Seen, bundles: Seen | None = None) -> tuple[set[str], Affected]:
    """Whom these edits affect, as `Project.names` has it, and all that is told of it."""
    project = Project(files, executed, bundles)
    found = project.edit(edits)
    return project.names(found.items), found


def check(files: Texts, edits: Edits, executed: Seen, expected: str, bundles: Seen | None = None) -> None:
    """These edits affect exactly these: ids, and test files for all of theirs."""
    assert selected(files, edits, executed, bundles)[0] == set(expected.split())


def _analysed(path: str, text: str) -> Source | None:
    if not path.endswith(".py"):
        return None
    source = analyse(text)
    assert source is not None, path
    return source


def _words(source: Source) -> set[str]:
    mentions = [part.mentions for part in source.parts.values()]
    return {word for of in mentions for word in of.names | of.words} | {b.name or b.alias for b in source.bound}


def _computes(source: Source) -> bool:
    return any(p.mentions.computes or p.mentions.enumerates or p.mentions.prefixes for p in source.parts.values())
