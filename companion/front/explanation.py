"""What pytest's long text says to people: its explanation of the exception, and what the test printed."""

import re
from collections.abc import Iterable, Iterator
from textwrap import dedent

from companion.front.limits import LIMITS, Limits
from companion.front.words import clean, count, one_line
from companion.messages import ItemFinished

EXPLANATION = re.compile(r"^E(?: {3}(.*)|)$", re.MULTILINE)
"""pytest marks with these what it has to say about the exception."""
SECTION = re.compile(r"^-{3,} ?(Captured .*?) ?-{3,}$", re.MULTILINE)
"""Headings of captured output."""


def headline(item: ItemFinished) -> str:
    """One line that is never empty."""
    first = EXPLANATION.search(clean(item.report))
    said = one_line(item.message) or one_line(first.group(1) or "" if first else "")
    return said or item.outcome


def untold(problem: str, red: Iterable[ItemFinished]) -> str:
    """The problem, or nothing where one of these failures is what it speaks of, and says more."""
    return "" if any(problem.startswith(f"{item.id} cannot be imported") for item in red) else problem


def explanation(item: ItemFinished, limits: Limits = LIMITS) -> list[str]:
    """pytest's own lines about the exception, else the message; the middle of a long one is a count."""
    found = "\n".join(match.group(1) or "" for match in EXPLANATION.finditer(clean(item.report)))
    lines = dedent(found).strip("\n").splitlines() or [headline(item)]
    if len(lines) <= limits.explanation:
        return lines
    return [*lines[: limits.explanation - 1], f"… {count(len(lines) - limits.explanation + 1, 'more line')}"]


def printed(item: ItemFinished) -> Iterator[tuple[str, list[str]]]:
    """``("captured stdout call", lines)`` for each output that pytest kept."""
    pieces = SECTION.split(clean(item.report))
    for heading, body in zip(pieces[1::2], pieces[2::2], strict=True):
        yield heading.lower(), body.strip("\n").splitlines()
