"""Which items a set of changes affects, and why. Pure.

Law: an item is among them if what it executes, imports, mentions or reads is another after the changes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from companion.core.ignore import EXTENSIONS
from companion.core.impact.closure import extension_stem
from companion.core.impact.difference import Difference, difference
from companion.core.impact.graph import CONTENT, ENVIRONMENT, EVERY, LISTING, PRESENCE, Graph, Items, common, joined
from companion.core.impact.parts import Source
from companion.core.impact.spreading import Spread
from companion.core.impact.variables import is_variables

RUNNING = ("run_module", "run_path")
"""How an item executes a module as a program, in its own process."""


@dataclass(frozen=True, slots=True)
class Delta:
    """A file before and after, as far as it is Python that parses; ``came`` and ``went`` are files and folders."""

    path: str
    old: Source | None = None
    new: Source | None = None
    came: bool = False
    went: bool = False


@dataclass(slots=True)
class Affected:
    """Lots of items, each with its reason; an item may be in several, of which the first speaks for it."""

    lots: list[tuple[str, Items]] = field(default_factory=list[tuple[str, Items]])
    files: set[str] = field(default_factory=set[str])
    """Where names are bound that are another now: if they are test files, they may hold other items."""
    unproven: set[str] = field(default_factory=set[str])
    """Files whose top level is another in a way that concerns few, as long as they can be imported at all."""

    def add(self, why: str, items: Items) -> None:
        """These, for this reason."""
        if items:
            self.lots.append((why, items))

    def why(self, test: str, number: int) -> str:
        """The reason for this item; empty if it is not affected."""
        return next((why for why, items in self.lots if items.get(test, 0) >> number & 1), "")

    @property
    def items(self) -> Items:
        """All of them."""
        whole: Items = {}
        for _, items in self.lots:
            whole = joined(whole, items)
        return whole


def affected(deltas: Iterable[Delta], graph: Graph) -> Affected:
    """See the module; ``graph`` knows the new sources already, and who imports what came or went."""
    found = Affected()
    spread = Spread(graph)
    for delta in deltas:
        if is_variables(delta.path):
            _variables(delta, graph, found)
            continue
        if delta.path.endswith(EXTENSIONS):
            found.add(f"imports {dotted(delta.path)}", _everyone(delta.path, graph))
        if delta.path.endswith(".py") and (delta.old is not None or delta.new is not None):
            _python(delta, graph, spread, found)
        _read(delta, graph, found)
    found.files |= {path for path, _ in spread.met}
    return found


def dotted(path: str, key: str = "") -> str:
    """``src/shop/cart.py`` and ``Cart.total()`` as ``shop.cart:Cart.total``."""
    stem = extension_stem(path) if path.endswith(EXTENSIONS) else path.removesuffix(".py")
    module = stem.removesuffix("/__init__").removeprefix("src/").replace("/", ".")
    name = key.partition("()")[0]
    return f"{module}:{name}" if name else module


def _python(delta: Delta, graph: Graph, spread: Spread, found: Affected) -> None:
    path, parts = delta.path, difference(delta.old, delta.new)
    for key in sorted(parts.bodies):
        found.add(f"calls {dotted(path, key)}", dict(graph.executing(path, key)))
        for importer in graph.importing(path, key):
            found.add(f"imports {dotted(importer)}, which calls {dotted(path, key)}", _everyone(importer, graph))
    if parts.main:
        for word in RUNNING:
            found.add(f"runs {dotted(path)}", spread.of_word(path, word))
    if parts.module or parts.names or parts.classes or parts.members:
        found.files.add(path)
        found.unproven |= set() if parts.module else {path}
    for why, items in (*_import_time(path, parts, graph, spread), *_asking(delta, parts, graph, spread)):
        found.add(why, items)


def _import_time(path: str, parts: Difference, graph: Graph, spread: Spread) -> Iterator[tuple[str, Items]]:
    if parts.module:
        yield f"imports {dotted(path)}", _everyone(path, graph)
    for name in sorted(parts.names):
        own = spread.executing(path, f"{name}()")  # its header may have changed by itself
        yield f"mentions {dotted(path, name)}", joined(spread.of_names([(path, name)]).items, own)
    for name in sorted(parts.classes):
        if spread.is_open(path, name):
            yield f"imports {dotted(path)}", _everyone(path, graph)
        else:
            yield f"mentions {dotted(path, name)}", spread.of_classes([(path, name)])
    for of, name, always in sorted(parts.members):
        why = f"mentions {dotted(path, f'{of}.{name}')}"
        if spread.is_open(path, of):
            yield f"imports {dotted(path)}", _everyone(path, graph)
        else:
            meeting = spread.of_classes([(path, of)])
            own = spread.executing(path, f"{of}.{name}()")
            always |= spread.is_abstract(path, of, name)  # noqa: PLW2901 - as good as told so
            yield why, joined(own, meeting if always else common(meeting, spread.of_word(path, name)))


def _asking(delta: Delta, parts: Difference, graph: Graph, spread: Spread) -> Iterator[tuple[str, Items]]:
    """Who imports by name what was not there, or is not there any more: that decides whether it can be imported."""
    for name in sorted(parts.names):
        if not (_binds(delta.old, name) and _binds(delta.new, name)):
            for file in sorted({file for file, _ in spread.importing(delta.path, name)}):
                yield f"imports {dotted(file)}, which imports {dotted(delta.path, name)}", _everyone(file, graph)


def _binds(source: Source | None, name: str) -> bool:
    return source is not None and any(name in part.binds for part in source.parts.values())


def _variables(delta: Delta, graph: Graph, found: Affected) -> None:
    """Who reads one of those that are set otherwise now; and the file itself, but not to set them for others."""
    parts = difference(delta.old, delta.new)
    for name in sorted(parts.names):
        found.add(f"reads {name}", dict(graph.executing(ENVIRONMENT, name)))
        for importer in graph.importing(ENVIRONMENT, name):
            found.add(f"imports {dotted(importer)}, which reads {name}", _everyone(importer, graph))
    found.add(f"reads {delta.path}", dict(graph.executing(delta.path, CONTENT)))


def _read(delta: Delta, graph: Graph, found: Affected) -> None:
    """As a file like any other; if it came or went, its folders may have done so with it."""
    _resource(delta.path, CONTENT, f"reads {delta.path}", graph, found)
    if delta.came or delta.went:
        _resource(delta.path, PRESENCE, f"looks for {delta.path}", graph, found)
        for folder in map(str, PurePosixPath(delta.path).parents):
            _resource(folder, LISTING, f"lists {folder}", graph, found)
            for key in (PRESENCE, CONTENT):  # it was there, or it was not
                _resource(folder, key, f"looks for {folder}", graph, found)


def _resource(path: str, key: str, why: str, graph: Graph, found: Affected) -> None:
    found.add(why, dict(graph.executing(path, key)))
    for importer in graph.importing(path, key):
        found.add(f"imports {dotted(importer)}, which {why}", _everyone(importer, graph))


def _everyone(path: str, graph: Graph) -> Items:
    return dict.fromkeys(graph.importers(path), EVERY)
