"""Answers to who asks which items changes affect, and what an item stands on. Runs nothing, remembers nothing."""

import ast
import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from companion.core.board import file_of
from companion.core.impact.affected import dotted
from companion.core.impact.graph import CONTENT, ENVIRONMENT, LISTING, PRESENCE
from companion.core.impact.history import MODULES
from companion.core.impact.parts import MODULE
from companion.messages import (
    AffectedItems,
    Explanation,
    Ground,
    RequestAffected,
    RequestExplanation,
    SelectedItem,
    Unaffected,
)
from companion.runtime.git import GitError
from companion.store.records import ItemRecord, PartKey
from companion.workers.running.impact.chosen import Chosen
from companion.workers.running.impact.impact import Impact
from companion.workers.running.impact.preview import Preview
from companion.workers.running.impact.traces import ANYTHING, DATA, EXTERNAL, OPAQUE
from companion.workers.running.sources import Sources

KINDS = ("calls", "fixtures", "imports", "reads", "lists", "looks for", "variables")
"""What an item does, in the order in which people are told."""


class Explaining:
    """For one project."""

    def __init__(self, root: str, impact: Impact, sources: Sources) -> None:
        self._root, self._impact, self._sources = Path(root), impact, sources
        self.preview = Preview(root, impact, sources)

    def answer(self, question: RequestAffected | RequestExplanation) -> AffectedItems | Explanation:
        """What is asked for, or why it cannot be told."""
        if isinstance(question, RequestExplanation):
            return self._explanation(question)
        try:
            return self._affected(question)
        except GitError as error:
            return AffectedItems(question.request, (), 0, problem=str(error))

    # ------------------------------------------------------------------------------------------------------

    def _affected(self, question: RequestAffected) -> AffectedItems:
        chosen = self.chosen(question.since)
        known = self._impact.records.tests()
        external = {name for names in self._impact.records.flagged(EXTERNAL).values() for name in names}
        items = {name: why for file, of in sorted(chosen.items()) for name, why in self._named(file, of)}
        left = {file: number - sum(file_of(name) == file for name in items) for file, number in known.items()}
        rows: tuple[Unaffected, ...] = ()
        if question.explain:
            rows = tuple(self._unaffected(file, items) for file, number in sorted(left.items()) if number > 0)
        return AffectedItems(
            question.request,
            tuple(SelectedItem(name, why, name in external) for name, why in items.items()),
            sum(number for number in left.values() if number > 0),
            rows,
        )

    def chosen(self, since: str) -> dict[str, Chosen]:
        """What would run. Raises GitError."""
        deltas = [*(self.preview.differing(since) if since else ()), *self.preview.unseen()]
        found = self.preview.weigh(deltas) if deltas else {}
        pending = self.preview.pending()
        if found is None:
            found = {file: Chosen("all", None) for file in self._impact.records.tests()}
        return {file: of for file, of in both(pending, found).items() if self._sources.exists(file)}

    def _named(self, file: str, of: Chosen) -> Iterator[tuple[str, str]]:
        """The items; a file stands for those that nobody knows."""
        if of.items is not None:
            yield from of.items.items()
        else:
            yield from ((name, of.why) for name in self._impact.items_of(file) or (file,))

    def _unaffected(self, file: str, items: Mapping[str, str]) -> Unaffected:
        others = [of for of in self._impact.records.items(file).values() if of.id not in items]
        return Unaffected(
            file, len(others), self._dependencies(file, frozenset[int]().union(*(of.parts for of in others)))
        )

    def _dependencies(self, file: str, parts: frozenset[int]) -> int:
        """All that these items do, and all that they import."""
        return len(parts) + len(self._impact.records.closure(file))

    def _explanation(self, question: RequestExplanation) -> Explanation:
        file, item = file_of(question.item), question.item
        record = next((of for of in self._impact.records.items(file).values() if of.id == item), None)
        if record is None:
            return Explanation(question.request, item, problem=f"{item} has not run yet: nothing is known of it")
        stale = self.chosen("").get(file)
        why = ""
        if stale is not None:
            why = stale.why if stale.items is None else stale.items.get(item, "")
        return Explanation(
            question.request, item, why, self._dependencies(file, record.parts), self._grounds(file, record),
            external=bool(record.flags & EXTERNAL), opaque=self._is_opaque(record),
        )  # fmt: skip

    def _is_opaque(self, record: ItemRecord) -> bool:
        return bool(record.flags & OPAQUE) or DATA in self._impact.records.parts(record.parts)

    def _grounds(self, file: str, record: ItemRecord) -> tuple[Ground, ...]:
        parts = self._impact.records.parts(record.parts)
        found: dict[str, set[str]] = {"imports": set(self._impact.records.closure(file)) - {file}}
        fixtures = self._fixtures({path for path, key, _ in parts if key.endswith("()")})
        for part in parts:
            kind, name = _ground(part)
            if kind == "calls" and part[:2] in fixtures:
                kind = "fixtures"
            if kind:
                found.setdefault(kind, set()).add(name)
        return tuple(Ground(kind, tuple(sorted(found[kind]))) for kind in KINDS if found.get(kind))

    def _fixtures(self, paths: Iterable[str]) -> set[tuple[str, str]]:
        """Parts that are fixtures' own code, in these files."""
        found: set[tuple[str, str]] = set()
        for path in paths:
            with contextlib.suppress(OSError, SyntaxError, ValueError, RecursionError):
                tree = ast.parse((self._root / path).read_bytes())
                found |= {(path, f"{name}()") for name in _fixtures_of(tree, "")}
        return found


def both(one: Mapping[str, Chosen], other: Mapping[str, Chosen]) -> dict[str, Chosen]:
    """What either has chosen; the second one's reasons count."""
    both = {**one, **other}
    for file in one.keys() & other.keys():
        first, second = one[file].items, other[file].items
        items = None if first is None or second is None else {**first, **second}
        both[file] = Chosen(other[file].why, items)
    return both


def _ground(part: PartKey) -> tuple[str, str]:
    """What depending on this part is called, and with which name; nothing for what stands for everything."""
    path, key, _ = part
    if part[:2] in (ANYTHING[:2], DATA[:2]) or key == MODULE:
        return "", ""
    if path == ENVIRONMENT:
        return "variables", key
    if path == MODULES:
        return "looks for", key
    match key:
        case _ if key == CONTENT:
            return "reads", path
        case _ if key == LISTING:
            return "lists", path or "."
        case _ if key == PRESENCE:
            return "looks for", path
        case _:
            return "calls", dotted(path, key)


def _fixtures_of(tree: ast.AST, outer: str) -> Iterator[str]:
    """Qualified names of functions that a decorator makes fixtures."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if any(map(_is_fixture, node.decorator_list)):
                yield f"{outer}{node.name}"
        elif isinstance(node, ast.ClassDef):
            yield from _fixtures_of(node, f"{outer}{node.name}.")


def _is_fixture(decorator: ast.expr) -> bool:
    name = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(name).rpartition(".")[2] in {"fixture", "yield_fixture"}
