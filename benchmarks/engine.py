"""A front that notes when it heard what: the real client and the real engine, with a clock beside them."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.procs import busy, settle, wait_gone
from companion.core.board import Board, file_of
from companion.front.client import Client
from companion.messages import (
    Change,
    Diagnosis,
    EngineEvent,
    ItemFinished,
    ItemStarted,
    Message,
    RequestDiagnosis,
    RequestRun,
    RunAccepted,
    RunFinished,
    Selected,
    ShutDown,
    Welcome,
)  # fmt: skip

DEADLINE = 60.0
"""Seconds that anything may take."""
UNTRIED = "not tried in an interpreter yet"
"""What is said of such files; of those that can only be tried once they are green again, too."""
LOOKS, PATIENCE = 20, 120.0
"""How often, and for how many seconds at most, an engine that tries is waited for."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An event, and when it came (`time.perf_counter`)."""

    at: float
    event: EngineEvent


@dataclass(frozen=True, slots=True)
class Saved:
    """Seconds from the save until each step was heard of, the engine's processor time meanwhile, and what was run."""

    change: float
    selected: float
    started: float
    first: float
    last: float
    verdict: float
    cpu: float
    files: tuple[str, ...]
    lanes: frozenset[str]
    run: RunFinished


class Front:
    """As context manager: joins the root's engine, starting one if there is none, and ends the engine with itself."""

    _ends_engine = True

    def __init__(self, root: Path) -> None:
        self.log: list[Heard] = []
        self.engine = 0
        self.began = 0.0
        self._client = Client(root, front="benchmark")
        self._news = asyncio.Event()
        self._follower: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.began = time.perf_counter()
        await self._client.start()
        self._follower = asyncio.create_task(self._follow())
        welcome = (await self.hear(lambda event: isinstance(event, Welcome))).event
        assert isinstance(welcome, Welcome)
        self.engine = welcome.pid
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ends_engine:
            self._client.send(ShutDown())
        await self._client.close()  # at once: a client whose engine is gone starts another
        if self._follower is not None:
            await self._follower
        if self._ends_engine:
            await asyncio.to_thread(wait_gone, self.engine)

    @property
    def board(self) -> Board:
        """What is known now."""
        return self._client.board

    async def hear(self, matches: Callable[[EngineEvent], bool], since: int = 0) -> Heard:
        """The first event from number ``since`` on that matches."""
        try:
            async with asyncio.timeout(DEADLINE):
                while True:
                    for since in range(since, len(self.log)):  # noqa: B020, PLR1704 - what was looked at is done with
                        if matches(self.log[since].event):
                            return self.log[since]
                    since = len(self.log)
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as error:
            raise TimeoutError(
                f"waited in vain; the last heard: {[heard.event for heard in self.log[-8:]]}"
            ) from error

    async def idle(self) -> None:
        """Wait for the first run's end, and until the engine and its spares do nothing."""
        await self.hear(lambda event: isinstance(event, RunFinished) and not event.cancelled)
        await asyncio.to_thread(settle, self.engine)

    async def tried(self) -> None:
        """Wait until nothing is left to be tried in an interpreter."""
        for _ in range(LOOKS):
            await asyncio.to_thread(settle, self.engine, longest=PATIENCE)
            lanes = (await self.diagnosis()).lanes
            if lanes and all(row.reason != UNTRIED for row in lanes):
                return

    async def rest(self) -> None:
        """Wait until used spares have ended and the next one has come, as far as they do; the engine is idle then."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            spares = [agent for agent in (await self.diagnosis()).agents if agent.name.startswith("spare")]
            if len(spares) == 1:
                break
            await asyncio.sleep(0.2)
        await asyncio.to_thread(settle, self.engine)

    def verdicts(self, since: int) -> int:
        """How many runs ended uncancelled from event number ``since`` on."""
        return sum(isinstance(heard.event, RunFinished) and not heard.event.cancelled for heard in self.log[since:])

    def lane_shares(self) -> str:
        """Of the items of the last run that was followed: how many came from which lane."""
        last = next(heard.event for heard in reversed(self.log) if isinstance(heard.event, RunFinished))
        found = Counter(
            heard.event.lane
            for heard in self.log
            if isinstance(heard.event, ItemFinished) and heard.event.generation == last.generation
        )
        return ", ".join(f"{lane} {count}" for lane, count in found.most_common())

    async def diagnosis(self) -> Diagnosis:
        """How the engine is."""
        answer = await self._client.request(RequestDiagnosis)
        assert isinstance(answer, Diagnosis)
        return answer

    async def run_all(self) -> RunFinished:
        """Have everything run, and wait for the verdict."""
        since = len(self.log)
        accepted = await self._client.request(lambda number: RequestRun(number, "all", (), ()))
        assert isinstance(accepted, RunAccepted)
        over = await self.hear(
            lambda event: (
                isinstance(event, RunFinished) and not event.cancelled and event.generation >= accepted.generation
            ),
            since,
        )
        assert isinstance(over.event, RunFinished)
        return over.event

    async def save(self, path: str, write: Callable[[], None], tell: Message | None = None) -> Saved:
        """Write the file, and follow what that starts to its verdict. ``tell`` is sent at once afterwards."""
        since, before, start = len(self.log), busy(self.engine), time.perf_counter()
        write()
        if tell is not None:
            self._client.send(tell)
        changed = await self.hear(lambda event: isinstance(event, Change) and path in event.files, since)
        assert isinstance(changed.event, Change)
        generation = changed.event.generation
        over = await self.hear(
            lambda event: isinstance(event, RunFinished) and not event.cancelled and event.generation >= generation,
            since,
        )
        assert isinstance(over.event, RunFinished)
        return self._saved(over.event, since, start, busy(self.engine) - before)

    def _saved(self, run: RunFinished, since: int, start: float, cpu: float) -> Saved:
        events = [heard for heard in self.log[since:] if getattr(heard.event, "generation", -1) == run.generation]

        def at(kind: type[EngineEvent]) -> list[float]:
            return [heard.at - start for heard in events if isinstance(heard.event, kind)]

        selected = next(heard.event for heard in events if isinstance(heard.event, Selected))
        assert isinstance(selected, Selected)
        files = tuple(dict.fromkeys(file_of(item.id) for item in selected.items))
        finished = at(ItemFinished)
        lanes = frozenset(heard.event.lane for heard in events if isinstance(heard.event, ItemFinished))
        last = (finished[0], finished[-1], at(RunFinished)[0])
        # Quick items are not announced: then the first to end tells when the first began, nearly.
        began = [*at(ItemStarted)[:1], last[0]]
        return Saved(at(Change)[0], at(Selected)[0], min(began), *last, cpu, files, lanes, run)

    async def _follow(self) -> None:
        async for event in self._client.events():
            self.log.append(Heard(time.perf_counter(), event))
            self._news.set()


class Guest(Front):
    """A further front, which leaves the engine to the others."""

    _ends_engine = False
