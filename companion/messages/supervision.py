"""Any agent or spare, and its supervisor."""

from companion.messages.base import Message, message


@message
class Ping(Message):
    """Answered by `Pong` as soon as the agent is between two pieces of work."""

    serial: int


@message
class Pong(Message):
    """The answer to the `Ping` of this serial."""

    serial: int


@message
class Stop(Message):
    """Finish in order: threads joined, what was sent drained, then gone."""


@message
class Raise(Message):
    """Raise inside the agent, as a defect would: how tests, and "restart agent", end one from inside."""

    reason: str


@message
class Started(Message):
    """The agent is warm and serves; ``detail`` says in a few words what it found."""

    agent: str
    detail: str


@message
class Crashed(Message):
    """An exception of our own reached the top of the agent; it is gone."""

    agent: str
    reason: str
    traceback: str
