"""Entries of workers that end badly, or never, or keep a core busy until they do; see ``runtime_inside``."""

import os
import sys
from typing import cast

from companion.errors import EndOfChannel, WouldBlock
from companion.messages import Handle, OpenDocument, Ping, Pong, Status
from companion.runtime.channel import open_receive, open_send
from companion.runtime.codec import unpack

LONG = 60.0


def fail(_name: str, _settings: object, _inbox: Handle, _outbox: Handle, _isolated: object) -> None:
    """Raises, and closes nothing."""
    raise LookupError("on purpose")


def send_and_fail(_name: str, _settings: object, _inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """Raises with a message unread."""
    open_send(outbox).send(Ping(1))
    raise LookupError("on purpose")


def leave(_name: str, _settings: object, _inbox: Handle, _outbox: Handle, _isolated: object) -> None:
    """Ends the interpreter with `SystemExit`."""
    sys.exit(3)


def lend_and_fail(_name: str, _settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """Sends a document and raises once the reader has taken it, though it was not given back."""
    receive, send = open_receive(inbox), open_send(outbox)
    send.send(OpenDocument("x", 0, b"lent" * 100_000), LONG)
    receive.receive(LONG)
    raise LookupError("on purpose")


def close_all_descriptors(_name: str, _settings: object, _inbox: Handle, _outbox: Handle, _isolated: object) -> None:
    """What daemons do, and tests of daemons."""
    os.closerange(3, 4096)
    raise LookupError("on purpose")


def spin(_name: str, _settings: object, _inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """Says that it has begun, and never ends."""
    open_send(outbox).send(Ping(0), LONG)
    while True:
        pass


def spin_until_told(_name: str, _settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """Says that it has begun, and never waits until the other side closes."""
    receive, send = open_receive(inbox), open_send(outbox)
    send.send(Ping(0), LONG)
    send.drain(LONG)
    while True:
        try:
            receive.receive_nowait()
        except WouldBlock:
            continue
        except EndOfChannel:
            return


def read(_name: str, settings: object, _inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """Says that it has begun, and waits in C until something can be read from the descriptor that it is told."""
    fd = int(cast("Status", unpack(settings)).message)
    send = open_send(outbox)
    send.send(Ping(0), LONG)
    os.read(fd, 1)


def compute(_name: str, _settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """After a ping, and between two pongs: one long C call that looks neither left nor right."""
    receive, send = open_receive(inbox), open_send(outbox)
    receive.receive(LONG)
    send.send(Pong(1), LONG)
    sum(range(20_000_000))
    send.send(Pong(2), LONG)
    send.drain(LONG)
