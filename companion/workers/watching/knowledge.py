"""What the watcher knows of the project: each file's last content or hash, and which folder holds what."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from companion.core.filechange import Version, describe
from companion.core.ignore import is_text_of_interest
from companion.messages import FileChange
from companion.workers.watching.content import Reading, Signature, is_fresh
from companion.workers.watching.packing import pack, unpack

SMALL = 64 * 1024
"""Bytes up to which a file's text is kept whatever it is about."""


@dataclass(slots=True)
class Known:
    """One file; ``signature`` and ``fresh`` as `Reading`'s.

    ``packed`` is its content, compressed, if that is worth its memory (a third of the text's). ``settled`` dates (ns)
    what it held when it was last seen closed.
    """

    hash: str
    signature: Signature
    fresh: bool
    packed: bytes | None
    shared: bool = False
    settled: int = 0


@dataclass(slots=True)
class Knowledge:
    """Files and folders by path relative to the root, with forward slashes; the root itself is the empty path."""

    files: dict[str, Known] = field(default_factory=dict[str, Known])
    folders: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """The known entries (whole paths) of each known folder."""
    links: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """Symbolic links to a file of the project, by what they lead to."""
    room: int = 256 * 1024 * 1024
    """Bytes of memory still free for texts, compressed; without room a file is known by its hash only."""

    def learn(self, path: str, reading: Reading | None) -> None:
        """Take a file as it is, with nobody to be told."""
        self._put(path, reading, shared=False)

    def differs(self, path: str, signature: Signature) -> bool:
        """Whether a file that looks like this is to be read: a fresh one once more, when it is no longer fresh."""
        known = self.files.get(path)
        return known is None or known.signature != signature or (known.fresh and not is_fresh(signature))

    def settled(self, path: str) -> int:
        """When (ns) what the file held when it was last seen closed was written; 0 where there was none."""
        known = self.files.get(path)
        return 0 if known is None else known.settled

    def update(self, path: str, reading: Reading | None, *, whole: bool = True) -> FileChange | None:
        """Take a file as it is now (None: gone); what is to be told of it, if its content differs.

        ``whole``: whoever wrote it has closed it.
        """
        settled = self.settled(path)
        change = self._update(path, reading)
        if reading is not None:
            self.files[path].settled = dated(reading) if whole else settled
        return change

    def _update(self, path: str, reading: Reading | None) -> FileChange | None:
        known = self.files.get(path)
        old = None if known is None else Version(known.hash, self._content(known, reading), known.shared)
        new = None if reading is None else Version(reading.hash, reading.data)
        change = describe(path, old, new)
        if change is None and known is not None and reading is not None:
            known.signature, known.fresh = reading.signature, reading.fresh
        else:
            self._put(path, reading, shared=reading is not None and reading.data is not None)
        return change

    def forget(self, path: str) -> None:
        """The file counts no longer."""
        self._put(path, None, shared=False)

    def enter(self, folder: str) -> None:
        """There is such a folder. Those above it are known then too, so that it is missed if one of them goes."""
        if folder in self.folders:
            return
        self.folders[folder] = set()
        if folder:
            self.enter(_parent(folder))
            self.folders[_parent(folder)].add(folder)

    def leave(self, folder: str) -> tuple[list[str], list[str]]:
        """The folder is gone: ``(folders, files)`` that were known at and below it. The files are still known."""
        folders: list[str] = []
        files: list[str] = []
        pending = [folder]
        while pending:
            path = pending.pop()
            entries = self.folders.pop(path, None)
            if entries is None:
                files.append(path)
            else:
                folders.append(path)
                pending += entries
        self._left(folder)
        return folders, files

    def with_links(self, paths: Iterable[str]) -> set[str]:
        """These paths, and the links through which they can be read."""
        asked = set(paths)
        return asked.union(*(self.links[path] for path in asked & self.links.keys()))

    def _content(self, known: Known, reading: Reading | None) -> bytes | None:
        if known.packed is None or reading is None or reading.hash == known.hash:
            return None  # nothing to compare, or nothing that would need it
        return unpack(known.packed)

    def _put(self, path: str, reading: Reading | None, *, shared: bool) -> None:
        known = self.files.pop(path, None)
        self.room += len(known.packed or b"") if known is not None else 0
        if reading is None:
            self._left(path)
            return
        packed = _packed(path, reading.data) if self.room > 0 else None
        self.room -= len(packed or b"")
        self.files[path] = Known(reading.hash, reading.signature, reading.fresh, packed, shared, dated(reading))
        self.enter(_parent(path))
        self.folders[_parent(path)].add(path)

    def _left(self, path: str) -> None:
        if path not in self.files and path not in self.folders:  # one may have taken the other's place
            self.folders.get(_parent(path), set()).discard(path)


def dated(reading: Reading) -> int:
    """When the file was last changed (ns); nobody can set that."""
    return reading.signature[1]


def _packed(path: str, data: bytes | None) -> bytes | None:
    if data is None or not (is_text_of_interest(path.rpartition("/")[2]) or _is_small_text(data)):
        return None
    return pack(data)


def _is_small_text(data: bytes) -> bool:
    return len(data) <= SMALL and b"\0" not in data


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
