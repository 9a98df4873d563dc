"""What one session tells of what it executes and meets, as parts that can change. No IO but the sources asked for."""

import os
import sys
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from companion.core.ignore import EXTENSIONS
from companion.core.impact.graph import CONTENT, ENVIRONMENT, LISTING, PRESENCE
from companion.core.impact.history import MODULES
from companion.core.impact.parts import MODULE, Part, Source
from companion.core.impact.source import keys_at
from companion.core.impact.variables import fingerprint
from companion.messages import Loaded, Traced
from companion.store.records import PartKey

ANYTHING: PartKey = ("<anything>", "", 0)
"""What an item depends on that starts programs: whatever changes."""
DATA: PartKey = ("<data>", "", 0)
"""What an item depends on that nobody traced: whatever is no Python."""
OPAQUE, EXTERNAL, RED = 1, 2, 4
"""Flags of items: starts programs; reaches outside of its process; failed when it ran last."""

NOT_CODE = frozenset({CONTENT, LISTING, PRESENCE})


@dataclass(frozen=True, slots=True)
class Seen:
    """``parts`` that count for an owner, files that were imported meanwhile, and what it met, as flags."""

    parts: frozenset[PartKey] = frozenset()
    imports: frozenset[str] = frozenset()
    flags: int = 0

    @property
    def files(self) -> set[str]:
        """Files of which something was executed."""
        return {path for path, key, _ in self.parts if key not in NOT_CODE and not path.startswith("<")}


@dataclass(slots=True)
class SessionTrace:
    """Of one session; ``source_at`` gives a file as it was with this content hash, or None if nobody knows."""

    source_at: Callable[[str, str], Source | None]
    executed: set[PartKey] = field(default_factory=set[PartKey])
    files: dict[str, str] = field(default_factory=dict[str, str])
    """Content hashes of what was imported, by path."""
    _parts: dict[PartKey, Part] = field(default_factory=dict[PartKey, Part])
    _by_number: list[tuple[PartKey, ...]] = field(default_factory=list[tuple[PartKey, ...]])
    _shared: dict[tuple[str, str], Traced] = field(default_factory=dict[tuple[str, str], Traced])
    _named: defaultdict[str, set[PartKey]] = field(default_factory=lambda: defaultdict(set))
    _met_with: defaultdict[PartKey, set[PartKey]] = field(default_factory=lambda: defaultdict(set))
    """What was read by those who executed a part."""

    def loaded(self, message: Loaded) -> None:
        """A file of the project was compiled."""
        source = self.source_at(message.path, message.hash) if message.hash else None
        self.files[message.path] = message.hash if source is not None else ""
        self._by_number[message.first :] = [self._keys(message.path, source, line) for line in message.lines]

    def traced(self, message: Traced) -> None:
        """What an owner has executed."""
        if message.kind != "item":
            self._shared[message.kind, message.owner] = message
        resources = {part for note in message.notes for part in part_of(note)} - {ANYTHING}
        for number in _numbers(message.codes):
            for part in self._of(number):
                if resources:
                    self._met_with[part] |= resources
                if part not in self.executed:
                    self.executed.add(part)
                    self._named[_simple(part)].add(part)

    def item(self, message: Traced, file: str) -> Seen:
        """All that counts for an item of this test file."""
        owners = [message, *self._used(message.uses)]
        collecting = self._shared.get(("collect", file))
        owners += [collecting] if collecting is not None else []
        parts = {part for owner in owners for part in self._met(owner)}
        parts |= self._kept(parts)
        imports = frozenset(path for owner in owners for path in self.imports_of(owner))
        flags = 0
        for note in (note for owner in owners for note in owner.notes):
            flags |= OPAQUE | EXTERNAL if note[0] == "p" else EXTERNAL if note[0] in "wcd" else 0
        return Seen(frozenset(parts), imports, flags)

    def imports_of(self, message: Traced) -> frozenset[str]:
        """Files that were imported while this owner ran."""
        return frozenset(
            path for path in message.uses if ("import", path) in self._shared or path.endswith(EXTENSIONS)
        )

    def bundles(self) -> dict[str, frozenset[PartKey]]:
        """What importing each file executes and reads beyond its own top level; ``""`` is the session's."""
        found: dict[str, frozenset[PartKey]] = {}
        for (kind, owner), message in self._shared.items():
            if kind in ("import", "session"):
                found[owner] = frozenset(part for part in self._met(message) if part[1] != MODULE)
        return found

    # ------------------------------------------------------------------------------------------------------

    def _keys(self, path: str, source: Source | None, line: int) -> tuple[PartKey, ...]:
        if source is None:
            return ((path, CONTENT, 0),)
        found: list[PartKey] = []
        for key in keys_at(source, line):
            part = source.parts.get(key)
            if part is not None:
                entry = path, key, part.fingerprint
                self._parts[entry] = part
                found.append(entry)
        return tuple(found)

    def _of(self, number: int) -> tuple[PartKey, ...]:
        return self._by_number[number] if number < len(self._by_number) else ()

    def _met(self, message: Traced) -> Iterator[PartKey]:
        for number in _numbers(message.codes):
            yield from self._of(number)
        for note in message.notes:
            yield from part_of(note)

    def _used(self, uses: Iterable[str]) -> list[Traced]:
        """Fixtures, and those that they use; what importing executes counts for whoever imports, in another way."""
        found: dict[str, Traced] = {}
        left = list(uses)
        while left:
            name = left.pop()
            fixture = self._shared.get(("fixture", name))
            if fixture is not None and name not in found:
                found[name] = fixture
                left += fixture.uses
        return list(found.values())

    def _kept(self, parts: set[PartKey]) -> set[PartKey]:
        """What earlier items executed and read, and these parts may have only the results of."""
        found: set[PartKey] = set()
        left = [target for part in parts if part in self._parts for target in self._remembered(self._parts[part])]
        read = {resource for part in left for resource in self._met_with.get(part, ())}
        while left:
            part = left.pop()
            if part not in found and part not in parts:
                found.add(part)
                mentions = self._parts[part].mentions
                names = (mentions.names | mentions.words) & self._named.keys()
                left += [target for name in names for target in self._named[name] if target in self._parts]
        return found | read

    def _remembered(self, part: Part) -> Iterator[PartKey]:
        for name in part.lazy & self._named.keys():
            yield from self._named[name] & self._parts.keys()
        for name in (part.mentions.names | part.mentions.words) & self._named.keys():
            yield from (target for target in self._named[name] if target in self._parts and self._parts[target].kept)


def _numbers(codes: bytes) -> array[int]:
    numbers = array("I")
    numbers.frombytes(codes)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def part_of(note: str, environment: Mapping[str, str] = os.environ) -> Iterator[PartKey]:
    """See `companion.messages.tracing.Traced`."""
    what = note[2:]
    match note[0]:
        case "r" | "m":
            yield what, CONTENT, 0
        case "s":
            yield what, PRESENCE, 0
        case "l":
            yield what, LISTING, 0
        case "e":
            yield ENVIRONMENT, what, fingerprint(environment.get(what))
        case "i":
            yield MODULES, what, 0
        case "p":
            yield ANYTHING
        case _:
            pass


def _simple(part: PartKey) -> str:
    """The name by which code calls it: ``total`` of ``Cart.total()``; of ``Cart.__init__()`` it is ``Cart``."""
    name = part[1].partition("()")[0]
    outer, _, last = name.rpartition(".")
    return outer.rpartition(".")[2] if outer and last in ("__init__", "__new__", "__call__") else last
