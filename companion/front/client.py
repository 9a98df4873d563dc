"""A front's conversation with the engine of its project root; starts one where there is none.

An engine that dies is replaced within a second: the client yields `Disconnected`, starts another, and tells it what
the first one knew: the documents that are open, and the requests that have no answer yet.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from filelock import AsyncFileLock, Timeout

from companion.core.board import Board
from companion.core.supervision import Restarts
from companion.errors import BrokenResourceError, CompanionError, EndOfChannel, EngineUnavailableError
from companion.front.launch import Launch, launch
from companion.front.opened import Opened
from companion.messages import (
    AffectedItems,
    Covered,
    DebugEnded,
    DebugListens,
    Diagnosis,
    Disconnected,
    EngineEvent,
    Explanation,
    Hello,
    Message,
    RunAccepted,
    Status,
    Welcome,
)  # fmt: skip
from companion.runtime.conversation import Conversation
from companion.runtime.life import holder_of, not_lockable, served_by, silent
from companion.runtime.place import Place, place_of
from companion.version import own_version

ANSWER = 10.0
"""Seconds that an engine may take to say Welcome, or to end where one is ending."""
MOMENT = 0.5
"""Seconds that one gets that has been waited for already."""
LOOK = 0.02
"""Seconds between two looks whether an engine has ended."""
SILENCE = 5.0
"""Seconds without the answer to a request after which people are told that the engine does not answer."""
HEARING = "engine"
"""What the client's own statuses speak of."""
BACKLOG = 1_000
"""Events that wait to be taken before the socket is left unread, unless an answer is waited for."""


class Client:
    """One front. All calls come from one asyncio loop."""

    def __init__(
        self, root: Path, *, front: str, launch: Launch = launch, answer: float = ANSWER, silence: float = SILENCE
    ) -> None:
        self.board = Board()
        self._root, self._front, self._launch, self._answer = root, front, launch, answer
        self._silence, self._pid = silence, 0
        self._version = own_version()
        self._line: Conversation | None = None
        self._welcome: asyncio.Future[Welcome] | None = None
        self._joined = False
        self._events: asyncio.Queue[Message | None] = asyncio.Queue()
        self._opened = Opened()
        self._requests: dict[int, tuple[Callable[[int], Message], asyncio.Future[Message]]] = {}
        self._serial = 0
        self._closed = False
        self._restarts = Restarts()
        self._reviving: asyncio.Task[None] | None = None
        self._failure: EngineUnavailableError | None = None

    async def start(self) -> None:
        """Join the root's engine, starting one if there is none. Raises EngineUnavailableError."""
        if not self._root.is_dir():
            raise EngineUnavailableError(f"{self._root} is not a folder (any more)")
        place = place_of(self._root)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            if not await self._join(place, self._answer):
                await self._start_engine(place, self._answer - (loop.time() - begun))
        except OSError as error:
            raise EngineUnavailableError(
                f"the engine for {self._root} cannot be joined or started ({error}): mend that, and try again"
            ) from error

    def send(self, message: Message) -> None:
        """Send when there is an engine; open documents are remembered for the next one."""
        self._opened.take(message)
        if self._joined:
            self._put(message)

    async def request(self, make: Callable[[int], Message]) -> Message:
        """The answer to a request; ``make`` gets its number. Asked again of a new engine if one dies.

        Raises EngineUnavailableError once no engine can be started any more.
        """
        if self._failure is not None:
            raise self._failure
        self._serial += 1
        number = self._serial
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._requests[number] = (make, future)
        self.send(make(number))
        self._pace()
        try:
            return await self._answered(future)
        finally:
            self._requests.pop(number, None)
            self._pace()

    async def _answered(self, future: asyncio.Future[Message]) -> Message:
        """An engine that is suspended takes what it is sent, and says nothing: only who asks it can notice."""
        done, _ = await asyncio.wait([future], timeout=self._silence)
        if done or not self._joined:
            return await future
        self._events.put_nowait(Status(HEARING, "warning", silent(self._pid)))
        answer = await future
        self._events.put_nowait(Status(HEARING, "ok", "the engine answers again"))
        return answer

    async def events(self) -> AsyncIterator[EngineEvent]:
        """What happens, each already on the board. Ends after `close`. Raises EngineUnavailableError."""
        while True:
            event = await self._events.get()
            self._pace()
            if event is None:
                if self._failure is not None:
                    raise self._failure
                return
            if isinstance(event, Welcome):
                self.board.clear()  # what follows is everything there is
            self.board.apply(event)
            yield event  # type: ignore[misc]  # the engine sends fronts nothing else

    async def close(self) -> None:
        """Leave; the engine ends a few seconds after its last front."""
        self._closed = True
        if self._reviving is not None:
            self._reviving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reviving
        self._hang_up()
        self._events.put_nowait(None)

    # --- joining ------------------------------------------------------------------------------------------

    async def _start_engine(self, place: Place, patience: float) -> None:
        """One front at a time starts an engine; the others find it started."""
        longest = 2 * self._answer
        try:
            lock = await AsyncFileLock(str(place.lock), timeout=longest, mode=0o600).acquire()
        except Timeout as error:
            raise EngineUnavailableError(
                f"another front has been starting an engine for {longest:g} s: see {place.log}"
            ) from error
        except OSError as error:
            raise not_lockable(place.lock, error.strerror) from error
        async with lock:
            if await self._join_living(place, patience):
                return
            await self._launch(self._root, place)
            if not await self._join(place, self._answer):
                raise EngineUnavailableError(f"the engine for {self._root} does not answer: see {place.log}")

    async def _join_living(self, place: Place, patience: float) -> bool:
        """False once no engine lives that could be joined. Raises EngineUnavailableError if one lives, but silently.

        It may be ending, or just starting; or it hangs, and then another one beside it would only do harm.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while not await self._join(place, max(MOMENT, end - loop.time())):
            pid = holder_of(place.life)
            if pid is None:
                return False
            if loop.time() >= end:
                raise EngineUnavailableError(silent(pid))
            await asyncio.sleep(LOOK)
        return True

    async def _join(self, place: Place, patience: float) -> bool:
        """True once an engine of this version has welcomed us; False if there is none, or none that answers."""
        line = _connect(place.socket) or _connect(served_by(place.life))
        if line is None:
            return False
        self._welcome = asyncio.get_running_loop().create_future()
        self._line = Conversation(line, self._heard, self._ended)
        self._put(Hello(self._front, self._version, os.getpid()))
        try:
            async with asyncio.timeout(patience):
                welcome = await self._welcome
        except TimeoutError, CompanionError:
            self._hang_up()
            return False
        return welcome.version == self._version

    def _welcomed(self, message: Welcome) -> None:
        if self._welcome is not None and not self._welcome.done():
            self._welcome.set_result(message)
        if message.version != self._version:  # it ends, because we came
            self._hang_up()
            return
        self._joined, self._pid = True, message.pid
        for document in self._opened.again():
            self._put(document)
        for number, (make, _) in list(self._requests.items()):
            self._put(make(number))

    # --- hearing ------------------------------------------------------------------------------------------

    def _heard(self, message: Message) -> None:
        match message:
            case Welcome():
                self._welcomed(message)
            case (
                RunAccepted()
                | Diagnosis()
                | DebugListens()
                | DebugEnded()
                | AffectedItems()
                | Explanation()
                | Covered()
            ):
                waiting = self._requests.get(message.request)
                if waiting is not None and not waiting[1].done():
                    waiting[1].set_result(message)
            case _:
                pass
        if self._joined:
            self._events.put_nowait(message)
            self._pace()

    def _pace(self) -> None:
        """Read no faster than events are taken; but an answer that is waited for lies behind them."""
        if self._line is None:
            return
        if self._events.qsize() < BACKLOG or self._requests:
            self._line.resume()
        else:
            self._line.pause()

    def _put(self, message: Message) -> None:
        if self._line is not None:
            try:
                self._line.send(message)
            except BrokenResourceError as error:
                self._ended(error)

    def _ended(self, error: CompanionError) -> None:
        """The engine is gone, or has not read for so long that it may as well be."""
        reason = "it ended" if isinstance(error, EndOfChannel) else str(error)
        was_joined = self._joined
        self._hang_up()
        if self._welcome is not None and not self._welcome.done():
            self._welcome.set_exception(EngineUnavailableError(reason))
        if was_joined and not self._closed:
            self._events.put_nowait(Disconnected(reason))
            if self._reviving is None:
                self._reviving = asyncio.get_running_loop().create_task(self._revive())

    async def _revive(self) -> None:
        """Start another; whoever waits for anything is told if there will be none, whatever went wrong."""
        try:
            await self._start_again()
        except EngineUnavailableError as error:
            self._give_up(error)
        except Exception as error:  # noqa: BLE001 - a task has nobody to raise to: those who wait raise it
            failure = EngineUnavailableError(f"no engine can be started for {self._root}: {error!r}")
            failure.__cause__ = error
            self._give_up(failure)

    async def _start_again(self) -> None:
        """With the patience that the engine has with its agents: some ends within a minute, however it began."""
        loop = asyncio.get_running_loop()
        failure = EngineUnavailableError(f"the engine for {self._root} ends again and again: see {self._log()}")
        while not self._joined:
            self._restarts, delay = self._restarts.after_end(loop.time())
            if delay is None:
                raise failure
            await asyncio.sleep(delay)
            try:
                await self.start()
            except EngineUnavailableError as error:
                if not self._root.is_dir():
                    raise  # waiting mends nothing
                failure = error
        self._reviving = None

    def _log(self) -> Path:
        return place_of(self._root).log

    def _give_up(self, failure: EngineUnavailableError) -> None:
        self._failure, self._reviving = failure, None
        for _, answer in self._requests.values():
            if not answer.done():
                answer.set_exception(failure)
        self._events.put_nowait(None)

    def _hang_up(self) -> None:
        self._joined = False
        if self._line is not None:
            self._line.close()
            self._line = None


def _connect(path: Path | None) -> socket.socket | None:
    """A local socket is connected at once or not at all: also not while too many others wait to be let in."""
    if path is None:
        return None
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.setblocking(False)  # noqa: FBT003 - the standard library's signature
    try:
        line.connect(os.fspath(path))
    except OSError:
        line.close()
        return None
    return line
