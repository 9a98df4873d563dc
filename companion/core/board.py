"""The board: what is known now, as a view of events. The engine keeps one, and so does each front.

Law: a board fed with another board's `snapshot` equals it.
"""

from dataclasses import dataclass, field

from companion.messages import (
    Change,
    FileFinished,
    ItemFinished,
    ItemsGone,
    ItemStarted,
    Message,
    Proposal,
    ProposalsGone,
    Ready,
    RunFinished,
    Selected,
    Status,
)  # fmt: skip

RED = frozenset({"failed", "error"})
"""Outcomes that need a person."""


def file_of(node_id: str) -> str:
    """The test file of a node id."""
    return node_id.partition("::")[0]


@dataclass(slots=True)
class Board:
    """Results of items, proposals and statuses; changed by `apply` only."""

    ready: Ready | None = None
    change: Change | None = None
    selected: Selected | None = None
    run: RunFinished | None = None
    running: str = ""
    results: dict[str, ItemFinished] = field(default_factory=dict[str, ItemFinished])
    proposals: dict[str, Proposal] = field(default_factory=dict[str, Proposal])
    statuses: dict[str, Status] = field(default_factory=dict[str, Status])
    _files: dict[str, dict[str, None]] = field(default_factory=dict[str, dict[str, None]], init=False, repr=False)
    """The ids of ``results`` by their file, in the same order."""

    def clear(self) -> None:
        """Know nothing again."""
        self.ready = self.change = self.selected = self.run = None
        self.running = ""
        for known in (self.results, self.proposals, self.statuses, self._files):
            known.clear()

    def apply(self, event: Message) -> None:  # noqa: C901 - one flat table of events
        """Take in one event; events that say nothing about the view are ignored."""
        match event:
            case ItemFinished():
                self.results[event.id] = event
                self._files.setdefault(file_of(event.id), {})[event.id] = None
            case ItemStarted():
                self.running = event.id
            case ItemsGone():
                for node_id in event.ids:
                    self._forget(node_id)
            case Change():
                self.change = event
            case Selected():
                self.selected, self.run = event, None
            case RunFinished():
                self.run, self.running = event, ""
            case Proposal():
                self.proposals[event.id] = event
            case ProposalsGone():
                self.proposals = {k: p for k, p in self.proposals.items() if p.path not in event.paths}
            case Status():
                self.statuses[event.source] = event
            case Ready():
                self.ready = event
            case _:
                pass

    def gone(self, event: FileFinished) -> tuple[str, ...]:
        """Ids that a file held before it ran whole and no longer holds; in time proportional to that file's items."""
        now = set(event.items)
        return tuple(node_id for node_id in self._files.get(event.path, ()) if node_id not in now)

    def red(self) -> list[ItemFinished]:
        """Items that need a person, in a stable order."""
        return sorted((r for r in self.results.values() if r.outcome in RED), key=lambda r: r.id)

    def flaky(self) -> list[ItemFinished]:
        """Items that failed and then passed with nothing changed, in a stable order."""
        found = (r for r in self.results.values() if r.state == "flaky" and r.outcome not in RED)
        return sorted(found, key=lambda r: r.id)

    def snapshot(self) -> tuple[Message, ...]:
        """Events that bring an empty board to this one's state."""
        running = (ItemStarted(self.change.generation if self.change else 0, self.running),) if self.running else ()
        single = (self.ready, self.change, self.selected, self.run)
        return (
            *self.statuses.values(),
            *(event for event in single if event is not None),
            *self.results.values(),
            *self.proposals.values(),
            *running,
        )

    def _forget(self, node_id: str) -> None:
        if self.results.pop(node_id, None) is not None:
            ids = self._files[file_of(node_id)]
            del ids[node_id]
            if not ids:
                del self._files[file_of(node_id)]
