"""What one owner of watched code did, within bounds, and what the names of its frames hold.

This module also runs in the project's own Python (3.10 or later).
"""

from types import CodeType, FrameType
from typing import Any, Literal, Union

from companion.messages import Moment
from companion.workers.testrun.tracing_codes import OPTIMIZED
from companion.workers.testrun.tracing_texts import described_as, name_of

_dict: Any = dict
MOMENTS = 2_000
"""That are told of an item."""
CHARACTERS = 300_000
"""Of all values of an item."""
SECONDS = 1.0
"""That looking may take of an item."""
NAMES = 40
"""Of a function that are looked at."""

Kind = Literal["call", "line", "bound", "return", "raise"]
Values = tuple[tuple[str, str], ...]


class Story:
    """What one owner did; ``whole`` until something was left out."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.moments: list[Moment] = []
        self.whole = True
        self._characters = 0
        self.seconds = 0.0

    def add(self, moment: Moment) -> None:
        """As long as there is room."""
        self._characters += sum([len(name) + len(value) for name, value in moment.values])
        if len(self.moments) >= MOMENTS or self._characters > CHARACTERS or self.seconds > SECONDS:
            self.whole = False
        else:
            self.moments.append(moment)


class Activation:
    """One call of watched code: the line that it is at, and what its names held before that."""

    __slots__ = ("known", "line", "namespace")

    def __init__(self) -> None:
        self.line = 0
        self.known: dict[str, str] = {}
        self.namespace: Union[dict[str, object], None] = None
        """Of a module or class, while one of its watched lines is executed."""


class Followed:
    """A watched code object."""

    __slots__ = ("code", "function", "is_function", "lines", "path")

    def __init__(self, code: CodeType, path: str, lines: "frozenset[int]") -> None:
        self.code, self.path, self.lines = code, path, lines
        self.is_function = bool(code.co_flags & OPTIMIZED)
        self.function = 0 if code.co_name == "<module>" else code.co_firstlineno


def bound_above(frame: FrameType, activation: Activation) -> Values:
    """Of a module or class."""
    before, activation.namespace = activation.namespace, None
    if before is None:
        return ()
    now = namespace_of(frame) or {}
    news = [name for name, value in now.items() if name not in before or before[name] is not value]
    return tuple(sorted([(name, described_as(name, now[name])) for name in news[:NAMES] if _is_shown(name)]))


def namespace_of(frame: FrameType) -> "dict[str, object] | None":
    """Of a module or class: a metaclass may have given it something else than a dict."""
    held: Any = frame.f_locals
    return dict(_dict.items(held)) if issubclass(type(held), dict) else None


def names_of(frame: FrameType) -> "dict[str, str]":
    """Of a function, with what each holds."""
    held = list(frame.f_locals.items())[:NAMES]
    return {name: described_as(name, value) for name, value in held if _is_shown(name)}


def _is_shown(name: object) -> bool:
    """pytest's own names are no business of anybody's."""
    return type(name) is str and not name.startswith(("@", ".", "__"))


def text_of_error(error: BaseException) -> str:
    """Its name; of what it says, the text."""
    arguments = BaseException.__dict__["args"].__get__(error)
    said = f": {arguments[0]}" if len(arguments) == 1 and type(arguments[0]) is str else ""
    return name_of(type(error)) + said[:80].partition("\n")[0]
