"""How far the change of a name goes: along statements that bind others to it, to code that speaks of it. Pure.

A name is ``(path, name)``, of the module's top level. Code may get at it by that name in its own module, by the name
that it was imported under, and as an attribute anywhere. What speaks of it and does more than bind a name takes
everybody along who imports it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from companion.core.impact.graph import EVERY, Graph, Items, joined, within
from companion.core.impact.parts import MODULE, Mentions, Part, Source

type Name = tuple[str, str]

DEEPEST = 8
"""Re-exports that a base class is followed through."""


@dataclass(slots=True)
class Reach:
    """Whom some names reach: ``items``, and names of everything that is bound to them."""

    items: Items = field(default_factory=dict[str, int])
    names: set[Name] = field(default_factory=set[Name])


class Spread:
    """For one set of changes; what is found of a name is kept."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.met: set[Name] = set()
        """All names that any of these changes has reached."""

    def of_names(self, names: Iterable[Name]) -> Reach:
        """Who speaks of one of these."""
        reach = Reach(names=set(names))
        left = list(reach.names)
        while left:
            path, name = left.pop()
            tests = self._graph.importers(path)
            for file, part in self._speaking(path, name):
                left += self._take(reach, file, part, tests)
            for entry in self.importing(path, name):
                if entry not in reach.names:
                    reach.names.add(entry)
                    left.append(entry)
        self.met |= reach.names
        return reach

    def of_word(self, path: str, word: str) -> Items:
        """Who says this word in any way, and imports the file that it is about."""
        tests = self._graph.importers(path)
        reach = Reach()
        left = [
            entry
            for file in {path, *self._graph.mentioning(word), *self._graph.computing()}
            for part in _parts(self._graph.source(file))
            if speaks(part.mentions, word, at_home=True) or (file == path and part.mentions.computes)
            for entry in self._take(reach, file, part, tests)
        ]
        return joined(reach.items, within(self.of_names(left).items, tests))

    def of_classes(self, classes: Iterable[Name]) -> Items:
        """Who meets one of these classes, or one that extends it."""
        whole = set(classes)
        for one in list(whole):
            whole |= self.extending(one)
        self.met |= whole
        return joined(self.of_names(whole).items, self._executing_bodies(whole))

    def executing(self, path: str, key: str) -> Items:
        """Whose outcome this body has a part in: who runs it, and who imports a file that runs it while imported."""
        items: Items = dict(self._graph.executing(path, key))
        for importer in self._graph.importing(path, key):
            items = joined(items, dict.fromkeys(self._graph.importers(importer), EVERY))
        return items

    def extending(self, base: Name) -> set[Name]:
        """Classes of the project below this one."""
        found: set[Name] = set()
        left = [base]
        while left:
            one = left.pop()
            for file in {one[0], *self._graph.mentioning(one[1].rpartition(".")[2]), *self._aliasing(one)}:
                source = self._graph.source(file)
                for name, shape in source.classes.items() if source is not None else ():
                    if (file, name) not in found and any(self.base(file, written) == one for written in shape.bases):
                        found.add((file, name))
                        left.append((file, name))
        return found

    def is_open(self, path: str, name: str) -> bool:
        """Whether a change of this class may be noticed by whoever imports it: it, or one above it, or one that
        nobody knows, may do anything with it."""
        source = self._graph.source(path)
        shape = source.classes.get(name) if source is not None else None
        if shape is None or shape.kind == "open":
            return True
        return any(self._is_open_base(path, written) for written in shape.bases)

    def is_abstract(self, path: str, name: str, member: str) -> bool:
        """Whether this class, or one above it, declares the member to be abstract: that decides who may make one."""
        source = self._graph.source(path)
        shape = source.classes.get(name) if source is not None else None
        if shape is None or member in shape.abstract:
            return True
        found = (self.base(path, written) for written in shape.bases)
        return any(above is None or self.is_abstract(*above, member) for above in found)

    def base(self, path: str, written: str) -> Name | None:
        """The project's class that this base is; None where that cannot be told."""
        return self._class(path, written, DEEPEST)

    def importing(self, path: str, name: str) -> Iterator[Name]:
        """What this name is called where it is imported from here."""
        for file in {*self._graph.mentioning(name), *self._graph.mentioning("*")} - {path}:
            source = self._graph.source(file)
            for bound in source.bound if source is not None else ():
                if bound.name in (name, "*") and path in self._graph.target(file, bound):
                    yield file, bound.alias if bound.name == name else name

    # ------------------------------------------------------------------------------------------------------

    def _is_open_base(self, path: str, written: str) -> bool:
        found = self.base(path, written)
        return found is None or self.is_open(*found)

    def _class(self, path: str, written: str, deepest: int) -> Name | None:
        source = self._graph.source(path)
        if source is None or not deepest:
            return None
        if written in source.classes:
            return path, written
        first, _, rest = written.partition(".")
        for bound in source.bound:
            if bound.alias not in (first, "*"):
                continue
            for target in self._graph.target(path, bound):
                found = self._class(target, _called_there(bound.name, first, rest), deepest - 1)
                if found is not None:
                    return found
        return None

    def _aliasing(self, name: Name) -> Iterator[str]:
        """Files that import it under another name."""
        yield from {file for file, _ in self.importing(*name)}

    def _speaking(self, path: str, name: str) -> Iterator[tuple[str, Part]]:
        source = self._graph.source(path)
        for part in _parts(source):
            is_itself = name in part.binds and part.key != MODULE  # which imports it, and does something with it
            if speaks(part.mentions, name, at_home=True) and not is_itself:
                yield path, part
        for file in {*self._graph.mentioning(name), *self._graph.computing()} - {path}:
            source = self._graph.source(file)
            holding = self._holding(file, source, path)
            for part in _parts(source):
                computes = part.mentions.computes and not holding.isdisjoint(part.mentions.names)
                if computes or speaks(part.mentions, name, at_home=False):
                    yield file, part

    def _holding(self, file: str, source: Source | None, module: str) -> frozenset[str]:
        """What this module is called in a file that imports it as a whole: any name of it may be looked up."""
        if source is None or not any(part.mentions.computes for part in source.parts.values()):
            return frozenset()
        return frozenset(
            bound.alias for bound in source.bound if bound.name != "*" and module in self._graph.target(file, bound)
        )

    def _take(self, reach: Reach, file: str, part: Part, tests: frozenset[str]) -> list[Name]:
        """Whom this part takes along; the names that are bound by it are changed names, too."""
        news: set[Name] = set()
        found: Items = {}
        if part.kind == "body":
            found = self.executing(file, part.key)
        elif part.key == MODULE:
            found = dict.fromkeys(self._graph.importers(file), EVERY)
        elif part.kind == "binding":
            found = self.executing(file, f"{part.key}()")  # it decides how its function is called
            news = {(file, name) for name in part.binds}
        elif part.kind != "main":
            found, news = self._class_of(file, part)
        reach.items = joined(reach.items, within(found, tests))
        news -= reach.names
        reach.names |= news
        return list(news)

    def _class_of(self, file: str, part: Part) -> tuple[Items, set[Name]]:
        """A class, or one of its members, is another: whoever meets the class may notice."""
        one = file, part.key if part.kind == "class" else part.key.rpartition(".")[0]
        whole = {one, *self.extending(one)}
        if any(self.is_open(*name) for name in whole):
            return dict.fromkeys(self._graph.importers(file), EVERY), whole
        return self._executing_bodies(whole), whole

    def _executing_bodies(self, classes: Iterable[Name]) -> Items:
        items: Items = {}
        for path, name in classes:
            for key in _keys_in(self._graph.source(path), name):
                items = joined(items, self.executing(path, key))
        return items


def speaks(mentions: Mentions, name: str, *, at_home: bool) -> bool:
    """Whether code with these mentions may get at this name; ``at_home``: also as a variable of the same module."""
    if name in mentions.words or (at_home and (name in mentions.names or mentions.enumerates)):
        return True
    return mentions.enumerates or name.startswith(tuple(mentions.prefixes))


def _called_there(name: str, first: str, rest: str) -> str:
    """What ``first.rest`` is called in the module that this import takes it from."""
    return ".".join(filter(None, (first if name == "*" else name, rest)))


def _parts(source: Source | None) -> Iterable[Part]:
    return source.parts.values() if source is not None else ()


def _keys_in(source: Source | None, name: str) -> Iterator[str]:
    """Bodies of a class."""
    for part in _parts(source):
        if part.kind == "body" and part.key.startswith(f"{name}."):
            yield part.key
