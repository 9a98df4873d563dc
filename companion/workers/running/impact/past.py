"""What the project held at some time, beside what it holds now."""

from collections.abc import Container
from dataclasses import dataclass, field

from companion.core.impact.comparison import Comparison, compared
from companion.core.impact.watching import watched
from companion.core.text import UndecodableError, decode_source
from companion.messages import Overlay, Watched

MOST = 60
"""Places that are looked into at once."""
LARGEST = 200_000
"""Characters of a text that is compared statement by statement."""

type Pair = tuple[str | None, str | None]
"""A text as it was and as it is; None: there was, or is, no such file."""


@dataclass(slots=True)
class Past:
    """What changed since a mark. ``files`` are Python files that were compared, ``data`` others, each as it was and
    as it is; ``pending`` are yet to be compared.

    ``complete``: laid over the disk, ``overlays`` give what was there then. ``current``: the disk holds what is
    known. ``is_code_other``: some Python file is another, whether or not it can be compared.
    """

    files: dict[str, Comparison] = field(default_factory=dict[str, Comparison])
    data: dict[str, Pair] = field(default_factory=dict[str, Pair])
    pending: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    overlays: tuple[Overlay, ...] = ()
    complete: bool = True
    current: bool = True
    is_code_other: bool = False

    def add(self, path: str, before: bytes | None, now: bytes | None, imported: Container[str]) -> None:
        """A file that is another now; Python is compared only if it may be ``imported``."""
        self.overlays += (Overlay(path, before),)
        if not path.endswith(".py"):
            self.data[path] = _shown(before, now)
            return
        self.is_code_other = True
        one, other = _text(before), _text(now)
        if path in imported and one is not None and other is not None:
            self.pending[path] = one, other

    def watched(self) -> tuple[tuple[Watched, ...], tuple[Watched, ...]]:
        """What to look into then, and now."""
        spans = [watched(path, of) for path, of in self.files.items()]
        old, new = (tuple(one for pair in spans for one in pair[side])[:MOST] for side in (0, 1))
        return old, new


class Comparisons:
    """Those of one run's reds: what several of them stand on is compared once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str], Comparison | None] = {}

    def advance(self, past: Past) -> None:
        """Compare one file that is ``pending``; it takes long enough for others to be let in between."""
        path, (before, now) = past.pending.popitem()
        key = path, before, now
        if key not in self._known:
            is_short = max(len(before), len(now)) <= LARGEST
            self._known[key] = compared(before, now) if is_short else None
        comparison = self._known[key]
        if comparison is not None:
            past.files[path] = comparison

    def clear(self) -> None:
        """Others will be asked for."""
        self._known.clear()


def _shown(before: bytes | None, now: bytes | None) -> Pair:
    """Texts of a file of data; empty ones where one of them is no text."""
    texts = _text(before), _text(now)
    if any(text is None or "\0" in text for text in texts):
        return None if before is None else "", None if now is None else ""
    return None if before is None else texts[0], None if now is None else texts[1]


def _text(data: bytes | None) -> str | None:
    """Empty for a file that there is not; None for what is no text."""
    try:
        return decode_source(data)[0] if data is not None else ""
    except UndecodableError:
        return None
