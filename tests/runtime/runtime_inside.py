"""What tests of the runtime run inside subinterpreters: entries of `companion.runtime.interpreter.Worker`.

Each obeys the `Stop` that ends a worker. Imported there from companion's own folder, so it imports nothing but
companion and the standard library.
"""

import contextlib
import ctypes
import os
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NoReturn, cast

from companion.config import Config
from companion.errors import EndOfChannel
from companion.messages import Handle, Message, OpenDocument, Ping, Pong, SpareReady, Status, Stop
from companion.runtime.channel import InterpreterReceiveChannel, InterpreterSendChannel, open_receive, open_send
from companion.runtime.codec import unpack

LONG = 60.0
SETTINGS = Config  # imported, so that it can be unpacked here


class _Buffer(ctypes.Structure):
    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.py_object),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    )


def address(data: bytes | memoryview) -> int:
    """Where these bytes lie in memory; valid in every interpreter of the process."""
    buffer = _Buffer()
    ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(data), ctypes.byref(buffer), 0)
    try:
        return int(buffer.buf or 0)
    finally:
        ctypes.pythonapi.PyBuffer_Release(ctypes.byref(buffer))


class Ends:
    """Both channels, opened inside; drained and closed at the end."""

    def __init__(self, inbox: Handle, outbox: Handle) -> None:
        self.receive: InterpreterReceiveChannel = open_receive(inbox)
        self.send: InterpreterSendChannel = open_send(outbox)

    def __iter__(self) -> Iterator[Message]:
        """Messages up to `Stop` or the channel's end, each released before the next."""
        with contextlib.suppress(EndOfChannel):
            while not isinstance(message := self.receive.receive(LONG), Stop):
                yield message
                self.receive.release(message)

    def end(self) -> None:
        self.send.drain(LONG)
        self.send.close()
        self.receive.close()


def echo(_name: str, _settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """Sends back what it gets, rebuilt from copies."""
    ends = Ends(inbox, outbox)
    for message in ends:
        ends.send.send(message, LONG)
        ends.send.drain(LONG)  # before the views go back to where they came from
    ends.end()


def echo_without_pickle(name: str, settings: object, inbox: Handle, outbox: Handle, isolated: object) -> None:
    """As `echo`, where pickle and JSON only raise."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("nothing is pickled here, and nothing is JSON")

    for module in ("pickle", "_pickle", "json"):
        replaced: Any = types.ModuleType(module)
        replaced.dumps = replaced.loads = replaced.dump = replaced.load = refuse
        sys.modules[module] = replaced
    echo(name, settings, inbox, outbox, isolated)


def addresses(_name: str, _settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """For each document: where its bytes are seen from here, and a document of its own with its address as path."""
    ends = Ends(inbox, outbox)
    for message in ends:
        seen = cast("OpenDocument", message)
        ends.send.send(Status(str(address(seen.data)), "ok", ""), LONG)
        own = bytes(seen.data)
        ends.send.send(OpenDocument(str(address(own)), 0, own), LONG)
    ends.end()


def pass_on(_name: str, _settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """As the runner with a spare: opens what `SpareReady` brings, and stands between its host and that."""
    ends = Ends(inbox, outbox)
    first = cast("SpareReady", ends.receive.receive(LONG))
    send, receive = (cast("Handle", handle) for handle in first.handles)
    other = Ends(receive, send)
    ends.receive.release(first)
    for message in ends:
        other.send.send(message, LONG)
        answer = other.receive.receive(LONG)
        ends.send.send(answer, LONG)
        ends.send.drain(LONG)
        other.receive.release(answer)
    other.end()
    ends.end()


def swallow(_name: str, _settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """Takes and releases everything; answers pings."""
    ends = Ends(inbox, outbox)
    for message in ends:
        if isinstance(message, Ping):
            ends.send.send(Pong(message.serial), LONG)
    ends.end()


def pour(_name: str, _settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """For `Status(bytes, _, count)` that many documents of that size; ``0`` bytes: pings, numbered."""
    ends = Ends(inbox, outbox)
    for message in ends:
        order = cast("Status", message)
        size = int(order.source)
        for number in range(int(order.message)):
            ends.send.send(OpenDocument("x", number, bytes(size)) if size else Ping(number), LONG)
    ends.end()


def change_everything(name: str, _settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """On each message: tell what is seen of the world, then change all of it by this worker's name."""
    ends = Ends(inbox, outbox)
    builtins = cast("dict[str, object]", vars(sys.modules["builtins"]))
    for message in ends:
        seen = (
            os.environ.get("COMPANION_WORLD", "-"),
            str(builtins.get("world", "-")),
            sys.modules["json"].__name__ if "json" in sys.modules else "-",
            str(getattr(os, "world", "-")),
            sys.argv[0] if sys.argv[0].startswith("world") else "-",
            os.path.basename(os.getcwd()),  # noqa: PTH119, PTH109 - without more imports than needed
        )
        ends.send.send(Status("seen", "ok", " ".join(seen)), LONG)
        os.environ["COMPANION_WORLD"] = name
        builtins["world"] = name
        sys.modules["json"] = types.ModuleType(f"json-of-{name}")
        cast("Any", os).world = name
        sys.argv[:1] = [f"world-of-{name}"]
        os.chdir(cast("Status", message).message)
    ends.end()


def tell_settings(name: str, settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """Sends its settings, with its name as their source."""
    ends = Ends(inbox, outbox)
    ends.send.send(replace(cast("Status", unpack(settings)), source=name), LONG)
    ends.end()


def count_on_request(_name: str, _settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """Adds up so many numbers for each ping."""
    ends = Ends(inbox, outbox)
    for message in ends:
        ends.send.send(Pong(sum(range(cast("Ping", message).serial))), LONG)
    ends.end()


def unknown_message(_name: str, _settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """Sends a message whose class exists only here, and waits until its blob is back."""

    @dataclass(frozen=True, slots=True)
    class OnlyHere(Message):
        data: bytes

    ends = Ends(inbox, outbox)
    make: Callable[[bytes], Message] = OnlyHere
    ends.send.send(make(bytes(100_000)), LONG)
    ends.end()
