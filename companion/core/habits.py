"""Whose change is it: a person's, or a run's? Pure.

Nobody sees what programs write that a test has started, nor what extension modules write. Such writes are known by
their habits: they come again whenever tests run, and at no other time. Only data files are judged so: a Python file,
or one that configures tests, is a person's, unless a test was seen to write it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from companion.core.ignore import is_text_of_interest
from companion.core.writes import BESIDE, Session, Sighting

type Whose = Literal["run", "unclear", "person"]
"""``unclear``: worth a run, but not at the cost of the one under way."""

FEW, MANY = 2, 10
"""In how many sessions the same data file must have changed, and never besides, until a further one is believed to
write it: while programs ran that a test had started; without any."""
NUMBERS = re.compile(r"\d+|[0-9a-f]{8,}")
"""What differs in names that are made anew each time."""


@dataclass(slots=True)
class Habits:
    """What runs turned out to write without anybody seeing it, by path without `NUMBERS`: during which sessions.

    What SQLite keeps beside a database counts as the database.
    """

    _seen: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def announced(self, paths: Iterable[str]) -> None:
        """A front says that a person has saved these."""
        for path in paths:
            self._forget(path)

    def whose(self, seen: Sighting, sessions: Iterable[Session]) -> Whose:
        """Whose change this is, if no front announces it."""
        sessions = tuple(sessions)
        if any(session.wrote(seen) for session in sessions):
            return "run"
        if is_text_of_interest(seen.path.rpartition("/")[2]):
            return "person"
        if began := [session.began for session in sessions if session.may_have(seen)]:
            return "run" if self._is_habit(seen, max(began), FEW) else "unclear"
        if began := [session.began for session in sessions if session.lived(seen)]:
            return "run" if self._is_habit(seen, max(began), MANY) else "person"
        if not seen.whole and any(len(self._seen.get(habit, ())) > FEW for habit in _habits(seen)):
            return "run"  # the log of a server that a test has left behind: people close what they save
        self._forget(seen.path)
        return "person"

    def _forget(self, path: str) -> None:
        for habit in (_own(path), _kind_of(path)):
            self._seen.pop(habit, None)

    def _is_habit(self, seen: Sighting, session: int, often: int) -> bool:
        for habit in _habits(seen):
            if len(self._seen[habit]) <= often:
                self._seen[habit].add(session)
        known = [habit for habit in _habits(seen) if len(self._seen[habit]) > often]
        if known and _own(seen.path) not in known:
            self._seen.pop(_own(seen.path), None)  # its kind stands for it: names that are made anew have no end
        return bool(known)


def _habits(seen: Sighting) -> tuple[str, ...]:
    """Numbers tell files apart that people edit; those that runs make anew are one."""
    own = _own(seen.path)
    return (own,) if seen.kind == "modified" else (own, _kind_of(seen.path))


def _own(path: str) -> str:
    return path.removesuffix(next((ending for ending in BESIDE if path.endswith(ending)), ""))


def _kind_of(path: str) -> str:
    return f"new {NUMBERS.sub('#', _own(path))}"
