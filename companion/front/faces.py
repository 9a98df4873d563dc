"""A one-shot run as JSON lines, and what every way of showing one must offer."""

from typing import Protocol

from companion.front.jsonlines import JsonLines
from companion.front.port import Engine
from companion.messages import (
    CaughtUp,
    Disconnected,
    EngineEvent,
    ItemFinished,
    Ready,
    RunAccepted,
    RunFinished,
    Status,
    Welcome,
)  # fmt: skip


class Face(Protocol):
    """How a one-shot run is shown."""

    def show(self, event: EngineEvent) -> None:
        """Take in the next event."""

    def conclude(self, run: RunFinished | None) -> None:
        """Say what came out; None if it was interrupted before its end."""

    def close(self) -> None:
        """Leave the terminal in order."""


class JsonFace:
    """Events of the run that was asked for, and of those that carry on with it; nothing of earlier ones.

    But for what is red, and stays so if this run leaves it out: ``by_itself`` is whether the run alone counts.
    """

    def __init__(self, client: Engine, lines: JsonLines, *, by_itself: bool) -> None:
        self._client, self._lines, self._by_itself = client, lines, by_itself
        self._joined = False
        self._accepted: int | None = None
        self._held: list[EngineEvent] = []

    def show(self, event: EngineEvent) -> None:
        """Take in the next event."""
        match event:
            case Welcome():
                self._joined, self._accepted, self._held = False, None, []
            case Disconnected():
                self._lines.show(event)
            case CaughtUp():
                self._caught_up(event)
            case RunAccepted():
                first, self._accepted = self._accepted is None, event.generation
                if first:
                    self._begin(event.generation)
            case Status() | Ready():
                if self._joined:
                    self._lines.write(event)
            case _ if self._accepted is None:
                self._held.append(event)
            case _ if _is_of(event, self._accepted):
                self._lines.write(event)
            case _:
                pass

    def conclude(self, run: RunFinished | None) -> None:
        """The run's own event has said it."""

    def close(self) -> None:
        """Nothing is held."""

    def _caught_up(self, event: CaughtUp) -> None:
        if not event.running:
            self._held.clear()  # a run that is over is nobody's answer
        self._joined, board = True, self._client.board
        ready = (board.ready,) if board.ready is not None else ()
        for known in (*ready, *(status for status in board.statuses.values() if status.health != "ok")):
            self._lines.write(known)

    def _begin(self, generation: int) -> None:
        """The run may have begun before it was asked for."""
        begun = [event for event in self._held if _is_of(event, generation)]
        shown = {event.id for event in begun if isinstance(event, ItemFinished)}
        for red in () if self._by_itself else self._client.board.red():
            if red.id not in shown:
                self._lines.write(red, earlier=True)
        for event in begun:
            self._lines.write(event)
        self._held.clear()


def _is_of(event: EngineEvent, generation: int) -> bool:
    """Whether this belongs to a run of this generation or a later one, or to no run."""
    number: int = getattr(event, "generation", generation)
    return number >= generation
