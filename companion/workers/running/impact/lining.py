"""From what a session tells of executed lines to what is kept of them, and from that to an answer. Reads files."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from companion.core.board import file_of
from companion.core.impact.coverage import bits_of, lines_of
from companion.core.impact.moving import Moves, moves
from companion.core.text import UndecodableError, content_hash, decode_source
from companion.messages import CoveredFile, ItemLines, LinesRun, Message, Traced
from companion.store.lines import Kind, Lines, Owned, Version

type ByVersion = dict[Version, int]
type User = tuple[ByVersion, tuple[str, ...]]
"""What an item, or a fixture, has executed, and the fixtures that it uses."""


@dataclass(slots=True)
class SessionLines:
    """Of one session."""

    _heard: ByVersion = field(default_factory=dict[Version, int])
    _items: dict[str, User] = field(default_factory=dict[str, "User"])
    _fixtures: dict[str, User] = field(default_factory=dict[str, "User"])
    _others: dict[tuple[Kind, str], ByVersion] = field(default_factory=dict[tuple[Kind, str], "ByVersion"])

    def hear(self, message: Message) -> None:
        """What its spare says."""
        match message:
            case LinesRun() if message.hash:
                version = message.path, message.hash
                self._heard[version] = self._heard.get(version, 0) | int.from_bytes(message.lines, "little")
            case Traced(kind="item"):
                self._items[message.owner] = self._taken(), message.uses
            case Traced(kind="fixture"):
                self._fixtures[message.owner] = self._taken(), message.uses
            case Traced(kind="collect" | "import" | "session" as kind):
                self._others[kind, message.owner] = self._taken()
            case _:
                pass

    def is_told(self, node_id: str) -> bool:
        """Whether it is known what this item has executed."""
        return node_id in self._items

    def owned(self, files: Collection[str]) -> list[Owned]:
        """By owner: the items of these test files with the fixtures that they use, and what is of no item."""
        found = [
            Owned("item", name, self._with_fixtures(lines, uses))
            for name, (lines, uses) in self._items.items()
            if file_of(name) in files
        ]
        for (kind, name), lines in self._others.items():
            if kind != "collect" or name in files:
                found.append(Owned(kind, name, lines))
        return found

    def _taken(self) -> ByVersion:
        """What was heard belongs to the owner that is told of next."""
        taken, self._heard = self._heard, {}
        return taken

    def _with_fixtures(self, lines: ByVersion, uses: Iterable[str]) -> ByVersion:
        together, left, seen = dict(lines), list(uses), set[str]()
        while left:
            name = left.pop()
            fixture = self._fixtures.get(name)
            if fixture is not None and name not in seen:
                seen.add(name)
                left += fixture[1]
                for version, more in fixture[0].items():
                    together[version] = together.get(version, 0) | more
        return together


@dataclass(slots=True)
class Texts:
    """Files of a project as they are now, each read once."""

    root: str
    _read: dict[str, tuple[str, bytes]] = field(default_factory=dict[str, tuple[str, bytes]])

    def now(self, path: str) -> tuple[str, bytes]:
        """Content hash and content; the hash is empty if there is no such file."""
        if path not in self._read:
            try:
                data = Path(self.root, path).read_bytes()
                self._read[path] = content_hash(data), data
            except OSError, ValueError:
                self._read[path] = "", b""
        return self._read[path]

    def of(self, owned: Iterable[Owned]) -> tuple[list[Owned], dict[Version, bytes]]:
        """What these have executed of files as they are, and the texts of those."""
        found: list[Owned] = []
        texts: dict[Version, bytes] = {}
        for each in owned:
            lines = {version: bits for version, bits in each.lines.items() if self.now(version[0])[0] == version[1]}
            texts |= {version: self.now(version[0])[1] for version in lines}
            found.append(replace(each, lines=lines))
        return found, texts

    def are_others(self, owned: Iterable[Owned]) -> bool:
        """Whether a file that is there is not what these have executed: it was edited, or is made anew each time."""
        versions = {version for each in owned for version in each.lines}
        return any(self.now(path)[0] not in ("", content) for path, content in versions)


class Answer:
    """All that is known of executed lines, as files are now: lines of earlier versions move with their code."""

    def __init__(self, root: str, lines: Lines) -> None:
        self._lines, self._texts = lines, Texts(root)
        self._moves: dict[Version, Moves] = {}

    def files(
        self, request: int, owned: Iterable[Owned], paths: Iterable[str], *, by_item: bool
    ) -> Iterator[CoveredFile]:
        """Those of which anything is known, and these."""
        everyone = dict.fromkeys(paths, 0)
        items: dict[str, list[ItemLines]] = {}
        for each in owned:
            for path, some in self._now(each.lines).items():
                everyone[path] = everyone.get(path, 0) | some
                if by_item and each.kind == "item":
                    items.setdefault(path, []).append(ItemLines(each.name, _packed(some)))
        for path, lines in sorted(everyone.items()):
            content, _ = self._texts.now(path)
            if content:
                yield CoveredFile(request, path, content, _packed(lines), tuple(items.get(path, ())))

    def _now(self, lines: Mapping[Version, int]) -> dict[str, int]:
        found: dict[str, int] = {}
        for version, some in lines.items():
            now, _ = self._texts.now(version[0])
            here = some if now == version[1] else bits_of(self._move(version).of(lines_of(some)))
            found[version[0]] = found.get(version[0], 0) | here
        return found

    def _move(self, version: Version) -> Moves:
        if version not in self._moves:
            before, after = self._lines.text(version), self._texts.now(version[0])[1]
            self._moves[version] = moves(_text(before or b""), _text(after))
        return self._moves[version]


def _text(data: bytes) -> str:
    try:
        return decode_source(data)[0]
    except UndecodableError:
        return ""


def _packed(bits: int) -> bytes:
    return bits.to_bytes((bits.bit_length() + 7) // 8, "little")
