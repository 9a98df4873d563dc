"""What was executed of a project's files: sets of lines as bits, tables, and files for others to read. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


def bits_of(lines: Iterable[int]) -> int:
    """A set of lines (from 0 on) as a number: bit N is line N."""
    bits = 0
    for line in lines:
        bits |= 1 << line
    return bits


def lines_of(bits: int) -> list[int]:
    """The inverse of `bits_of`, ascending."""
    return [at for at, bit in enumerate(reversed(f"{bits:b}")) if bit == "1"]


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """Of one file: lines of its statements, and those of them that were executed."""

    path: str
    statements: frozenset[int]
    executed: frozenset[int]

    @property
    def missing(self) -> frozenset[int]:
        """Statements that nobody has executed."""
        return self.statements - self.executed

    @property
    def ranges(self) -> str:
        """Missing ones as ``3, 7-12``: from one statement to another, with nothing that was executed in between."""
        return ", ".join(f"{first}-{last}" if first < last else f"{first}" for first, last in self._runs())

    def _runs(self) -> Iterator[tuple[int, int]]:
        missing = self.missing
        first = last = 0
        for line in sorted(self.statements):
            if line in missing:
                first, last = first or line, line
            elif first:
                yield first, last
                first = 0
        if first:
            yield first, last


def percent(statements: int, missing: int) -> int:
    """Of what was executed; 0 and 100 only where that is exact. Nothing at all is 100."""
    if not statements:
        return 100
    share = 100 * (statements - missing) / statements
    if 0 < share < 1:
        return 1
    return 99 if 99 < share < 100 else round(share)


def totals(files: Iterable[FileCoverage]) -> tuple[int, int]:
    """Statements, and missing ones, of all files."""
    pairs = [(len(file.statements), len(file.missing)) for file in files]
    return sum(statements for statements, _ in pairs), sum(missing for _, missing in pairs)


def lcov(files: Iterable[FileCoverage]) -> str:
    """As lcov's tools and editors read it."""
    return "".join(f"{line}\n" for file in files for line in _record(file))


def _record(file: FileCoverage) -> Iterator[str]:
    yield from ("TN:", f"SF:{file.path}")
    yield from (f"DA:{line},{int(line in file.executed)}" for line in sorted(file.statements))
    yield from (f"LF:{len(file.statements)}", f"LH:{len(file.executed & file.statements)}", "end_of_record")
