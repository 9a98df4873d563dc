"""`companion test`: ask for one run, follow it whatever happens to the engine, end with pytest's exit code."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

from companion.core import verdict
from companion.core.board import Board
from companion.core.pending import SHARD, lists
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
    StopRun,
    Welcome,
)  # fmt: skip

CLOSING = 90.0
"""Seconds that pytest's session may go on after its last test; the runner gives it up sooner (``start_timeout``)."""
QUIET = frozenset({Exit.GREEN, Exit.NO_TESTS})
FAREWELL = 1.0
"""Seconds that an interrupted run may take to say what it found."""


class OneShot:
    """One run, from asking to the exit code."""

    def __init__(
        self, client: Engine, face: Face, scope: Scope, pytest_args: tuple[str, ...], commit: str = ""
    ) -> None:
        self._client = client
        self._face = face
        self._scope: Scope = "since" if commit else scope
        self._arguments = (commit,) if commit else ()
        self._pytest_args = pytest_args
        self._accepted: int | None = None
        self._ended: RunFinished | None = None
        self._newest = 0
        self._orphaned = False
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
        return Exit.STOPPED if run is None else self._code(run)

    async def _follow(self) -> None:
        await self._client.start()
        async for event in self._client.events():
            self._face.show(event)
            self._take(event)
            self._news.set()

    def _take(self, event: EngineEvent) -> None:
        match event:
            case Welcome() | Disconnected():
                # The next engine counts generations anew, and knows nothing of a run that this one had accepted.
                self._orphaned |= self._accepted is not None
                self._caught_up, self._newest, self._accepted, self._ended = False, 0, None, None
            case CaughtUp():
                self._caught_up = True
            case RunAccepted():
                self._accepted = event.generation
            case Change():
                self._newest = max(self._newest, event.generation)
            case RunFinished() if self._accepted is not None and event.generation >= self._accepted:
                # A run's generation is the newest that it covers.
                self._ended = event
            case _:
                pass

    async def _verdict(self) -> RunFinished:
        """The end of the run asked for, by this engine or, should it die, by the next."""
        while True:
            await self._until(lambda: self._caught_up)
            self._orphaned = False
            await self._client.request(self._ask)
            await self._until(lambda: self._settled() or self._orphaned or bool(self._given_up()))
            run = self._ended
            if run is not None:
                if self._code(run) == Exit.GREEN:  # else it cannot become worse
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._until(self._closed), CLOSING)
                return run
            if not self._orphaned:
                raise EngineUnavailableError(f"tests cannot be run: {self._given_up()}")

    def _settled(self) -> bool:
        """The run is over, and no other takes over what it left."""
        run = self._ended
        if run is None or self._interrupted or not run.cancelled:
            return run is not None
        if run.problem:
            return bool(self._given_up())  # else the runner has crashed, and another one runs it again
        return self._newest <= run.generation

    def _closed(self) -> bool:
        """No session of the run has yet to say how it ends, or none will; a newer run has sessions of its own."""
        if self._ended is not None and self._newest > self._ended.generation:
            return True
        statuses = self._client.board.statuses
        runner = statuses.get("agent:runner")
        crashed = runner is not None and runner.health != "ok"
        return crashed or statuses.get(verdict.SOURCE) != verdict.OPEN

    def _given_up(self) -> str:
        """Why no runner is started any more; empty while there is one, or will be."""
        status = self._client.board.statuses.get("agent:runner")
        return status.message if status is not None and status.health == "error" else ""

    async def _until(self, true: Callable[[], bool]) -> None:
        """Wait for events until it is so."""
        while not true():
            self._news.clear()
            await self._news.wait()

    def _code(self, run: RunFinished) -> int:
        """Of what differs from a revision, only that counts."""
        if self._arguments and not run.problem and not run.cancelled and run.exit_code in QUIET:
            return verdict.exit_code(self._client.board.statuses.get(verdict.SOURCE))
        return exit_code(run, self._client.board, (*self._pytest_args, *self._arguments))

    def _ask(self, number: int) -> RequestRun:
        return RequestRun(number, self._scope, self._arguments, self._pytest_args)

    def _interrupt(self, verdict: asyncio.Task[RunFinished]) -> None:
        """Ctrl-C: the run says what it found, if it does so soon. A second one does not wait."""
        if self._interrupted or not self._caught_up:
            verdict.cancel()
            return
        self._interrupted = True
        self._client.send(StopRun())
        asyncio.get_running_loop().call_later(FAREWELL, verdict.cancel)


def exit_code(run: RunFinished, board: Board, pytest_args: tuple[str, ...]) -> int:
    """pytest's exit code for the project's state after this run; its own word counts where no item is red.

    A run leaves out what cannot have changed: what is known to be red stays so, and nothing to run is no failure.
    With arguments for pytest the run alone counts, if there was one.
    """
    if run.problem:
        return Exit.INTERNAL if run.cancelled else run.exit_code or Exit.INTERNAL
    if run.cancelled:
        return Exit.STOPPED
    code = _items_code(run, board, pytest_args)
    if code == Exit.NO_TESTS and lists(pytest_args) and board.selected is not None and board.selected.items:
        code = Exit.GREEN
    if code == Exit.NO_TESTS and any(argument.startswith(SHARD) for argument in pytest_args):
        code = Exit.GREEN  # there are fewer files than parts
    return code or verdict.exit_code(board.statuses.get(verdict.SOURCE))


def _items_code(run: RunFinished, board: Board, pytest_args: tuple[str, ...]) -> int:
    by_itself = bool(pytest_args) and bool(run.selected or run.exit_code)
    if by_itself or run.exit_code not in {Exit.GREEN, Exit.NO_TESTS}:
        return run.exit_code
    if board.red():
        return Exit.RED
    if run.selected == 0:
        return Exit.GREEN if board.results else Exit.NO_TESTS
    return run.exit_code
