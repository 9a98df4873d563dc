"""Debugging: one session at a time, from a front through the engine and the runner to a spare with debugpy in it."""

from companion.messages.base import Message, message
from companion.messages.events import ItemFinished
from companion.messages.spares import RunItems


@message
class RequestDebug(Message):
    """A front wants to debug this item (or what else pytest takes: a class, a file).

    Answered by `DebugListens`, then `DebugEnded`; or by `DebugEnded` alone. It ends when the front leaves.
    """

    request: int
    item: str


@message
class DebugListens(Message):
    """debugpy waits here for a client, and the item for both. Between engine and runner ``request`` is a session."""

    request: int
    host: str
    port: int


@message
class DebugEnded(Message):
    """It is over: what came of each item. ``exit_code`` is pytest's; ``problem`` is one sentence, or empty."""

    request: int
    exit_code: int
    items: tuple[ItemFinished, ...]
    problem: str


@message
class DebugItem(Message):
    """To the runner: begin this session, in the place of any other."""

    session: int
    item: str


@message
class StopDebug(Message):
    """To the runner: nobody wants this session any more."""

    session: int


@message
class DebugItems(RunItems):
    """To a spare: as `RunItems`, once a debugger's client is attached.

    ``debugger`` is the folder with companion's own debugpy; empty: the project's is to be used.
    """

    debugger: str = ""


@message
class DebuggerListens(Message):
    """From a spare: debugpy waits there for a client."""

    host: str
    port: int
