"""The template of the process lane: one warm process of the project's own Python, which forks each spare from itself.

A fork takes milliseconds where a new process takes as long as its imports do. The template lives a spare's life up to
the point where it would say that it is warm, and stays there: every `Fork` brings the line to a runner, and a child
goes on with it as if it had come that way by itself. Where a library has started threads nothing can be forked: then
the template is itself the spare, and its last.
This module also runs in the project's own Python (3.10 or later), on Linux.
"""

import contextlib
import gc
import importlib
import os
import socket
import sys
from collections.abc import Generator
from typing import Any, NoReturn, cast

from companion.errors import CompanionError, WouldBlock
from companion.messages import Message, Prepare, Warm
from companion.runtime.stream import open_stream
from companion.workers.testrun.control import Control
from companion.workers.testrun.main import DRAIN, forget_errors, silence
from companion.workers.testrun.output import capturing
from companion.workers.testrun.session import Spare
from companion.workers.testrun.stamps import loaded, outdated

ENTRY = "companion.workers.testrun.template:main"
THREADS = "OPENBLAS_NUM_THREADS"
"""numpy's library starts its threads when it is imported, and what has threads cannot be forked."""


def main(*words: str) -> None:
    """The entry: descriptor 0 is the line to the engine. ``words`` come from `start_again` only."""
    if words:
        line, first, *children = words
        branch = Branch(Control(int(line), dict(map(_pair, children))), _pair(first))
    else:
        branch = Branch(Control(os.dup(0), {}))
        silence({0, 1})
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
    with contextlib.suppress(CompanionError):
        Spare(branch, branch).live()
        branch.drain(DRAIN)
    sys.stdout.flush()
    os._exit(0)  # as a spare of its own would


class Branch:
    """Both ends of the template's own conversation, as its `Spare` sees it; ``first`` is the first spare to fork.

    It is the template's own until the spare says that it is warm: what returns from that is a child, each with a line
    of its own.
    """

    def __init__(self, control: Control, first: "tuple[int, int] | None" = None) -> None:
        self._control, self._first = control, first
        self._spare = 0
        self._send: Any = None
        self._receive: Any = None
        self._is_template = True
        self._warming = contextlib.ExitStack()
        self._errors = os.dup(2)
        self._loaded: dict[str, int] = {}

    def receive(self, timeout: "float | None" = None) -> Message:
        """What the first spare is for; in a child, what its runner says next."""
        if not self._is_template:
            return self._receive.receive(timeout)  # type: ignore[no-any-return]
        prepare = self._next()
        self._warming.enter_context(one_thread())
        return prepare

    def receive_nowait(self) -> Message:
        """As `StreamReceiveChannel.receive_nowait`, in a child."""
        return self._receive.receive_nowait()  # type: ignore[no-any-return]

    def send(self, message: Message, timeout: "float | None" = None) -> None:
        """As `StreamSendChannel.send`; the first message is how the warming went: each child says it for itself."""
        if self._is_template:
            self._warming.close()
            if isinstance(message, Warm) and not message.problem:
                forget_errors()
            self._fork()
        self._send.send(message, timeout)

    def drain(self, timeout: "float | None" = None) -> None:
        """As `StreamSendChannel.drain`."""
        if self._send is not None:
            self._send.drain(timeout)

    def _fork(self) -> None:
        """Fork whatever is asked for; returns in the children, and where nothing can be forked."""
        self._loaded = loaded()
        gc.collect()
        while self._is_template:
            if len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208 - how many
                self._is_template = False
                self._control.forked(self._spare, os.getpid())
                self._control.forget()
                return
            pid = os.fork()
            if pid == 0:
                self._is_template = False
                os.setsid()
                self._control.forget()
                os.close(self._errors)
                reseed()
                return
            self._send.forget()
            self._receive.forget()
            self._control.forked(self._spare, pid)
            self._catch_up(self._next().preload)

    def _catch_up(self, names: "tuple[str, ...]") -> None:
        """Import what has been learned since to be needed."""
        fresh = [name for name in names if name not in sys.modules]
        with capturing(), one_thread():
            for name in fresh:
                with contextlib.suppress(Exception, SystemExit):
                    importlib.import_module(name)
        if fresh:
            self._loaded = {**loaded(), **self._loaded}

    def _next(self) -> Prepare:
        """What the next spare is for, with its line open."""
        while True:
            self._spare, line = self._first or self._control.next()
            self._first = None
            if outdated(self._loaded):
                os.dup2(self._errors, 2)  # why it may not start
                start_again(self._control, self._spare, line)
            self._send, self._receive = open_stream(socket.socket(fileno=line))
            with contextlib.suppress(CompanionError):  # its runner is gone, and needs no spare
                return self._prepare(line)
            self._send.close()
            self._receive.close()
            self._control.ended(self._spare, 0)

    def _prepare(self, line: int) -> Prepare:
        """What the runner says first; it is the engine that it lives in, so waiting for it ends with that."""
        while True:
            with contextlib.suppress(WouldBlock):
                return cast("Prepare", self._receive.receive_nowait())
            self._control.wait(line)


@contextlib.contextmanager
def one_thread() -> "Generator[None]":
    """Libraries that are imported meanwhile start no threads of their own, if they can be told so."""
    if THREADS in os.environ:
        yield
        return
    os.environ[THREADS] = "1"
    try:
        yield
    finally:
        del os.environ[THREADS]


def start_again(control: Control, spare: int, line: int) -> NoReturn:
    """Something that was imported is another by now: the same process from its beginning, with all its lines."""
    for fileno in (control.line.fileno(), line):
        os.set_inheritable(fileno, True)  # noqa: FBT003 - the standard library's signature
    command = sys.orig_argv[: sys.orig_argv.index(ENTRY) + 1]
    own, *children = control.words()
    os.execv(sys.executable, [*command, own, f"{spare}={line}", *children])  # noqa: S606 - as we were started


def reseed() -> None:
    """Chance is another in each process; `random` sees to it by itself."""
    numpy = sys.modules.get("numpy.random")
    if numpy is not None:
        numpy.seed()
    randomly: Any = sys.modules.get("pytest_randomly")
    if hasattr(randomly, "default_seed"):  # made when it was imported, until its version 4
        randomly.default_seed = int.from_bytes(os.urandom(4), "big")


def _pair(word: str) -> "tuple[int, int]":
    first, _, second = word.partition("=")
    return int(first), int(second)
