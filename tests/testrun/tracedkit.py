"""Sessions that are traced, in either lane: what was told, with code objects by name instead of number."""

import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from overlaykit import outcomes_of, process_session, said_by
from sessionkit import snapshot_of, started

from companion.messages import LinesRun, Loaded, Message, Overlay, RunItems, Traced

Depth = Literal["codes", "lines"]


@dataclass(frozen=True, slots=True)
class Met:
    """Of one owner. ``codes`` are ``path:line``, of modules ``path:0``."""

    codes: frozenset[str]
    uses: frozenset[str]
    notes: frozenset[str]


@dataclass(slots=True)
class Told:
    """By a session; ``lines`` by owner and path."""

    said: Sequence[Message]
    outcomes: Mapping[str, str]
    hashes: dict[str, str] = field(default_factory=dict[str, str])
    owners: dict[tuple[str, str], Met] = field(default_factory=dict[tuple[str, str], Met])
    lines: dict[tuple[str, str], set[int]] = field(default_factory=dict[tuple[str, str], set[int]])

    def item(self, name: str) -> Met:
        """The one whose node id ends so."""
        (found,) = [met for (kind, owner), met in self.owners.items() if kind == "item" and owner.endswith(name)]
        return found

    def imported(self, path: str) -> Met:
        return self.owners["import", path]

    def fixtures(self, name: str) -> list[Met]:
        """One for each time that it was set up."""
        return [met for (kind, owner), met in self.owners.items() if kind == "fixture" and f"::{name} " in owner]

    def all_of(self, name: str) -> frozenset[str]:
        """What an item and the fixtures that it uses have executed."""
        item, codes, left = self.item(name), set[str](), list[str]()
        codes |= item.codes
        left += item.uses
        while left:
            found = self.owners.get(("fixture", left.pop()))
            if found is not None:
                codes |= found.codes
                left += found.uses
        return frozenset(codes)


def told_by(said: Sequence[Message]) -> Told:
    """Of these messages."""
    told = Told(said, outcomes_of(said))
    names: dict[int, str] = {}
    for message in said:
        if isinstance(message, Loaded):
            told.hashes[message.path] = message.hash
            names |= {message.first + at: f"{message.path}:{line}" for at, line in enumerate(message.lines)}
        elif isinstance(message, Traced):
            codes = frozenset(names[number] for number in array("I", bytes(message.codes)))
            met = Met(codes, frozenset(message.uses), frozenset(message.notes))
            told.owners[message.kind, message.owner] = met
        elif isinstance(message, LinesRun):
            bits = int.from_bytes(message.lines, "little")
            assert told.hashes[message.path] == message.hash
            told.lines[message.owner, message.path] = {at for at in range(bits.bit_length()) if bits >> at & 1}
    return told


def traced(
    lane: str,
    root: Path,
    *arguments: str,
    depth: Depth = "codes",
    overlays: Mapping[str, str] | None = None,
    python: str = sys.executable,
    there: Mapping[str, str] | None = None,
) -> Told:
    """All that is told of a session of this lane."""
    laid = tuple(Overlay(path, text.encode()) for path, text in (overlays or {}).items())
    order = RunItems(1, arguments, (), 30.0, overlays=laid, trace=depth)
    if lane == "process":
        return told_by(process_session(root, order, python=python, there=there))
    return told_by(said_by(started(root, snapshot_of(root), root.with_name("code")), order))
