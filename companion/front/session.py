"""What every front command does around its own affair: streams, exit codes, one sentence where nothing else helps."""

import asyncio
import errno
import os
import stat
import sys
from collections.abc import Callable, Coroutine
from typing import TextIO, cast

from companion.errors import CompanionError, UsageError
from companion.front.exits import Exit
from companion.front.port import Engine
from companion.front.words import SUBSTITUTE
from companion.messages import CaughtUp, EngineEvent, RequestRun

type Body = Callable[[], Coroutine[None, None, int]]


def conclude(body: Body, *, interrupted: int = Exit.INTERRUPT) -> int:
    """Run a command to its exit code; its errors become one sentence on stderr."""
    _prepare(sys.stdout)
    _prepare(sys.stderr)
    try:
        return _run(body)
    except CompanionError as error:
        print(f"companion: {error}", file=sys.stderr)  # noqa: T201 - this is the command line
        return Exit.USAGE if isinstance(error, UsageError) else Exit.INTERNAL
    except BrokenPipeError:
        _drop(sys.stdout)
        return Exit.BROKEN_PIPE
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        _drop(sys.stdout)  # the terminal is gone
        return Exit.HANGUP
    except KeyboardInterrupt:
        return interrupted


def _run(body: Body) -> int:
    """The exit code, when everything has been written."""
    code = asyncio.run(body())
    sys.stdout.flush()
    return code


def keep(pytest_args: tuple[str, ...]) -> RequestRun:
    """Runs what waits with these arguments, and lets the engine keep them as long as this front is joined.

    Request 0: nobody waits for the answer.
    """
    return RequestRun(0, "changed", (), pytest_args)


async def follow(
    client: Engine, out: TextIO, show: Callable[[EngineEvent], None], *, pytest_args: tuple[str, ...]
) -> int:
    """Show events until the client is closed. Raises BrokenPipeError as soon as nobody reads ``out`` any more."""
    loop = asyncio.get_running_loop()
    gone: asyncio.Future[None] = loop.create_future()
    showing = loop.create_task(_show(client, show, pytest_args))
    watched = _watch_reader(out, gone)
    try:
        done, _ = await asyncio.wait([showing, gone], return_when=asyncio.FIRST_COMPLETED)
        for ended in done:
            ended.result()
    finally:
        if watched:
            loop.remove_reader(out.fileno())
        gone.cancel()
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
        await client.close()
    return Exit.GREEN


async def _show(client: Engine, show: Callable[[EngineEvent], None], pytest_args: tuple[str, ...]) -> None:
    await client.start()
    async for event in client.events():
        if isinstance(event, CaughtUp) and pytest_args:
            client.send(keep(pytest_args))
        show(event)


def _watch_reader(out: TextIO, gone: asyncio.Future[None]) -> bool:
    """A pipe's writing end becomes readable only by an error: its reader went away (``| head``)."""

    def fail() -> None:
        loop.remove_reader(out.fileno())
        gone.set_exception(BrokenPipeError())

    loop = asyncio.get_running_loop()
    if not stat.S_ISFIFO(os.fstat(out.fileno()).st_mode):
        return False
    loop.add_reader(out.fileno(), fail)
    return True


def _prepare(stream: TextIO) -> None:
    """What the stream's encoding lacks is written as plain signs instead of ending us."""
    reconfigure = cast("Callable[..., None] | None", getattr(stream, "reconfigure", None))
    if reconfigure is not None:
        reconfigure(errors=SUBSTITUTE)


def _drop(stream: TextIO) -> None:
    """Nothing more can be written there, not even what Python flushes when it ends."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())
    os.close(devnull)
