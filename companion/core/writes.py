"""What sessions write themselves, and whether a change on the disk is such a write. Pure.

Sessions write down what they are about to write (`companion.store.ledger`), before they do. A change on the disk is a
session's own if one of these writes came after what the file held when it was last seen, and if that content is as
old as the write, or younger, and was there before the item that wrote it had ended. Contents are dated by the time of
their inode's last change, which nobody can set, on the clock that file systems use.

Nobody sees what programs write that a test has started, or extension modules: see `companion.core.habits`.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

type Kind = Literal["begin", "write", "move", "hold", "programs", "quiet", "over", "end"]
"""``begin`` and ``end`` of a session; ``write``: a path is opened to be written, is made or removed; ``move``: a
path, with all below it, comes here or goes away; ``hold``: it stays open, or is a database, and is written until the
end; ``programs``: one was started; ``quiet``: none is left; ``over``: an item is."""

GRACE = 200_000_000
"""Nanoseconds for which programs, and the session itself, may go on writing when they are over."""
LATE = 5_000_000_000
"""Nanoseconds that a deletion may take to be noticed: nothing is left that would date it."""
BESIDE = ("-journal", "-wal", "-shm")
"""Endings of files that SQLite keeps beside a database."""
REMEMBERED = 32
"""Writes of one path by one session of which each is known; a path is noticed before that many more have come."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a session wrote down, at a time (ns); paths are relative to the root."""

    kind: Kind
    at: int
    path: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A changed file. ``before`` dates what it held when last seen closed, ``after`` what it holds now (ns); both are
    0 where there was no such file, and ``after`` is the time of looking where there is none now.

    ``whole``: nobody has it open to write.
    """

    path: str
    kind: Literal["created", "modified", "deleted"]
    before: int
    after: int
    whole: bool = True


@dataclass(slots=True)
class Span:
    """Something that began, and may have ended."""

    begin: int
    kind: Kind
    end: int | None = None

    def holds(self, moment: int, grace: int = 0) -> bool:
        return self.begin <= moment and (self.end is None or moment <= self.end + grace)


def latest() -> deque[Span]:
    """Room for the spans that are remembered."""
    return deque(maxlen=REMEMBERED)


@dataclass(slots=True)
class Session:
    """What one session has written down so far."""

    life: Span | None = None
    spans: defaultdict[str, deque[Span]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=REMEMBERED))
    )
    programs: deque[Span] = field(default_factory=lambda: deque[Span](maxlen=REMEMBERED))
    _open: list[Span] = field(default_factory=list[Span])

    def take(self, entry: Entry) -> None:
        """The next entry."""
        match entry.kind:
            case "begin":
                self.life = Span(entry.at, "begin")
            case "write" | "move" | "hold":
                self._begin(self.spans[entry.path], entry)
            case "programs":
                self._begin(self.programs, entry)
            case "quiet":
                self._end(("programs",), entry.at)
            case "over":
                self._end(("write", "move"), entry.at)
            case "end":
                self._end(("write", "move", "hold", "programs"), entry.at)
                if self.life is not None:
                    self.life.end = entry.at

    @property
    def began(self) -> int:
        """When (ns), or 0."""
        return 0 if self.life is None else self.life.begin

    def wrote(self, seen: Sighting) -> bool:
        """Whether this session has written what was seen."""
        return any(_explains(span, seen, path) for path in _names(seen.path) for span in self.spans.get(path, ()))

    def may_have(self, seen: Sighting) -> bool:
        """Whether a program that it had started could have."""
        grace = LATE if seen.kind == "deleted" else GRACE
        return any(span.holds(seen.after, grace) for span in self.programs)

    def lived(self, seen: Sighting) -> bool:
        """Whether the session was on."""
        return self.life is not None and self.life.holds(seen.after, GRACE)

    def _begin(self, spans: deque[Span], entry: Entry) -> None:
        span = Span(entry.at, entry.kind)
        spans.append(span)
        self._open.append(span)

    def _end(self, kinds: tuple[Kind, ...], at: int) -> None:
        for span in self._open:
            if span.kind in kinds:
                span.end = at
        self._open = [span for span in self._open if span.end is None]


def _explains(span: Span, seen: Sighting, path: str) -> bool:
    """``path`` is what was written: the file that was seen, or something that it lies in or belongs to."""
    if span.kind == "hold":
        return span.holds(seen.after)
    if span.kind == "write" and path != seen.path:
        return False
    if seen.before >= span.begin and seen.before != seen.after:  # of one date is what was read half-written
        return False
    if seen.kind == "deleted":
        return span.holds(seen.after, LATE)
    came_along = span.kind == "move" and seen.after < span.begin
    return came_along or span.holds(seen.after)


def _names(path: str) -> Iterator[str]:
    """What an entry may be about that explains a change of this path."""
    yield path
    for ending in BESIDE:
        if path.endswith(ending):
            yield path.removesuffix(ending)
    folder = path.rpartition("/")[0]
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
