"""The entry of every agent inside its subinterpreter: build it, serve messages, end in order.

An exception that reaches this module is a defect of ours: it is sent as `Crashed`, and the supervisor restarts the
agent. Whatever happens, what was sent is drained before the interpreter closes, for closing would lose it.
"""

import contextlib
import importlib
import os
import traceback
from collections.abc import Callable
from typing import cast

from companion.config import Config
from companion.errors import BrokenResourceError, CompanionError, EndOfChannel
from companion.messages import Crashed, Handle, Message, Ping, Pong, Raise, Started, Stop
from companion.runtime.channel import ReceiveChannel, SendChannel, open_receive, open_send
from companion.runtime.codec import unpack
from companion.runtime.stream import StreamReceiveChannel, StreamSendChannel
from companion.workers.link import Agent, Build
from companion.workers.loop import Loop

PATIENCE = 5.0
"""Seconds that a full channel to the host is waited for; the host reads all the time, so this means it is stuck."""
DRAIN = 1.0
"""Seconds that the host gets to read the last messages."""


class ToldToRaiseError(CompanionError):
    """Raised because a `Raise` message asked for it."""


class HostGoneError(BrokenResourceError):
    """Nobody is left to hear from this agent."""


class Serving:
    """The link between one agent and the host."""

    def __init__(self, name: str, inbox: ReceiveChannel, outbox: SendChannel) -> None:
        self.loop = Loop()
        self._name, self._inbox, self._outbox = name, inbox, outbox

    def send(self, message: Message) -> None:
        """See `companion.workers.link.Link`."""
        try:
            self._outbox.send(message, timeout=PATIENCE)
        except BrokenResourceError as error:
            raise HostGoneError(str(error)) from error

    def serve(self, agent: Agent) -> None:
        """Until `Stop`, or until the host is gone."""
        self.loop.add_reader(self._inbox.fileno(), lambda: self._deliver(agent))
        self.loop.run()

    def _deliver(self, agent: Agent) -> None:
        messages = self._inbox.pending()
        while True:
            try:
                message = next(messages, None)
            except EndOfChannel, BrokenResourceError:  # only the host's: what the agent raises is a defect
                return self.loop.stop()
            match message:
                case None:
                    return None
                case Stop():
                    return self.loop.stop()
                case Ping():
                    self.send(Pong(message.serial))
                case Raise():
                    raise ToldToRaiseError(message.reason)
                case _:
                    agent.handle(message)


def agent_main(module: str, settings: object, inbox: Handle, outbox: Handle, _isolated: object) -> None:
    """Run the agent that ``companion.workers.<module>`` builds, from start to end."""
    converse(module, cast("Config", unpack(settings)), open_receive(inbox), open_send(outbox))


def converse(module: str, config: Config, receive: ReceiveChannel, send: SendChannel) -> None:
    """Build the agent, serve it over these channels, end it."""
    serving = Serving(module, receive, send)
    try:
        _run(module, config, serving)
    except HostGoneError:
        pass
    except BaseException as error:  # noqa: BLE001 - sent, because an interpreter's exceptions reach nobody
        crash = Crashed(module, f"{type(error).__name__}: {error}", traceback.format_exc())
        _quietly(lambda: serving.send(crash))
    finally:
        serving.loop.close()
        _quietly(lambda: send.drain(DRAIN))
        send.close()
        receive.close()


def _run(module: str, config: Config, serving: Serving) -> None:
    os.chdir(config.root)
    build = cast("Build", importlib.import_module(f"companion.workers.{module}").build)
    agent = build(serving, config)
    try:
        serving.send(Started(module, agent.detail))
        serving.serve(agent)
    finally:
        agent.close()


def _quietly(action: Callable[[], None]) -> None:
    with contextlib.suppress(CompanionError, TimeoutError):
        action()


def process_main(module: str) -> None:
    """Run an agent as a process of its own, where its interpreter cannot be: descriptors 0 and 1 are its channels."""
    receive, send = StreamReceiveChannel(os.dup(0)), StreamSendChannel(os.dup(1))
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1):
        os.dup2(null, fd)
    converse(module, cast("Config", receive.receive(PATIENCE)), receive, send)
