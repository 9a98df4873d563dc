"""Which test files an interpreter may hold: those that have been tried in one and came out as in a process.

A file's first run is in the process lane. What it is tried by is its content: an edited file is a new one, and so is
every file in another environment. No IO but the store's and a look at the files' texts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from companion.messages import Lane, Outcome
from companion.store.store import LaneRecord, Store
from companion.workers.running.memory import LaneMemory
from companion.workers.running.sources import Sources

DIFFERS = "comes out otherwise in an interpreter"


@dataclass(slots=True)
class Promotion:
    """What is known of files, by their content; ``outcomes`` are those of the last whole run in the process lane."""

    store: Store
    environment: str
    sources: Sources
    lanes: LaneMemory
    records: dict[str, LaneRecord] = field(default_factory=dict[str, LaneRecord])
    outcomes: dict[str, dict[str, Outcome]] = field(default_factory=dict[str, dict[str, Outcome]])
    contents: dict[str, str] = field(default_factory=dict[str, str])
    reaching: str = ""
    _news: dict[str, LaneRecord] = field(default_factory=dict[str, LaneRecord])

    def load(self) -> None:
        """Take in what earlier engines have learned."""
        self.records = dict(self.store.lanes(self.environment))

    def save(self) -> None:
        """Keep what is new."""
        if self._news:
            self.store.keep_lanes(self.environment, self._news)
            self._news = {}

    def promoted(self, file: str) -> bool:
        """Whether this file, as it is now, may run in an interpreter."""
        record = self.records.get(file)
        return record is not None and record.lane == "interpreter" and record.content == self.sources.content(file)

    def candidates(self) -> tuple[str, ...]:
        """Files that have run in a process and have not been tried as they are now."""
        return tuple(file for file in sorted(self.outcomes) if self._is_candidate(file))

    def judge(self, file: str, content: str, tried: Mapping[str, Outcome]) -> None:
        """An interpreter has run this file with this content, and no guard was met."""
        if content != self.sources.reread(file) or content != self.contents.get(file):
            return  # edited meanwhile
        if tried == self.outcomes.get(file):
            self._record(file, "")
        else:
            self.stays(file, DIFFERS)

    def stays(self, file: str, reason: str) -> None:
        """This file, as it is now, needs a process."""
        self._record(file, reason)

    def reached(self, file: str, reason: str) -> None:
        """A file reached outside of its process, or (``.``) every session does: to try it would do that again."""
        if file == ".":
            self.reaching = f"every session {reason}"
        else:
            self.stays(file, reason)

    def configured_anew(self) -> None:
        """What every session does may be another matter now."""
        self.reaching = ""

    def ran(self, file: str, outcomes: dict[str, Outcome]) -> None:
        """A process has run this file whole."""
        self.outcomes[file], self.contents[file] = outcomes, self.sources.content(file)

    def forget(self, file: str) -> None:
        """No process has run this file whole, as it is now."""
        self.outcomes.pop(file, None)
        self.contents.pop(file, None)

    def stay(self, files: Iterable[str], reason: str) -> None:
        """As `stays`."""
        for file in files:
            self.stays(file, reason)

    def lane(self, file: str) -> tuple[Lane, str]:
        """Where this file runs now, and why it does not run in an interpreter."""
        lane = self.lanes.of(file)
        return lane, "" if lane == "interpreter" else self._why(file)

    def _why(self, file: str) -> str:
        if self.lanes.process_only:
            return self.lanes.process_only
        if self.lanes.forced_lane(file):
            return "configured so"
        record = self.records.get(file)
        known = record.reason if record is not None and record.content == self.sources.content(file) else ""
        return self.lanes.reason(file) or known or self.reaching or "not tried in an interpreter yet"

    def _is_candidate(self, file: str) -> bool:
        if self.lanes.of(file) == "interpreter" or self.lanes.reason(file) or self.lanes.forced_lane(file):
            return False
        if not RERUNNABLE.issuperset(self.outcomes[file].values()):
            return False
        record, content = self.records.get(file), self.sources.content(file)
        return self.contents.get(file) == content and (record is None or record.content != content)

    def _record(self, file: str, reason: str) -> None:
        lane: Lane = "process" if reason else "interpreter"
        self.records[file] = self._news[file] = LaneRecord(self.sources.content(file), lane, reason)


RERUNNABLE = frozenset({"passed", "skipped", "xfailed", "xpassed"})
"""Outcomes of files that are worth to be tried: red ones will be edited."""
