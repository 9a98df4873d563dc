"""Starting a root's engine: a process that detaches itself, and tells its front when it can be joined."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable
from pathlib import Path

from companion.errors import EngineUnavailableError
from companion.runtime.place import READY, Place

PROGRAM = ("-P", "-m", "companion.engine")
"""Arguments for companion's own Python; ``-P``: the current folder, which may hold anything, is not searched."""
UP = 10.0
"""Seconds that an engine may take until it can be joined."""
LONGEST = 4096
"""Bytes of what it says instead."""

type Launch = Callable[[Path, Place], Awaitable[None]]
"""Starts an engine for a root and returns once it can be joined. Raises EngineUnavailableError."""


async def launch(root: Path, place: Place, *, program: tuple[str, ...] = PROGRAM, up: float = UP) -> None:
    """See `Launch`; what the engine says about why it cannot start is what is raised."""
    try:
        async with asyncio.timeout(up):
            said = await _answer((*program, str(root), "--ready"), place.log)
    except TimeoutError as error:
        raise EngineUnavailableError(
            f"the engine for {root} has not started within {up:g} s: see {place.log}"
        ) from error
    except OSError as error:
        raise EngineUnavailableError(f"no engine can be started for {root} ({error}): see {place.log}") from error
    if said != READY:
        reason = said.decode("utf-8", "replace")
        raise EngineUnavailableError(reason or f"the engine for {root} did not come up: see {place.log}")


async def _answer(arguments: tuple[str, ...], log: Path) -> bytes:
    """What the engine tells through the pipe whose number is added to these arguments."""
    ready, told = os.pipe()
    try:
        try:
            await _start((*arguments, str(told)), told, log)
        finally:
            os.close(told)
        return await _said(ready)
    finally:
        os.close(ready)


async def _start(arguments: tuple[str, ...], told: int, log: Path) -> None:
    """Start the process that detaches the engine, and wait for its end, which comes within milliseconds."""
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            stdin=DEVNULL,
            stdout=out,
            stderr=out,
            pass_fds=(told,),
            start_new_session=True,
        )
    try:
        await process.wait()
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    """Nothing is left of it, whatever happened to whoever waited for it."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _said(fileno: int) -> bytes:
    """What is written there first; empty if nothing ever will be."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(fileno, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(fileno)
    return os.read(fileno, LONGEST)
