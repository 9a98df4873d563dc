"""Runs inside an agent's subinterpreter: builds the agent, and tells which modules that took."""

import importlib
import os
import sys
from typing import Any, cast

from companion.config import Config
from companion.messages import Message, Status
from companion.runtime.channel import open_send
from companion.runtime.codec import unpack
from companion.workers.loop import Loop


class Nobody:
    """A link whose other side listens to nothing."""

    def __init__(self) -> None:
        self.loop = Loop()

    def send(self, message: Message) -> None: ...


def main(name: str, settings: object, _inbox: object, outbox: Any, _isolated: object) -> None:
    """The entry that a Worker calls."""
    config = cast("Config", unpack(settings))
    send = open_send(outbox)
    for library in ("pickle", "json"):
        forbid(library)
    os.chdir(config.root)
    agent = importlib.import_module(f"companion.workers.{name}").build(Nobody(), config)
    tops = sorted({module.split(".")[0] for module in sys.modules})
    send.send(Status("modules", "ok", " ".join(tops)))
    agent.close()
    send.drain(5.0)
    send.close()


def forbid(library: str) -> None:
    """Make this library's reading and writing raise."""
    module = importlib.import_module(library)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError(f"{library} was used")

    for function in ("dumps", "loads", "dump", "load"):
        setattr(module, function, refuse)
