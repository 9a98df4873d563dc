"""A worker: one subinterpreter, driven by a thread of its own, joined to this interpreter by two channels.

Only the driving thread ever touches the interpreter: it creates it, runs its code, and closes it, so no lock is
needed and what the interpreter's finalizers close lies in the right descriptor table. The thread is a daemon, so
that a worker that does not end cannot keep the process. A worker with descriptors of its own has a second thread,
which keeps the process's table and tells of the end there.
"""

import os
import threading
import time
from collections.abc import Callable
from concurrent import interpreters

from companion.messages import Message, Stop
from companion.runtime.channel import (
    InterpreterReceiveChannel,
    InterpreterSendChannel,
    ReceiveChannel,
    SendChannel,
    open_channel,
)  # fmt: skip
from companion.runtime.codec import pack
from companion.runtime.isolation import Isolation as Isolation  # noqa: PLC0414 - part of `Worker`'s interface
from companion.runtime.isolation import unshare as unshare  # noqa: PLC0414
from companion.runtime.memory import give_back, resident

CHANNEL_SIZE = 64
"""Messages that may wait in each direction."""


class Worker:
    """A subinterpreter that runs ``entry`` (``module:function``) with its settings and its two channel handles.

    The function gets ``(name, settings, inbox, outbox, isolated)``: settings as a packed message, the channels as
    handles, and what it has for itself (the value of an `Isolation`). It returns when it is done, having
    drained its outbox. When it ends, however it ends, `receive` comes to its EndOfChannel.
    """

    def __init__(
        self, name: str, entry: str, settings: Message, *, isolation: Isolation = Isolation.FILESYSTEM, nice: int = 0
    ) -> None:
        self.name = name
        self.interpreter = -1
        self.memory = 0
        self.isolated = Isolation.NOTHING
        self.failure = ""
        self.kept: tuple[object, ...] = ()
        """What its interpreter may use: it lives as long as that, which nobody can end."""
        self._entry, self._settings, self._isolation, self._nice = entry, settings, isolation, nice
        self._send, self._inbox = open_channel(CHANNEL_SIZE)
        self._outbox, self._receive = open_channel(CHANNEL_SIZE)
        self._before = 0
        self._thread = threading.Thread(target=self._live, name=f"companion-{name}", daemon=True)

    @property
    def send(self) -> SendChannel:
        """This interpreter's sending end."""
        return self._send

    @property
    def receive(self) -> ReceiveChannel:
        """This interpreter's receiving end."""
        return self._receive

    @property
    def ends(self) -> tuple[InterpreterSendChannel, InterpreterReceiveChannel]:
        """Both ends with their handles, for handing them to another interpreter."""
        return self._send, self._receive

    @property
    def alive(self) -> bool:
        """False once the interpreter is closed."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin; returns at once."""
        self._before = resident()
        self._thread.start()

    def note_memory(self) -> None:
        """Take what the process grew by since `start` as this worker's memory; call when it says that it is warm."""
        self.memory = max(0, resident() - self._before)

    def stop(self, timeout: float) -> bool:
        """Ask it to end, and wait. False if it has not after ``timeout`` seconds; it is then left behind."""
        end = time.monotonic() + timeout
        try:
            self._send.send(Stop(), timeout=timeout / 2)
        except Exception:  # noqa: BLE001 - it is gone or stuck: the wait below tells
            self._send.close()
        return self.join(max(0.0, end - time.monotonic()))

    def join(self, timeout: float) -> bool:
        """Wait for its end. False if it has not come after ``timeout`` seconds."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _live(self) -> None:
        if Isolation.DESCRIPTORS not in self._isolation:
            self._drive(self._disown)
            return
        # What runs there may close every descriptor of its thread's table: its end is told from outside of that.
        over = threading.Event()
        driver = threading.Thread(
            target=self._drive, args=(over.set,), name=f"companion-{self.name}-driver", daemon=True
        )
        try:
            driver.start()
            over.wait()
        finally:
            self._disown()
        driver.join()

    def _drive(self, over: Callable[[], None]) -> None:
        """Have the interpreter live its life; ``over`` is called when it has ended, before it is closed."""
        try:
            self._isolate()
            interpreter = interpreters.create()
            self.interpreter = interpreter.id
            try:
                self._run(interpreter)
            finally:
                over()
                interpreter.close()
                give_back()
        except Exception as error:  # noqa: BLE001 - a thread has nobody to raise to: the owner reads it
            self.failure = self.failure or f"{type(error).__name__}: {error}"
        finally:
            over()

    def _run(self, interpreter: interpreters.Interpreter) -> None:
        module, _, function = self._entry.partition(":")
        interpreter.prepare_main(
            name=self.name,
            settings=pack(self._settings),
            inbox=self._inbox.handle,
            outbox=self._outbox.handle,
            isolated=self.isolated.value,
        )
        try:
            interpreter.exec(
                f"from {module} import {function} as main\nmain(name, settings, inbox, outbox, isolated)"
            )
        except interpreters.ExecutionFailed as error:
            self.failure = str(error)

    def _isolate(self) -> None:
        self.isolated = unshare(self._isolation)
        if self._nice and hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), self._nice)

    def _disown(self) -> None:
        self._outbox.disown()
        self._inbox.disown()
