"""Agents for tests of the supervisor and the serve loop: they do what a `Status` tells them.

Run in real subinterpreters and processes by the real `companion.workers.serve`, under the names of the real agents.
``Config.ignore`` says how one behaves from the start: words as ``runner fails``, ``refactorer has no parser``.
"""

import importlib
import os
import sys
import threading
from concurrent import interpreters

from companion.config import Config
from companion.errors import EndOfChannel
from companion.messages import Handle, Message, Ping, Started, Status
from companion.refactor.native import NativeParserError
from companion.runtime.channel import open_receive, open_send
from companion.workers import serve
from companion.workers.link import Link

LONG = 60.0
ROLE: list[str] = []
"""The name of the one agent that lives in this interpreter."""


def agent_main(name: str, settings: object, inbox: Handle, outbox: Handle, isolated: object) -> None:
    """As the real entry, with this module in the place of ``companion.workers.<name>``."""
    _take_the_place_of(name)
    serve.agent_main(name, settings, inbox, outbox, isolated)


def process_main(name: str) -> None:
    """The same, of a process."""
    _take_the_place_of(name)
    serve.process_main(name)


def deaf_main(name: str, _settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """An agent that dies slowly: it hears nothing any more while its last words are still on their way."""
    receive, send = open_receive(inbox), open_send(outbox)
    send.send(Started(name, "deaf"), LONG)
    receive.close()
    for number in range(3):
        send.send(Status("last words", "ok", str(number)), LONG)
    send.drain(LONG)
    send.close()


def _take_the_place_of(name: str) -> None:
    ROLE.append(name)
    sys.modules[f"companion.workers.{name}"] = sys.modules[__name__]


def build(link: Link, config: Config) -> Agent:
    """The agent of this module, whatever its name."""
    return Agent(link, config)


class Agent:
    """See `companion.workers.link.Agent`."""

    def __init__(self, link: Link, config: Config) -> None:
        self._link = link
        self.detail = f"{ROLE[-1]} in {os.path.basename(os.getcwd())}"  # noqa: PTH119, PTH109
        for word in config.ignore:
            if word.startswith(ROLE[-1]):
                self._begin(word)

    def handle(self, message: Message) -> None:
        match message:
            case Status(source="say"):
                self._link.send(Status("said", "ok", message.message))
            case Status(source="hang"):
                os.read(int(message.message), 1)
            case Status(source="hang for good"):
                threading.Event().wait()
            case Status(source="print"):
                sys.stdout.write(message.message)
                sys.stdout.flush()
                os.write(1, message.message.encode())
            case Status(source="flood"):
                for serial in range(int(message.message)):
                    self._link.send(Ping(serial))
            case Status(source="import"):
                self._link.send(Status("imported", "ok", self._import(message.message)))
            case Status(source="end of another channel"):
                raise EndOfChannel(message.message)
            case _:
                raise AssertionError(message)

    def close(self) -> None:
        """Nothing to release."""

    def _begin(self, word: str) -> None:
        if word.endswith("fails"):
            raise LookupError("on purpose")
        if word.endswith("has no parser") and interpreters.get_current() != interpreters.get_main():
            raise NativeParserError("on purpose")
        if "hangs on" in word:
            os.read(int(word.rpartition(" ")[2]), 1)

    def _import(self, name: str) -> str:
        try:
            return importlib.import_module(name).__file__ or ""
        except ImportError as error:
            return str(error)
