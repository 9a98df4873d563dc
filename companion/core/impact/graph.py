"""What selection asks of what is known: who executes, imports and mentions what. A port; SQLite answers it. Pure."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from companion.core.impact.parts import NameImport, Source

type Items = dict[str, int]
"""Items by test file: bit N is its item number N; `EVERY` for all of them, those that are not known yet too."""

EVERY = -1
CONTENT = "<content>"
"""The key of a file that is read, and not imported, as its own only part."""
ENVIRONMENT = "<environment>"
"""Stands for a path where keys are variables."""
PRESENCE = "<presence>"
"""The key of whether there is such a file."""
LISTING = "<listing>"
"""The key of a folder's names."""


class Graph(Protocol):
    """Sources are those that changes were told of last; reasons are one line, as people read them."""

    def source(self, path: str) -> Source | None:
        """As it is now; None if there is no such file, or if it has never parsed."""
        ...

    def executing(self, path: str, key: str) -> Mapping[str, int]:
        """Items whose last run depends on this part, whatever it held then."""
        ...

    def importing(self, path: str, key: str) -> Iterable[str]:
        """Files whose import executes this part."""
        ...

    def importers(self, path: str) -> frozenset[str]:
        """Test files that import this file, or would if it were there."""
        ...

    def mentioning(self, word: str) -> Iterable[str]:
        """Files that have this word among the names and words of a part, or among what they import."""
        ...

    def computing(self) -> Iterable[str]:
        """Files that look names up by other ways than writing them down."""
        ...

    def target(self, path: str, bound: NameImport) -> Iterable[str]:
        """Files that an import in this file may take its name from."""
        ...


def joined(one: Mapping[str, int], other: Mapping[str, int]) -> Items:
    """Items of either."""
    items = dict(one)
    for test, bits in other.items():
        items[test] = items.get(test, 0) | bits
    return items


def common(one: Mapping[str, int], other: Mapping[str, int]) -> Items:
    """Items of both."""
    both = ((test, bits & other.get(test, 0)) for test, bits in one.items())
    return {test: bits for test, bits in both if bits}


def within(items: Mapping[str, int], tests: frozenset[str]) -> Items:
    """Items of these test files."""
    return {test: bits for test, bits in items.items() if test in tests}
