"""The front: puts session, projects and features together, and runs them between two fds."""

import asyncio
import functools
import logging
import threading
from collections.abc import Callable
from typing import cast

from lsprotocol import types
from pygls.server import JsonRPCServer

from companion.front.port import Join
from lsp import parent
from lsp.features.code_actions import CodeActions
from lsp.features.commands import Commands
from lsp.features.diagnostics import Diagnostics
from lsp.features.hover import Hover
from lsp.features.lifecycle import Ends, Lifecycle
from lsp.features.progress import Progress
from lsp.features.status import StatusFeature
from lsp.features.text_sync import TextSync
from lsp.framing import Decoder, FramingError
from lsp.options import Options
from lsp.projects import Projects
from lsp.protocol import Protocol
from lsp.publisher import Publisher
from lsp.session import Session, reader
from lsp.stdio import Reader, Writer
from lsp.structure import make_converter

log = logging.getLogger("lsp")


class Server:
    """One editor. Made on its loop's thread; `finished` becomes the exit code."""

    def __init__(self, join: Join, options: Options, write: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        self.finished: asyncio.Future[int] = loop.create_future()
        self.protocol = cast("Protocol", JsonRPCServer(Protocol, make_converter).protocol)
        self.protocol.bind(loop)
        self.protocol.write = write
        self.session = Session(reader(options.largest_closed_file))
        self.projects = Projects(self.session, join, close_timeout=options.close_timeout)
        self._options = options
        self._unwatch: Callable[[], None] | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._furnish(loop, options)

    def finish(self, code: int) -> None:
        """The first code counts."""
        if not self.finished.done():
            self.finished.set_result(code)

    async def close(self) -> None:
        """Answer what is open, leave the engines; within the budgets."""
        self.protocol.say_goodbye()
        if self._unwatch is not None:
            self._unwatch()
        await self.projects.close_all()

    def _furnish(self, loop: asyncio.AbstractEventLoop, options: Options) -> None:
        session, projects, notify = self.session, self.projects, self.protocol.notify
        publisher = Publisher(functools.partial(notify, types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS), self._version)
        diagnostics = Diagnostics(session, publisher, loop, options)
        status = StatusFeature(
            session, lambda: projects.bridges, notify, timer=loop, interval=options.publish_interval
        )
        self._progress = Progress(session, self.protocol, loop, options)
        hover = Hover(session, projects, options)
        projects.listeners += [diagnostics, self._progress, status, hover]
        commands = Commands(session, projects, options)
        lifecycle = Lifecycle(session, projects, commands.names, Ends(self._watch, self._farewell, self._exit))
        sync = TextSync(session, projects, diagnostics.touched)
        for feature in (lifecycle, sync, CodeActions(session, projects), commands, hover, self._progress):
            feature.register(self.protocol)

    def _version(self, uri: str) -> int | None:
        document = self.session.documents.get(uri)
        return document.version if document and self.session.can.diagnostic_version else None

    def _watch(self, pid: int) -> None:
        interval = self._options.parent_interval
        self._unwatch = parent.watch(pid, interval=interval, gone=functools.partial(self.finish, 1))

    def _farewell(self) -> None:
        self._progress.end_all()
        self.protocol.cancel_all()
        self._leaving = asyncio.create_task(self.projects.close_all())

    def _exit(self) -> None:
        self.finish(0 if self.protocol.gate.state == "shut down" else 1)


async def serve(incoming: int, outgoing: int, join: Join, options: Options) -> int:
    """Serve the editor on these fds until it leaves; the exit code. Leaves no task behind."""
    loop = asyncio.get_running_loop()

    def gone() -> None:
        _soon(loop, server.finish, 1)

    writer = Writer(outgoing, most_unsent=options.most_unsent, broken=gone)
    server = Server(join, options, writer.write)
    Reader(incoming, Inbox(loop, server, most=options.most_unhandled).deliver, gone).start()
    code = await server.finished
    await server.close()
    await asyncio.to_thread(writer.close, options.flush_timeout)
    return code


class Inbox:
    """Brings what the reader's thread finds to the loop, one message a time; never more than ``most`` ahead of it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, server: Server, *, most: int) -> None:
        self._loop = loop
        self._server = server
        self._decoder = Decoder()
        self._room = threading.Semaphore(most)

    def deliver(self, data: bytes) -> None:
        """On the reader's thread. Raises OSError when there is nobody to deliver to."""
        try:
            bodies = self._decoder.feed(data)
        except FramingError as error:
            log.error("the editor's bytes make no sense: %s", error)  # noqa: TRY400 - no traceback: not our mistake
            raise ConnectionError from error
        for body in bodies:
            self._room.acquire()
            if not _soon(self._loop, self._handle, body):
                raise ConnectionError

    def _handle(self, body: bytes) -> None:
        self._room.release()
        if not self._server.finished.done():
            self._server.protocol.receive(body)


def _soon(loop: asyncio.AbstractEventLoop, callback: Callable[..., object], *args: object) -> bool:
    """False if the loop is over."""
    try:
        loop.call_soon_threadsafe(callback, *args)
    except RuntimeError:
        return False
    return True
