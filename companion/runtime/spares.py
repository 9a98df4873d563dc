"""The warm, single-use hosts of user code: subinterpreters of this engine, or processes of the project's Python."""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from companion.config import Config
from companion.messages import AgentInfo, NeedSpare, SpareEnded, SpareReady
from companion.runtime.interpreter import Isolation, Worker
from companion.runtime.memory import proportional
from companion.runtime.process import spawn

logger = logging.getLogger("companion.spares")

INTERPRETER_ENTRY = "companion.workers.testrun.main:interpreter_main"
PROCESS_ENTRY = "companion.workers.testrun.main:process_main"
GRACE = 0.5
"""Seconds that a process gets to end by itself before it is killed."""
REAP = 30.0
"""Seconds that a spare's own threads may outlive it before it is left behind."""


@dataclass(slots=True)
class Hosted:
    """A spare and what it takes to get rid of it."""

    serial: int
    host: Worker | subprocess.Popen[bytes]
    dropped: bool = False


class Spares:
    """Starts spares, and throws them away."""

    def __init__(self, config: Config, ended: Callable[[SpareEnded], None]) -> None:
        self.config, self._ended = config, ended
        self._loop = asyncio.get_running_loop()
        self._serials = count(1)
        self._hosted: dict[int, Hosted] = {}

    def start(self, need: NeedSpare) -> SpareReady:
        """A new spare, which warms itself once the runner has told it what for. Raises OSError."""
        serial = next(self._serials)
        if need.lane == "interpreter":
            isolation = Isolation.FILESYSTEM | Isolation.DESCRIPTORS
            worker = Worker(f"spare-{serial}", INTERPRETER_ENTRY, self.config, isolation=isolation)
            worker.start()
            self._hosted[serial] = Hosted(serial, worker)
            send, receive = worker.ends
            return SpareReady(serial, need.lane, (send.handle, receive.handle))
        process, line = spawn(need.python, PROCESS_ENTRY, self.config.root)
        self._hosted[serial] = Hosted(serial, process)
        return SpareReady(serial, need.lane, (os.dup(line), line))

    def drop(self, serial: int) -> None:
        """Throw this spare away; a process is killed with all that it started."""
        hosted = self._hosted.get(serial)
        if hosted is None or hosted.dropped:
            return
        hosted.dropped = True
        threading.Thread(target=self._reap, args=(hosted,), name=f"reap-{serial}", daemon=True).start()

    def drop_all(self) -> None:
        """The runner that used them is gone, or the engine ends."""
        for serial in list(self._hosted):
            self.drop(serial)

    def kill_processes(self) -> None:
        """Now, and waiting for each: nothing of ours outlives the engine."""
        for hosted in list(self._hosted.values()):
            if isinstance(hosted.host, subprocess.Popen):
                kill_group(hosted.host)

    def describe(self) -> tuple[AgentInfo, ...]:
        """One line for each spare that lives."""
        return tuple(_describe(hosted) for hosted in list(self._hosted.values()))

    def _reap(self, hosted: Hosted) -> None:
        """In a thread of its own: waits for the spare's end."""
        if isinstance(hosted.host, Worker):
            for end in hosted.host.ends:
                end.disown()
            if not hosted.host.join(REAP):
                logger.warning("%s did not end", hosted.host.name)
                return  # a test hangs in it for good: it stays listed, and its channels stay open for it
            reason = hosted.host.failure
        else:
            reason = _how_it_ended(_exit_code(hosted.host))
            kill_group(hosted.host)
        if reason:
            logger.info("spare %s: %s", hosted.serial, reason)
        self._hosted.pop(hosted.serial, None)
        with contextlib.suppress(RuntimeError):  # the engine has ended meanwhile
            self._loop.call_soon_threadsafe(self._ended, SpareEnded(hosted.serial, reason))


def _exit_code(process: subprocess.Popen[bytes]) -> int | None:
    """Its own end comes within moments of its last word, or not at all."""
    try:
        return process.wait(GRACE)
    except subprocess.TimeoutExpired:
        return None


def _how_it_ended(code: int | None) -> str:
    if code is None:
        return ""
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that leads its own group, and the group, and wait for it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _describe(hosted: Hosted) -> AgentInfo:
    if isinstance(hosted.host, Worker):
        state = "left behind" if hosted.dropped else "spare"
        return AgentInfo(
            f"spare {hosted.serial}", hosted.host.interpreter, state, 0, hosted.host.memory, "interpreter"
        )
    memory = proportional(hosted.host.pid)
    return AgentInfo(f"spare {hosted.serial}", -1, "spare", 0, memory, f"process {hosted.host.pid}")
