"""The warm, single-use hosts of user code: subinterpreters of this engine, or processes of the project's Python.

A process is killed with all that it started. No interpreter can be: one that does not end is left behind, which its
user is told, and goes on until it ends by itself or the engine does.
"""

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Literal, Protocol

from companion.config import Config
from companion.messages import AgentInfo, Handle, NeedSpare, SpareEnded, SpareLeftBehind, SpareReady
from companion.runtime.hunger import Watch, limit_in_bytes, too_hungry
from companion.runtime.interpreter import Worker
from companion.runtime.lent import lend
from companion.runtime.memory import proportional
from companion.runtime.process import GRACE, Child, how_it_ended, last_words

logger = logging.getLogger("companion.spares")

PATIENCE = 5.0
"""Seconds that an interpreter gets to end before it counts as left behind; closing one takes a tenth."""


class Spare(Protocol):
    """A spare that was started, as its host sees it."""

    @property
    def handles(self) -> Handle:
        """What opens the user's ends of its channels."""
        ...

    @property
    def pid(self) -> int:
        """The process that it is by itself; 0 for none, or none yet."""
        ...

    def reap(self, left_behind: Callable[[], None]) -> str:
        """Have it end, and wait for that, in a thread of its own; returns how it ended, if not in order.

        ``left_behind`` is called if that may take for ever.
        """
        ...

    def kill(self) -> None:
        """End it now, if that is possible."""

    def close(self) -> None:
        """It has ended, and was told of: give up what was lent."""

    def describe(self, name: str, state: str) -> AgentInfo: ...


class InterpreterSpare:
    """A subinterpreter of this engine."""

    pid = 0

    def __init__(self, worker: Worker, patience: float = PATIENCE) -> None:
        self._worker, self._patience = worker, patience
        worker.start()
        send, receive = worker.ends
        self.handles: Handle = (send.handle, receive.handle)

    def reap(self, left_behind: Callable[[], None]) -> str:
        for end in self._worker.ends:
            end.disown()
        if not self._worker.join(self._patience):
            left_behind()
            self._worker.join(threading.TIMEOUT_MAX)
        if self._worker.failure:
            logger.warning("%s: %s", self._worker.name, self._worker.failure)
        return last_words(self._worker.failure)

    def kill(self) -> None:
        """Nothing can."""

    def close(self) -> None:
        """Its channels are its worker's."""

    def describe(self, name: str, state: str) -> AgentInfo:
        return AgentInfo(name, self._worker.interpreter, state, 0, self._worker.memory, "interpreter")


class ProcessSpare:
    """A process of the project's Python, and our end of its line."""

    def __init__(self, child: Child, line: socket.socket) -> None:
        self._child, self._line = child, line
        self.pid = child.pid
        self.handles = lend(line)

    def reap(self, left_behind: Callable[[], None]) -> str:  # noqa: ARG002 - none is
        code = self._child.wait(GRACE)  # its own end comes within moments of its last word, or not at all
        self._child.kill()
        if code is not None and self._child.said:
            logger.warning("process %s said:\n%s", self._child.pid, self._child.said)
        return how_it_ended(code, self._child.said)

    def kill(self) -> None:
        self._child.kill()

    def close(self) -> None:
        self._line.close()

    def describe(self, name: str, state: str) -> AgentInfo:
        return AgentInfo(name, -1, state, 0, proportional(self._child.pid), f"process {self._child.pid}")


type Hire = Callable[[int, NeedSpare, Config], Spare]
"""Makes and starts the spare of this number. Raises OSError, RuntimeError or CompanionError."""


@dataclass(slots=True)
class Hosted:
    """A spare that has not ended."""

    spare: Spare
    state: Literal["spare", "ending", "left behind"] = "spare"
    killed: str = ""
    """Why we ended it, if we did."""


class Spares:
    """Starts spares, and throws them away; ``tell`` hears in the loop's thread what became of those."""

    def __init__(self, config: Config, tell: Callable[[SpareEnded | SpareLeftBehind], None], *, hire: Hire) -> None:
        self.config, self._tell, self._hire = config, tell, hire
        self._loop = asyncio.get_running_loop()
        self._serials = count(1)
        self._hosted: dict[int, Hosted] = {}
        self._watch = Watch(self._look)

    def tests_run(self, running: bool) -> None:  # noqa: FBT001 - a state, not an option
        """As long as they do, processes that take too much memory are killed."""
        (self._watch.begin if running else self._watch.end)()

    def start(self, need: NeedSpare) -> SpareReady:
        """A new spare, which warms itself once the runner has told it what for. Raises as `Hire`."""
        serial = next(self._serials)
        spare = self._hire(serial, need, self.config)
        self._hosted[serial] = Hosted(spare)
        return SpareReady(serial, need.lane, spare.handles)

    def drop(self, serial: int) -> None:
        """Throw this spare away. `SpareEnded` follows, after `SpareLeftBehind` if that takes long."""
        hosted = self._hosted.get(serial)
        if hosted is not None and hosted.state == "spare":
            hosted.state = "ending"
            threading.Thread(target=self._reap, args=(serial, hosted), name=f"reap-{serial}", daemon=True).start()

    def drop_all(self) -> tuple[Spare, ...]:
        """The runner that used them is gone; returns them: if it merely hangs, it may go on to use their channels."""
        dropped = tuple(hosted.spare for hosted in self._hosted.values())
        for serial in list(self._hosted):
            self.drop(serial)
        return dropped

    def kill_processes(self) -> None:
        """Now, and waiting for each: nothing of ours outlives the engine."""
        self._watch.end()
        for hosted in list(self._hosted.values()):
            hosted.spare.kill()

    @property
    def left_behind(self) -> tuple[int, ...]:
        """Those that were thrown away and do not end."""
        return tuple(serial for serial, hosted in self._hosted.items() if hosted.state == "left behind")

    def describe(self) -> tuple[AgentInfo, ...]:
        """One line for each spare that lives."""
        return tuple(h.spare.describe(f"spare {serial}", h.state) for serial, h in list(self._hosted.items()))

    def _reap(self, serial: int, hosted: Hosted) -> None:
        """In a thread of its own: waits for the spare's end."""
        reason = ""
        try:
            reason = hosted.spare.reap(lambda: self._later(self._is_left, serial, hosted))
        finally:
            self._later(self._has_ended, serial, hosted, reason)

    def _look(self) -> None:
        """In a thread of its own."""
        limit = limit_in_bytes(self.config.item_memory)
        for hosted in list(self._hosted.values()):
            if hosted.spare.pid and not hosted.killed:
                hosted.killed = too_hungry(hosted.spare.pid, limit)
                if hosted.killed:
                    hosted.spare.kill()

    def _later[*Ts](self, callback: Callable[[*Ts], None], *arguments: *Ts) -> None:
        with contextlib.suppress(RuntimeError):  # the engine has ended meanwhile
            self._loop.call_soon_threadsafe(callback, *arguments)

    def _is_left(self, serial: int, hosted: Hosted) -> None:
        logger.warning("spare %s does not end", serial)
        hosted.state = "left behind"
        self._tell(SpareLeftBehind(serial))

    def _has_ended(self, serial: int, hosted: Hosted, reason: str) -> None:
        reason = hosted.killed or reason
        if reason:
            logger.info("spare %s: %s", serial, reason)
        del self._hosted[serial]
        hosted.spare.close()
        self._tell(SpareEnded(serial, reason))
