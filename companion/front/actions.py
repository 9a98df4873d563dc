"""The work that a key leaves to the terminal's shell."""

from dataclasses import dataclass
from typing import Literal

from companion.front.screen import Wish
from companion.messages import Message


@dataclass(frozen=True, slots=True)
class Send:
    """Tell the engine."""

    message: Message


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the engine for a run."""

    wish: Wish


@dataclass(frozen=True, slots=True)
class Show:
    """Print above the live lines."""

    what: Literal["why", "proposals"]


@dataclass(frozen=True, slots=True)
class Open:
    """Open the person's editor there."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave in order."""


type Action = Send | Ask | Show | Open | Quit
