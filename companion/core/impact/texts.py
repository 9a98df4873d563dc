"""What files held before they changed, as far back as an item that has not run since may want to know. Pure."""

from collections import deque
from dataclasses import dataclass, field

UNKNOWN = b""
"""In the place of a text that nobody has; a deflated one is never empty. None: there was no such file."""
LARGEST = 20_000_000
"""Bytes of texts that are kept, deflated; the oldest go first."""

LAID = 32_000_000
"""Bytes of texts, as files hold them, that are laid over the disk at once: an order is to fit into a frame."""


@dataclass(slots=True)
class Texts:
    """Texts as they were handed over, deflated or not. A mark is a point in time, between two changes."""

    largest: int = LARGEST
    _notes: deque[tuple[str, bytes | None]] = field(default_factory=deque[tuple[str, bytes | None]])
    _first: int = 0
    _dropped: int = 0
    _size: int = 0

    @property
    def mark(self) -> int:
        """Now; 0 before anything has changed."""
        return self._first + len(self._notes)

    def note(self, path: str, before: bytes | None) -> None:
        """This file is another from now on; it held this before."""
        self._notes.append((path, before))
        self._size += len(before or b"")
        while self._size > self.largest:
            self._drop()

    def since(self, mark: int) -> dict[str, bytes | None]:
        """What changed since then, as it was then."""
        found: dict[str, bytes | None] = {}
        for path, before in list(self._notes)[max(0, mark - self._first) :]:
            found.setdefault(path, before)
        return found

    def forget(self, mark: int) -> None:
        """Nobody asks any more for what is older."""
        while self._notes and self._first < mark:
            self._size -= len(self._notes.popleft()[1] or b"")
            self._first += 1
        self._dropped = max(self._dropped, self._first)

    def _drop(self) -> None:
        """The oldest text that there is."""
        at = self._dropped - self._first
        path, before = self._notes[at]
        if before:
            self._size -= len(before)
            self._notes[at] = path, UNKNOWN
        self._dropped += 1
