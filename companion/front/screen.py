"""What a live screen remembers beyond the board: progress, what is being typed, what was said last."""

from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Literal

from companion.core.board import Board, file_of
from companion.front.progress import Progress
from companion.messages import CaughtUp, Change, Disconnected, EngineEvent, RunAccepted, Scope, Selected, Welcome


@dataclass(frozen=True, slots=True)
class Prompt:
    """A line being typed: ``paths`` narrows by path, ``name`` by pytest's ``-k``."""

    scope: Literal["paths", "name"]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """A run that somebody at this screen asked for; ``label`` says it in words."""

    scope: Scope
    arguments: tuple[str, ...]
    label: str


@dataclass(slots=True)
class Screen:
    """State of one terminal. `apply` takes in events; keys are `companion.front.commands`' affair."""

    progress: Progress = field(default_factory=Progress)
    caught_up: bool = False
    lost: str = ""
    """Why the engine is gone; empty while joined."""
    paused: bool = False
    stopping: bool = False
    """The person asked for the present run's end."""
    helping: bool = False
    prompt: Prompt | None = None
    note: str = ""
    """The answer to the last key, until the next."""
    wish: Wish | None = None
    """The run asked for last, until a change starts another."""
    asked: dict[int, str] = field(default_factory=dict[int, str])
    """Request number to label of the runs asked for here and not yet accepted."""
    labels: dict[int, str] = field(default_factory=dict[int, str])
    """Generation to label of the runs asked for here."""

    def apply(self, event: EngineEvent, board: Board, now: float) -> None:
        """Take in one event, after the board did; ``now`` is the monotonic clock in seconds."""
        self.progress.apply(event, board, now)
        match event:
            case Disconnected():
                self.lost, self.caught_up = event.reason, False
                self.progress, self.paused, self.stopping, self.labels = Progress(), False, False, {}
            case Welcome():
                self.lost, self.caught_up = "", False
            case CaughtUp():
                self.caught_up = True
            case RunAccepted() if event.request in self.asked:
                self.labels[event.generation] = self.asked.pop(event.request)
            case Selected():
                self.stopping = False
            case Change(trigger="request"):
                self.paused = False  # the engine goes on for whoever asks
            case Change():
                self.wish, self.note = None, ""
            case _:
                pass


def matching(board: Board, pattern: str) -> tuple[str, ...]:
    """Test files known that a path pattern means: a part of the path or, with ``*?[``, a shell pattern."""
    files = sorted({file_of(node_id) for node_id in board.results})
    if any(char in pattern for char in "*?["):
        return tuple(f for f in files if fnmatch(f, pattern) or fnmatch(f, f"*/{pattern}"))
    return tuple(f for f in files if pattern.casefold() in f.casefold())


def named(board: Board, expression: str) -> int | None:
    """How many known tests a plain word selects as ``-k`` does; None for what only pytest can tell."""
    if not expression or any(not (char.isalnum() or char in "_[]") for char in expression):
        return None
    return sum(expression.casefold() in node_id.casefold() for node_id in board.results)
