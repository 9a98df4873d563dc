"""`companion coverage`: which lines the tests execute. What of that is not known yet is found out first."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from companion.core.impact.coverage import FileCoverage, lines_of
from companion.core.impact.statements import EXCLUDED, Statements, statements
from companion.core.text import UndecodableError, content_hash, decode_source
from companion.errors import EngineUnavailableError
from companion.front.port import Engine
from companion.front.words import count
from companion.messages import (
    CaughtUp,
    Change,
    CoverageProgress,
    Covered,
    CoveredFile,
    Disconnected,
    EngineEvent,
    ItemFinished,
    RequestCoverage,
    RequestRun,
    RunAccepted,
    RunFinished,
)

ANNOTATES = 3, 14
"""The first Python that leaves annotations for whoever asks for them."""


@dataclass(frozen=True, slots=True)
class Known:
    """The engine's answer: all lines of which Python told, by file."""

    end: Covered
    files: tuple[CoveredFile, ...]


@dataclass(slots=True)
class Conversation:
    """``show`` gets a few words on how far it has come, whenever they are others."""

    client: Engine
    show: Callable[[str], None]
    by_item: bool = False
    external: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: int = -1
    _newest: int = 0
    _ran: int = 0
    _is_lost: bool = False
    _files: dict[str, CoveredFile] = field(default_factory=dict[str, CoveredFile])
    _end: Covered | None = None

    async def run(self) -> Known:
        """The answer. Raises EngineUnavailableError; closes the client."""
        follow: asyncio.Task[None] | None = None
        try:
            await self.client.start()
            follow = asyncio.get_running_loop().create_task(self._follow())
            await self._have_run()
            return await self._ask()
        finally:
            await self.client.close()
            if follow is not None:
                await asyncio.gather(follow, return_exceptions=True)

    async def _have_run(self) -> None:
        """What has changed runs first; again, where the engine was lost meanwhile."""
        while True:
            self._is_lost = False
            accepted = await self.client.request(lambda number: RequestRun(number, "changed", (), ()))
            wanted = accepted.generation if isinstance(accepted, RunAccepted) else 0
            while self._ended < wanted and not self._is_lost:
                self._news.clear()
                await self._news.wait()
            if not self._is_lost:
                return

    async def _ask(self) -> Known:
        await self.client.request(lambda number: RequestCoverage(number, self.by_item, self.external))
        while self._end is None:  # the answer is one of the events that have yet to be taken
            self._news.clear()
            await self._news.wait()
        if self._end.problem:
            raise EngineUnavailableError(self._end.problem)
        return Known(self._end, tuple(self._files[path] for path in sorted(self._files)))

    async def _follow(self) -> None:
        try:
            async for event in self.client.events():
                self._take(event)
                self._news.set()
        finally:
            self._is_lost = True
            self._news.set()

    def _take(self, event: EngineEvent) -> None:
        match event:
            case CaughtUp():
                self._ran = self._newest = 0
            case Change():
                self._newest = max(self._newest, event.generation)
            case ItemFinished():
                self._ran += 1
                self.show(f"{count(self._ran, 'test')} have run" if self._ran > 1 else "1 test has run")
            case RunFinished() if not self._goes_on(event):
                self._ended = event.generation
            case Disconnected():
                self._is_lost = True
            case CoverageProgress():
                self.show(f"lines: {event.done:,} of {count(event.items, 'test')}")
            case CoveredFile():
                self._files[event.path] = event
            case Covered():
                self._end = event
            case _:
                pass

    def _goes_on(self, run: RunFinished) -> bool:
        """Whether another run takes over what this one left: after a change, or once the runner is back."""
        if not run.cancelled or not run.problem:
            return run.cancelled and self._newest > run.generation
        runner = self.client.board.statuses.get("agent:runner")
        return runner is None or runner.health != "error"


@dataclass(frozen=True, slots=True)
class Report:
    """``files`` that are executed, or that were asked for; ``never`` counts the others, ``edited`` those that are
    others than the answer is about."""

    files: tuple[FileCoverage, ...]
    end: Covered
    never: int = 0
    edited: tuple[str, ...] = ()
    raw: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """Lines of which Python told, by file."""
    contexts: tuple[tuple[str, tuple[tuple[str, tuple[int, ...]], ...]], ...] = ()
    """By file: statements, by item."""


def report(root: Path, known: Known, named: Sequence[str] = (), excluded: Sequence[str] = EXCLUDED) -> Report:
    """Of what lies in these files and folders, if any is named; else of all that is executed. Reads the files."""
    annotates = _version(known.end.python) < ANNOTATES
    files: list[FileCoverage] = []
    edited: list[str] = []
    raw: list[tuple[str, tuple[int, ...]]] = []
    contexts: list[tuple[str, tuple[tuple[str, tuple[int, ...]], ...]]] = []
    never = 0
    for file in known.files:
        if named and not _is_in(file.path, named):
            continue
        if not named and not file.lines:
            never += 1
            continue
        found = _statements(root, file, excluded, annotates=annotates)
        if found is None:
            edited.append(file.path)
            continue
        raw.append((file.path, _lines(file.lines)))
        items = ((of.item, tuple(sorted(found.executed(_lines(of.lines))))) for of in file.items)
        contexts.append((file.path, tuple(sorted(items))))
        files.append(FileCoverage(file.path, found.lines, found.executed(_lines(file.lines))))
    return Report(tuple(files), known.end, never, tuple(edited), tuple(raw), tuple(contexts))


def by_item(told: Report) -> dict[str, tuple[int, int]]:
    """Statements that each item executes, and those among them that no other item does."""
    every: dict[str, int] = {}
    alone: dict[str, int] = {}
    for _, items in told.contexts:
        owners: dict[int, list[str]] = {}
        for item, lines in items:
            every[item] = every.get(item, 0) + len(lines)
            for line in lines:
                owners.setdefault(line, []).append(item)
        for who in owners.values():
            if len(who) == 1:
                alone[who[0]] = alone.get(who[0], 0) + 1
    return {item: (number, alone.get(item, 0)) for item, number in sorted(every.items())}


def _statements(root: Path, file: CoveredFile, excluded: Sequence[str], *, annotates: bool) -> Statements | None:
    """None where the file is another by now, or no Python."""
    try:
        data = (root / file.path).read_bytes()
        if content_hash(data) != file.hash:
            return None
        return statements(decode_source(data)[0], excluded, annotates=annotates)
    except OSError, UndecodableError:
        return None


def _lines(packed: bytes) -> tuple[int, ...]:
    return tuple(lines_of(int.from_bytes(packed, "little")))


def _is_in(path: str, named: Iterable[str]) -> bool:
    return any(path == one or path.startswith(f"{one.rstrip('/')}/") for one in named)


def _version(python: str) -> tuple[int, ...]:
    return tuple(int(part) for part in python.split(".")[:2] if part.isdigit())
