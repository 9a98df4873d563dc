"""What an agent is given and what it must offer: the one interface between agents and the serve loop.

Each agent is a module of this package with a function ``build(link, config) -> Agent``.
"""

from collections.abc import Callable
from typing import Protocol

from companion.config import Config
from companion.messages import Message
from companion.workers.loop import Loop


class Agent(Protocol):
    """A resident agent. All calls come from the loop's thread."""

    @property
    def detail(self) -> str:
        """In a few words, what it found at its start; shown by ``companion doctor``."""
        ...

    def handle(self, message: Message) -> None:
        """Do what a message asks. An exception here is a defect: the agent is restarted."""

    def close(self) -> None:
        """Join every thread and release every resource; called once, also after an exception."""


class Link(Protocol):
    """An agent's side of its conversation with the host."""

    @property
    def loop(self) -> Loop: ...

    def send(self, message: Message) -> None:
        """Send to the host, waiting while the channel is full. Raises BrokenResourceError if the host is gone."""


type Build = Callable[[Link, Config], Agent]
