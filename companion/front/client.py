"""A front's conversation with the engine of its project root; starts one where there is none.

An engine that dies is replaced within a second: the client yields `Disconnected`, starts another, and tells it what
the first one knew: the documents that are open, and the requests that have no answer yet.
"""

import asyncio
import contextlib
import os
import socket
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from filelock import AsyncFileLock, Timeout

from companion.core.board import Board
from companion.core.diff import apply
from companion.errors import CompanionError, EndOfChannel, EngineUnavailableError
from companion.messages import (
    ChangeDocument,
    CloseDocument,
    Diagnosis,
    Disconnected,
    EngineEvent,
    Hello,
    Message,
    OpenDocument,
    RunAccepted,
    Welcome,
)  # fmt: skip
from companion.runtime.outbox import StreamOutbox
from companion.runtime.place import Place, place_of
from companion.runtime.stream import StreamReceiveChannel, open_stream
from companion.version import own_version

ANSWER = 10.0
"""Seconds that an engine may take to come up, or to say Welcome."""
TRIES = (0.0, 0.1, 0.3, 1.0, 2.0)
"""Seconds to wait before each attempt to replace an engine that died."""


class Client:
    """One front. All calls come from one asyncio loop."""

    def __init__(self, root: Path, *, front: str) -> None:
        self.board = Board()
        self._root, self._front = root, front
        self._place: Place | None = None
        self._outbox: StreamOutbox | None = None
        self._receive: StreamReceiveChannel | None = None
        self._events: asyncio.Queue[Message | None] = asyncio.Queue()
        self._welcome: asyncio.Future[Welcome] | None = None
        self._documents: dict[str, tuple[int, str]] = {}
        self._requests: dict[int, tuple[Callable[[int], Message], asyncio.Future[Message]]] = {}
        self._serial = 0
        self._closed = False
        self._reviving: asyncio.Task[None] | None = None
        self._failure: EngineUnavailableError | None = None

    async def start(self) -> None:
        """Join the root's engine, starting one if there is none. Raises EngineUnavailableError."""
        if not self._root.is_dir():
            raise EngineUnavailableError(f"{self._root} is not a folder (any more)")
        self._place = place_of(self._root)
        if not await self._join(self._place):
            await self._start_engine(self._place)

    def send(self, message: Message) -> None:
        """Send when there is an engine; open documents are remembered for the next one."""
        self._remember(message)
        if self._outbox is not None:
            with contextlib.suppress(CompanionError):
                self._outbox.put(message)

    async def request(self, make: Callable[[int], Message]) -> Message:
        """The answer to a request; ``make`` gets its number. Asked again of a new engine if one dies."""
        self._serial += 1
        number = self._serial
        future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._requests[number] = (make, future)
        self.send(make(number))
        try:
            return await future
        finally:
            self._requests.pop(number, None)

    async def events(self) -> AsyncIterator[EngineEvent]:
        """What happens, each already on the board. Ends after `close`. Raises EngineUnavailableError."""
        while True:
            event = await self._events.get()
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

    async def _start_engine(self, place: Place) -> None:
        """One front at a time starts an engine; the others find it started."""
        try:
            async with AsyncFileLock(str(place.lock), timeout=2 * ANSWER, mode=0o600):
                if await self._join(place):
                    return
                await _spawn(self._root, place)
                if not await self._join(place):
                    raise EngineUnavailableError(f"the engine for {self._root} does not answer: see {place.log}")
        except Timeout as error:
            raise EngineUnavailableError(
                f"another front has been starting an engine for {2 * ANSWER:g} s: see {place.log}"
            ) from error

    async def _join(self, place: Place) -> bool:
        """True once an engine of this version has welcomed us; False if there is none."""
        line = await _connect(place)
        if line is None:
            return False
        send, receive = open_stream(line)
        self._outbox, self._receive = StreamOutbox(send), receive
        loop = asyncio.get_running_loop()
        self._welcome = loop.create_future()
        loop.add_reader(receive.fileno(), self._read, receive)
        self._outbox.put(Hello(self._front, own_version(), os.getpid()))
        try:
            welcome = await asyncio.wait_for(asyncio.shield(self._welcome), ANSWER)
        except TimeoutError, CompanionError:
            self._hang_up()
            return False
        if welcome.version != own_version():
            self._hang_up()
            return False
        self._tell_again()
        return True

    def _tell_again(self) -> None:
        for path, (version, text) in self._documents.items():
            self.send(OpenDocument(path, version, text.encode("utf-8", "surrogatepass")))
        for number, (make, _) in list(self._requests.items()):
            self.send(make(number))

    # --- hearing ------------------------------------------------------------------------------------------

    def _read(self, receive: StreamReceiveChannel) -> None:
        try:
            for message in receive.pending():
                self._heard(message)
        except EndOfChannel:
            if receive is self._receive:
                self._lost("it ended")
        except CompanionError as error:
            if receive is self._receive:
                self._lost(str(error))

    def _heard(self, message: Message) -> None:
        match message:
            case Welcome():
                if self._welcome is not None and not self._welcome.done():
                    self._welcome.set_result(message)
            case RunAccepted() | Diagnosis():
                waiting = self._requests.get(message.request)
                if waiting is not None and not waiting[1].done():
                    waiting[1].set_result(message)
            case _:
                pass
        self._events.put_nowait(message)

    def _lost(self, reason: str) -> None:
        joined = self._welcome is not None and self._welcome.done()
        if self._welcome is not None and not self._welcome.done():
            self._welcome.set_exception(EngineUnavailableError(reason))
        self._hang_up()
        if joined and not self._closed:
            self._events.put_nowait(Disconnected(reason))
            self._reviving = asyncio.get_running_loop().create_task(self._revive())

    async def _revive(self) -> None:
        for delay in TRIES:
            await asyncio.sleep(delay)
            try:
                await self.start()
            except EngineUnavailableError as error:
                self._failure = error
            else:
                self._failure = None
                return
        self._events.put_nowait(None)

    def _hang_up(self) -> None:
        if self._receive is not None:
            asyncio.get_running_loop().remove_reader(self._receive.fileno())
            self._receive.close()
            self._receive = None
        if self._outbox is not None:
            self._outbox.close()
            self._outbox = None

    def _remember(self, message: Message) -> None:
        match message:
            case OpenDocument():
                self._documents[message.path] = (
                    message.version,
                    bytes(message.data).decode("utf-8", "surrogatepass"),
                )
            case ChangeDocument() if message.path in self._documents:
                _, text = self._documents[message.path]
                self._documents[message.path] = (message.version, apply(message.edits, text))
            case CloseDocument():
                self._documents.pop(message.path, None)
            case _:
                pass


async def _connect(place: Place) -> socket.socket | None:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.setblocking(False)  # noqa: FBT003 - the standard library's signature
    try:
        await asyncio.wait_for(asyncio.get_running_loop().sock_connect(line, os.fspath(place.socket)), ANSWER)
    except OSError:
        line.close()
        return None
    return line


async def _spawn(root: Path, place: Place) -> None:
    """Start an engine and wait until it can be connected to. Raises EngineUnavailableError."""
    ready, told = os.pipe()
    try:
        try:
            code = await _run(root, told, place)
        finally:
            os.close(told)
        await asyncio.wait_for(_readable(ready), ANSWER)
        up = code == 0 and bool(os.read(ready, 1))
    except OSError as error:  # a TimeoutError is one
        raise EngineUnavailableError(f"no engine can be started for {root} ({error}): see {place.log}") from error
    finally:
        os.close(ready)
    if not up:
        raise EngineUnavailableError(f"the engine for {root} did not come up: see {place.log}")


async def _run(root: Path, told: int, place: Place) -> int:
    """Start the process, which detaches itself: the one that is waited for here ends within milliseconds."""
    command = [sys.executable, "-P", "-m", "companion.engine", str(root), "--ready", str(told)]
    with place.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=DEVNULL, stdout=log, stderr=log, pass_fds=(told,), start_new_session=True
        )
        return await asyncio.wait_for(process.wait(), ANSWER)


async def _readable(fileno: int) -> None:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()
    loop.add_reader(fileno, _settle, future)
    try:
        await future
    finally:
        loop.remove_reader(fileno)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
