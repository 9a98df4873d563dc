"""A one-shot run as JSON lines, and what every way of showing one must offer."""

from typing import Protocol

from companion.front.jsonlines import JsonLines
from companion.messages import EngineEvent, RunFinished


class Face(Protocol):
    """How a one-shot run is shown."""

    def show(self, event: EngineEvent) -> None:
        """Take in the next event."""

    def conclude(self, run: RunFinished | None) -> None:
        """Say what came out; None if it was interrupted before its end."""

    def close(self) -> None:
        """Leave the terminal in order."""


class JsonFace:
    """The events as they come are all there is to say."""

    def __init__(self, lines: JsonLines) -> None:
        self._lines = lines

    def show(self, event: EngineEvent) -> None:
        """Take in the next event."""
        self._lines.show(event)

    def conclude(self, run: RunFinished | None) -> None:
        """The run's own event has said it."""

    def close(self) -> None:
        """Nothing is held."""
