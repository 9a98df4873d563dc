"""What a mutation changes by a full fresh run, and what is selected for it: by companion, and by testmon."""

import contextlib
from collections.abc import AsyncIterator, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TypeGuard

from benchmarks.engine import Front
from benchmarks.mutation.mutants import Mutant
from benchmarks.mutation.sides import Outcomes, Plain, Testmon
from companion.core.board import file_of
from companion.messages import Change, ItemFinished, Message, RunFinished, Selected


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a run was begun with, each item or file with the reason, and what of that ran."""

    why: Mapping[str, str]
    ran: frozenset[str]

    def covers(self, node_id: str) -> bool:
        """Whether it, its whole file, or something that it lies below, was chosen or could not be collected."""
        return not self._above(node_id).isdisjoint(self.why.keys() | self.ran)

    def _above(self, node_id: str) -> set[str]:
        file = file_of(node_id)
        folders = [parent.as_posix() for parent in PurePosixPath(file).parents]
        return {node_id, file, *folders, *(f"{folder}/conftest.py".removeprefix("./") for folder in folders)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """``differing`` are items whose outcome a fresh run changes, ``missed`` those of them that were not selected, and
    ``wrong`` items that companion shows otherwise than the fresh run does (both outcomes).

    ``undone`` is how many items the way back selects; ``peer_missed`` is testmon's.
    """

    mutant: Mutant
    items: int
    differing: frozenset[str]
    missed: frozenset[str]
    wrong: Mapping[str, tuple[str, str]]
    why: Mapping[str, str]
    selected: int
    undone: int
    import_broke: bool
    peer_selected: int = 0
    peer_missed: frozenset[str] = field(default_factory=frozenset[str])

    @property
    def share(self) -> float:
        """Of the suite, that companion selected."""
        return self.selected / max(1, self.items)

    @property
    def peer_share(self) -> float:
        """Of the suite, that testmon selected."""
        return self.peer_selected / max(1, self.items)


class Judge:
    """One project: companion's copy with its front, another for the truth, and one for testmon, perhaps.

    The suite must have run in all of them.
    """

    def __init__(self, front: Front, root: Path, truth: Plain, peer: Testmon | None = None) -> None:
        self._front, self._root, self._truth, self._peer = front, root, truth, peer
        first, second = (truth.outcomes() or {} for _ in range(2))
        self.before = first
        self.unsteady = {name for name in first | second if first.get(name) != second.get(name)}

    async def judge(self, mutants: Iterable[Mutant]) -> AsyncIterator[Verdict]:
        """One after the other, each undone; those whose suite does not end are left out."""
        for mutant in mutants:
            with changed(self._truth.root, mutant):
                after = self._truth.outcomes()
            if after is not None:
                yield await self._compare(mutant, after)

    async def _compare(self, mutant: Mutant, after: Outcomes) -> Verdict:
        before = self.before
        chosen = await self._write(mutant.path, mutant.after)
        shown = {name: _outcome(item) for name, item in self._front.board.results.items()}
        undone = await self._write(mutant.path, mutant.before)
        differing = {name for name in before | after if before.get(name) != after.get(name)} - self.unsteady
        gone = {name for name in differing if name not in after and name not in shown}
        pairs = {name: (after.get(name, "-"), shown.get(name, "-")) for name in (after | shown if after else ())}
        testmon = self._testmon(mutant)
        return Verdict(
            mutant,
            len(before),
            frozenset(differing),
            frozenset(name for name in differing - gone if not chosen.covers(name)),
            {name: pair for name, pair in pairs.items() if len(set(pair)) > 1 and name not in self.unsteady},
            chosen.why,
            self._count(chosen),
            self._count(undone),
            any("::" not in name for name in after.keys() - before.keys()) or not after,
            self._count(testmon),
            frozenset(name for name in differing if after and name in before and not testmon.covers(name)),
        )

    def _count(self, chosen: Chosen) -> int:
        return sum(map(chosen.covers, self.before | dict.fromkeys(chosen.ran, "")))

    async def _write(self, path: str, data: bytes) -> Chosen:
        since = len(self._front.log)
        put(self._root / path, data)
        told = await self._front.hear(lambda event: isinstance(event, Change) and path in event.files, since)
        assert isinstance(told.event, Change)
        generation = told.event.generation
        with contextlib.suppress(TimeoutError):  # a mutant that hangs; what was selected is known
            await self._front.hear(lambda event: _is_verdict(event) and event.generation >= generation, since)
        return self._chosen(generation, since)

    def _chosen(self, generation: int, since: int) -> Chosen:
        events = [heard.event for heard in self._front.log[since:]]
        own = [event for event in events if getattr(event, "generation", -1) >= generation]
        items = [item for event in own if isinstance(event, Selected) for item in event.items]
        ran = (event.id for event in own if isinstance(event, ItemFinished))
        return Chosen({item.id: item.why for item in items}, frozenset(ran))

    def _testmon(self, mutant: Mutant) -> Chosen:
        if self._peer is None:
            return Chosen({}, frozenset())
        with changed(self._peer.root, mutant):
            ran = self._peer.selected() or {}
        return Chosen(dict.fromkeys(ran, ""), frozenset(ran))


@contextlib.contextmanager
def changed(root: Path, mutant: Mutant) -> Generator[None]:
    """The project is mutated meanwhile."""
    put(root / mutant.path, mutant.after)
    try:
        yield
    finally:
        put(root / mutant.path, mutant.before)


def put(path: Path, data: bytes) -> None:
    """Write a file beside it and move it into place, as editors do."""
    beside = path.with_name(f".{path.name}.swp")
    beside.write_bytes(data)
    beside.replace(path)


def _is_verdict(event: Message) -> TypeGuard[RunFinished]:
    return isinstance(event, RunFinished) and not event.cancelled


def _outcome(item: ItemFinished) -> str:
    """In pytest's words."""
    return "error" if any(said.startswith("teardown failed") for said in item.reports) else item.outcome
