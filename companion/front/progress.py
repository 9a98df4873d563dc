"""The run that is shown now, and why it began: a view of events beside the board.

Kept apart from the board because that one may already be ahead of the event being shown.
"""

from collections import Counter
from dataclasses import dataclass, field

from companion.core.board import RED, Board, file_of
from companion.messages import (
    CaughtUp,
    Change,
    EngineEvent,
    ItemFinished,
    ItemsGone,
    ItemStarted,
    RunFinished,
    Selected,
)  # fmt: skip


@dataclass(slots=True)
class Run:
    """One generation's run. ``expected`` counts its items; 0 where some of its files never ran before."""

    selected: Selected
    expected: int
    started: float
    """Monotonic clock, in seconds."""
    change: Change | None
    item: str = ""
    done: set[str] = field(default_factory=set[str])
    files: set[str] = field(default_factory=set[str])
    red: dict[str, ItemFinished] = field(default_factory=dict[str, ItemFinished])
    finished: RunFinished | None = None

    @property
    def generation(self) -> int:
        return self.selected.generation

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1; by files where the number of items is not known."""
        if self.finished is not None:
            return 1.0
        if self.expected:
            return min(len(self.done) / self.expected, 0.99)
        return max(0, len(self.files) - 1) / max(1, len(self.selected.items))

    def apply(self, event: EngineEvent) -> None:
        """Take in an event of this generation."""
        match event:
            case ItemStarted():
                self.item = event.id
            case ItemFinished():
                self._finish(event)
            case ItemsGone():
                for node_id in event.ids:
                    self.red.pop(node_id, None)
            case RunFinished():
                self.finished, self.item = event, ""
            case _:
                pass

    def _finish(self, event: ItemFinished) -> None:
        self.done.add(event.id)
        self.files.add(file_of(event.id))
        self.red.pop(event.id, None)  # an item that ran again counts by its last outcome
        if event.outcome in RED:
            self.red[event.id] = event


@dataclass(slots=True)
class Progress:
    """The last run that was selected; changed by `apply` only."""

    run: Run | None = None
    changes: dict[int, Change] = field(default_factory=dict[int, Change])
    unanswered: int = 0
    """Changes since the last run that came to its end."""
    since: float = 0.0
    """When the first of these came; monotonic clock, in seconds."""

    @property
    def running(self) -> bool:
        return self.run is not None and self.run.finished is None

    @property
    def waiting(self) -> tuple[Change, ...]:
        """Changes that no run has covered yet, oldest first."""
        covered = self.run.generation if self.run is not None else 0
        return tuple(change for generation, change in sorted(self.changes.items()) if generation > covered)

    def apply(self, event: EngineEvent, board: Board, now: float) -> None:
        """Take in one event; what belongs to another generation than the shown one's is left out."""
        match event:
            case CaughtUp(running=False):
                self.changes.clear()  # whatever they were, nothing is being done about them
                self.unanswered = 0
            case Change():
                self.changes[event.generation] = event
                self.since = self.since if self.unanswered else now
                self.unanswered += 1
            case Selected():
                change = self.changes.get(event.generation)
                self.run = Run(event, expected(event, board), now, change)
                self.changes = {g: c for g, c in self.changes.items() if g >= event.generation}
            case ItemStarted() | ItemFinished() | ItemsGone() | RunFinished():
                if self.run is not None and self.run.generation == event.generation:
                    self.run.apply(event)
                if isinstance(event, RunFinished) and not event.cancelled:
                    self.unanswered = len(self.waiting)
            case _:
                pass


def expected(selected: Selected, board: Board) -> int:
    """How many items a selection holds, by what its files held last time; 0 if one of them is new."""
    known = Counter(map(file_of, board.results))
    amounts = [1 if "::" in item.id else known[item.id] for item in selected.items]
    return sum(amounts) if all(amounts) else 0
