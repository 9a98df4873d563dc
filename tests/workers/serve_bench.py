"""A bench for the serve loop: a puppet for an agent, served in a thread over real channels of either kind."""

import os
import threading
from collections.abc import Callable
from typing import Literal

from companion.config import Config
from companion.errors import EndOfChannel
from companion.messages import Crashed, Message
from companion.runtime.channel import ReceiveChannel, SendChannel, open_channel
from companion.runtime.stream import open_stream, stream_pair
from companion.workers.link import Link
from companion.workers.serve import converse

DEADLINE = 30.0
"""Seconds until a test gives up; none waits that long unless it fails."""
NAME = "puppet"


class Puppet:
    """An agent that notes what happens to it and does as the test likes."""

    detail = "in a thread"

    def __init__(self) -> None:
        self.handled: list[Message] = []
        self.closed = 0
        self.link: Link | None = None
        self.on_build: Callable[[], None] = lambda: None
        self.on_handle: Callable[[Message], None] = lambda _message: None
        self.on_close: Callable[[], None] = lambda: None

    def build(self, link: Link, _config: Config) -> Puppet:
        self.link = link
        self.on_build()
        return self

    def handle(self, message: Message) -> None:
        self.handled.append(message)
        self.on_handle(message)

    def close(self) -> None:
        self.closed += 1
        self.on_close()


class Host:
    """The other side: an agent that is served in a thread."""

    def __init__(self, kind: Literal["interpreter", "stream"], agent: Puppet) -> None:
        self.agent = agent
        self.send: SendChannel
        self.receive: ReceiveChannel
        inbox: ReceiveChannel
        outbox: SendChannel
        if kind == "interpreter":
            (self.send, inbox), (outbox, self.receive) = open_channel(16), open_channel(16)
        else:
            ours, theirs = stream_pair()
            (self.send, self.receive), (outbox, inbox) = open_stream(ours), open_stream(theirs)
        self.config = Config(root=os.getcwd())  # noqa: PTH109 - as a text
        self._thread = threading.Thread(target=lambda: converse(NAME, self.config, inbox, outbox))

    def start(self) -> None:
        self._thread.start()

    def tell(self, *messages: Message) -> None:
        for message in messages:
            self.send.send(message, DEADLINE)

    def hear(self) -> Message:
        return self.receive.receive(DEADLINE)

    def rest(self) -> list[Message]:
        """All up to the end."""
        heard: list[Message] = []
        try:
            while True:
                heard.append(self.hear())
        except EndOfChannel:
            self.ended()
            return heard

    def ended(self) -> None:
        self._thread.join(DEADLINE)
        assert not self._thread.is_alive()

    def close(self) -> None:
        self.send.close()
        self.receive.close()
        if self._thread.ident is not None:
            self.ended()


def crash(messages: list[Message]) -> Crashed:
    """The last of these, which must be the only one."""
    assert [type(message) for message in messages].count(Crashed) == 1
    found = messages[-1]
    assert isinstance(found, Crashed)
    return found
