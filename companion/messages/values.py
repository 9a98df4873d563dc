"""What code did that is looked into, step by step: from a spare to the runner, where `RunItems` asks for values."""

from typing import Literal

from companion.messages.base import Message, message


@message
class Watched(Message):
    """Lines of a file, both included, that are looked into: the functions that begin there, with all that is inside,
    and those statements of modules and classes."""

    path: str
    first: int
    last: int


@message
class Moment(Message):
    """One step of watched code; ``function`` is the line at which its code begins, 0 for a module's.

    ``call``: with these arguments; ``line``: it is about to be executed; ``bound``: by that line names were bound to,
    or hold, something else than before it; ``return`` (of a generator: what it yields, too) and ``raise``: what comes
    out, without a name. ``values`` are texts, cut; what was cut has a mark that tells it from others (`CUT`).
    """

    kind: Literal["call", "line", "bound", "return", "raise"]
    path: str
    function: int
    line: int
    values: "tuple[tuple[str, str], ...]"


CUT = "…"
"""Behind it is the mark of a text that was too long."""


@message
class ValuesRun(Message):
    """All that watched code did for an item, in order; before its `ItemFinished`.

    ``owner`` is empty for what was done for none: imports, and what is shared. ``whole``: nothing was left out for
    being too much.
    """

    generation: int
    owner: str
    moments: "tuple[Moment, ...]"
    whole: bool
