"""`companion test`: ask for one run, follow it whatever happens to the engine, end with pytest's exit code."""

import asyncio
import signal
from collections.abc import Callable

from companion.core.board import Board
from companion.errors import EngineUnavailableError
from companion.front.exits import Exit
from companion.front.faces import Face
from companion.front.port import Engine
from companion.front.signals import handled
from companion.messages import (
    CaughtUp,
    Change,
    Disconnected,
    EngineEvent,
    RequestRun,
    RunAccepted,
    RunFinished,
    Scope,
    Selected,
    StopRun,
    Welcome,
)  # fmt: skip

FAREWELL = 1.0
"""Seconds that an interrupted run may take to say what it found."""


class OneShot:
    """One run, from asking to the exit code."""

    def __init__(self, client: Engine, face: Face, scope: Scope, pytest_args: tuple[str, ...]) -> None:
        self._client = client
        self._face = face
        self._scope: Scope = scope
        self._pytest_args = pytest_args
        self._finished: dict[int, RunFinished] = {}
        self._newest = 0
        self._losses = 0
        self._caught_up = False
        self._interrupted = False
        self._news = asyncio.Event()

    async def run(self) -> int:
        """The exit code. Raises EngineUnavailableError; BrokenPipeError when nobody reads what is shown."""
        loop = asyncio.get_running_loop()
        follow, verdict = loop.create_task(self._follow()), loop.create_task(self._verdict())
        with handled({signal.SIGINT: lambda: self._interrupt(verdict)}):
            try:
                await asyncio.wait([follow, verdict], return_when=asyncio.FIRST_COMPLETED)
                return await self._conclude(follow, verdict)
            finally:
                follow.cancel()
                verdict.cancel()
                await asyncio.gather(follow, verdict, return_exceptions=True)
                self._face.close()
                await self._client.close()

    async def _conclude(self, follow: asyncio.Task[None], verdict: asyncio.Task[RunFinished]) -> int:
        if not verdict.done():
            await follow
            raise EngineUnavailableError("the engine left before the run was over: run this again")
        run = None if verdict.cancelled() else verdict.result()
        self._face.conclude(run)
        return Exit.STOPPED if run is None else exit_code(run, self._client.board, self._pytest_args)

    async def _follow(self) -> None:
        await self._client.start()
        async for event in self._client.events():
            self._face.show(event)
            self._take(event)
            self._news.set()

    def _take(self, event: EngineEvent) -> None:
        match event:
            case Welcome() | Disconnected():
                # The next engine counts generations anew.
                self._caught_up, self._newest, self._finished = False, 0, {}
                self._losses += isinstance(event, Disconnected)
            case CaughtUp():
                self._caught_up = True
            case Change() | Selected():
                self._newest = max(self._newest, event.generation)
            case RunFinished():
                self._finished[event.generation] = event
            case _:
                pass

    async def _verdict(self) -> RunFinished:
        """The end of the run asked for, by this engine or, should it die, by the next."""
        while True:
            await self._until(lambda: self._caught_up)
            losses = self._losses
            answer = await self._client.request(self._ask)
            if not isinstance(answer, RunAccepted):
                raise EngineUnavailableError(f"the engine answered a request with {answer}: it is not this version")
            run = await self._end(answer.generation, losses)
            if run is not None:
                return run

    async def _end(self, generation: int, losses: int) -> RunFinished | None:
        """How the generation ended, or the newer one that took its work over; None if the engine died over it."""
        while True:
            await self._until(lambda: generation in self._finished or self._losses != losses)  # noqa: B023 - awaited here
            if self._losses != losses:
                return None
            run = self._finished[generation]
            if self._interrupted or not run.cancelled or self._newest <= generation:
                return run
            generation = self._newest

    async def _until(self, true: Callable[[], bool]) -> None:
        """Wait for events until it is so."""
        while not true():
            self._news.clear()
            await self._news.wait()

    def _ask(self, number: int) -> RequestRun:
        return RequestRun(number, self._scope, (), self._pytest_args)

    def _interrupt(self, verdict: asyncio.Task[RunFinished]) -> None:
        """Ctrl-C: the run says what it found, if it does so soon. A second one does not wait."""
        if self._interrupted or not self._caught_up:
            verdict.cancel()
            return
        self._interrupted = True
        self._client.send(StopRun())
        asyncio.get_running_loop().call_later(FAREWELL, verdict.cancel)


def exit_code(run: RunFinished, board: Board, pytest_args: tuple[str, ...]) -> int:
    """pytest's exit code for the project's state after this run.

    A run leaves out what cannot have changed: what is known to be red stays so, and nothing to run is no failure.
    With arguments for pytest the run alone counts.
    """
    if run.cancelled:
        return Exit.STOPPED
    if run.problem:
        return run.exit_code or Exit.INTERNAL
    if pytest_args or run.exit_code not in {Exit.GREEN, Exit.NO_TESTS}:
        return run.exit_code
    if board.red():
        return Exit.RED
    if run.selected == 0:
        return Exit.GREEN if board.results else Exit.NO_TESTS
    return run.exit_code
