"""The lines around a place in a file, as the disk has them now."""

from dataclasses import dataclass
from pathlib import Path

from companion.core.text import UndecodableError, decode_source, split_lines

LARGEST = 2_000_000
"""Bytes of a file above which no excerpt is read."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """``lines`` without their ends; the first has the one-based number ``first``, the one meant ``focus``."""

    first: int
    focus: int
    lines: tuple[str, ...]


def read(path: Path, line: int, *, around: int) -> Excerpt | None:
    """``around`` lines before and after ``line``; None where there is no such text (any more)."""
    try:
        # A pipe or a device would keep us waiting.
        if not path.is_file() or path.stat().st_size > LARGEST:
            return None
        text, _ = decode_source(path.read_bytes())
    except OSError, UndecodableError, ValueError:
        return None
    return cut(text, line, around=around)


def cut(text: str, line: int, *, around: int) -> Excerpt | None:
    """The excerpt of a text, without blank lines at its edges; None if it has no such line."""
    lines = [one.rstrip() for one in split_lines(text)]
    if not 1 <= line <= len(lines):
        return None
    first, last = max(1, line - around), min(len(lines), line + around)
    while first < line and not lines[first - 1]:
        first += 1
    while last > line and not lines[last - 1]:
        last -= 1
    return Excerpt(first, line, tuple(lines[first - 1 : last]))
