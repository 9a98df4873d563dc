"""`companion debug`: one test waits for a debugger's client, and runs under it; leaving ends it."""

import asyncio
import json
import signal
import sys
from typing import TextIO

from companion.core.board import RED
from companion.errors import EngineUnavailableError
from companion.front.exits import Exit
from companion.front.jsonlines import shape
from companion.front.plain import failure
from companion.front.port import Engine
from companion.front.signals import handled
from companion.front.words import inline, one_line
from companion.messages import (
    CaughtUp,
    DebugEnded,
    DebugListens,
    Disconnected,
    EngineEvent,
    ItemFinished,
    RequestDebug,
)


class Debug:
    """One session, shown on ``out`` in words, or ``as_json``."""

    def __init__(self, client: Engine, item: str, out: TextIO, *, as_json: bool) -> None:
        self._client, self._item, self._out, self._as_json = client, item, out, as_json

    async def run(self) -> int:
        """The exit code, pytest's own. Raises EngineUnavailableError; BrokenPipeError when nobody reads ``out``."""
        task = asyncio.get_running_loop().create_task(self._follow())
        with handled({signal.SIGINT: lambda: (task.cancel(), None)[1]}):
            try:
                return await task
            except asyncio.CancelledError:
                return Exit.STOPPED
            finally:
                await self._client.close()

    async def _follow(self) -> int:
        await self._client.start()
        async for event in self._client.events():
            code = self._take(event)
            if code is not None:
                return code
        raise EngineUnavailableError("the engine left before the test was over: run this again")

    def _take(self, event: EngineEvent) -> int | None:
        """The exit code, once it is known."""
        match event:
            case CaughtUp():
                self._client.send(RequestDebug(0, self._item))
            case Disconnected():
                raise EngineUnavailableError(f"the engine is gone ({event.reason}): run this again")
            case DebugListens():
                self._listens(event)
            case DebugEnded():
                return self._ended(event)
            case _:
                pass
        return None

    def _listens(self, event: DebugListens) -> None:
        if self._as_json:
            self._write(json.dumps({"event": "debug", "id": self._item, "host": event.host, "port": event.port}))
        else:
            self._write(f"debugpy listens on {event.host}:{event.port}: attach to it")

    def _ended(self, event: DebugEnded) -> int:
        for item in event.items:
            self._write(json.dumps(shape(item)) if self._as_json else _words(item))
        if event.problem:
            print(f"companion: {one_line(event.problem)}", file=sys.stderr)  # noqa: T201 - this is the command line
            return event.exit_code or Exit.INTERNAL
        return event.exit_code

    def _write(self, line: str) -> None:
        self._out.write(f"{line}\n")
        self._out.flush()


def _words(item: ItemFinished) -> str:
    return failure(item) if item.outcome in RED else f"{item.outcome}: {inline(item.id)}"
