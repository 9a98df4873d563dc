"""The entries of a spare: inside a subinterpreter of the engine, or as a process of the project's Python.

This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import os
import sys

from companion.errors import CompanionError
from companion.messages import Message, Warm
from companion.runtime.stream import FORGET, StreamReceiveChannel, StreamSendChannel
from companion.workers.testrun.guards import Shared
from companion.workers.testrun.session import Spare

DRAIN = 5.0
"""Seconds that the runner gets to read the last results."""


def interpreter_main(_name: str, _settings: object, inbox: object, outbox: object, isolated: object) -> None:
    """A spare of the interpreter lane: the entry that a `Worker` calls."""
    from companion.runtime.channel import open_receive, open_send  # noqa: PLC0415 - Python 3.14 only
    from companion.runtime.isolation import Isolation  # noqa: PLC0415 - Python 3.14 only

    receive, send = open_receive(inbox), open_send(outbox)  # type: ignore[arg-type]  # handles, from the Worker
    own, line = Isolation(isolated), {*receive.descriptors, *send.descriptors}
    if Isolation.DESCRIPTORS in own:
        own_descriptors(line)
    shared = Shared(
        line=frozenset(line), folders=Isolation.FILESYSTEM not in own, descriptors=Isolation.DESCRIPTORS not in own
    )
    try:
        Spare(send, receive, shared).live()
        send.drain(DRAIN)
    finally:
        send.close()
        receive.close()


def process_main() -> None:
    """A spare of the process lane: descriptors 0 and 1 carry the channels, and tests never meet them."""
    incoming, outgoing = os.dup(0), os.dup(1)
    silence({0, 1})
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115
    send = UntilWarm(outgoing)
    with contextlib.suppress(CompanionError):
        Spare(send, StreamReceiveChannel(incoming)).live()
        send.drain(DRAIN)
    sys.stdout.flush()
    os._exit(0)  # threads that go on are not waited for any longer


class UntilWarm(StreamSendChannel):
    """Says `Warm` when nothing needs to be kept any more of what this process writes to its standard error.

    Until then that is how people learn why it could not start; from then on it is what tests write.
    """

    def send(self, message: Message, timeout: "float | None" = None) -> None:
        """As `StreamSendChannel.send`."""
        if isinstance(message, Warm) and not message.problem:
            forget_errors()
        super().send(message, timeout)


def forget_errors() -> None:
    """What was kept of the standard error is given up, and nothing is added to it."""
    with contextlib.suppress(OSError):  # nobody reads it
        try:
            os.ftruncate(2, 0)
        except OSError:  # not a file: perhaps it is kept where it ends
            os.write(2, FORGET)
    silence({2})


def silence(descriptors: "set[int]") -> None:
    """These read nothing and write nowhere from now on."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in descriptors:
        os.dup2(null, fd)
    if null not in descriptors:
        os.close(null)


def own_descriptors(keep: "set[int]") -> None:
    """In a descriptor table of its own: close the copies of what belongs to the engine."""
    for name in os.listdir("/proc/thread-self/fd"):  # noqa: PTH208 - only the names
        fd = int(name)
        if fd > 2 and fd not in keep:
            with contextlib.suppress(OSError):  # the listing's own
                os.close(fd)
    silence({0, 1, 2})
