"""What the editor has open: workspace folders and documents. Changed by notifications, on the loop's thread only."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from companion.core.diff import diff
from companion.core.text import UndecodableError, decode_source
from lsp.capabilities import ClientCan
from lsp.document import Document, shifts, split
from lsp.linemap import Shift
from lsp.uris import Root, path_of

type ReadText = Callable[[Path], str | None]
"""A file's text; None if there is none to be had."""


def reader(largest: int) -> ReadText:
    """Reads files of up to ``largest`` bytes as Python source."""

    def read(path: Path) -> str | None:
        try:
            if path.stat().st_size > largest:
                return None
            return decode_source(path.read_bytes())[0]
        except OSError, UndecodableError:
            return None

    return read


@dataclass(frozen=True, slots=True)
class Home:
    """Where a document belongs: a root, and the path that the engine knows it by."""

    root: Root
    path: str


class Session:
    """Roots and documents by URI; a document outside all roots is kept, for a folder added later, but has no home."""

    def __init__(self, read: ReadText) -> None:
        self.can = ClientCan()
        self.roots: dict[str, Root] = {}
        self.documents: dict[str, Document] = {}
        self._homes: dict[str, Home] = {}
        self.read = read

    def add_root(self, uri: str) -> Root | None:
        """The new root; None if the folder does not exist or is one already under any name."""
        root = Root.of(uri)
        if root is None or any(known.real == root.real for known in self.roots.values()):
            return None
        self.roots[uri] = root
        return root

    def remove_root(self, uri: str) -> Root | None:
        return self.roots.pop(uri, None)

    def settle(self) -> None:
        """Find every document's home again, after roots changed."""
        self._homes = {}
        for uri in self.documents:
            self._find_home(uri)

    def open(self, uri: str, version: int, text: str) -> Document | None:
        """Take in a document; None if its URI names no file. Opened again, it is replaced."""
        if path_of(uri) is None:
            return None
        self._homes.pop(uri, None)
        document = self.documents[uri] = Document(uri, version, text)
        home = self._find_home(uri)
        if home is not None:
            document.history.restart(self._from_disk(home, document))
        return document

    def close(self, uri: str) -> None:
        self.documents.pop(uri, None)
        self._homes.pop(uri, None)

    def home(self, uri: str) -> Home | None:
        """Where an open document belongs; None outside all roots."""
        return self._homes.get(uri)

    def root_of(self, uri: str) -> Root | None:
        """The root that a URI, of a folder, or of a file that need not be open, lies in."""
        path = path_of(uri)
        return None if path is None else next((r for r in self._deepest_first() if r.contains(path)), None)

    def at(self, root: Root, path: str) -> Document | None:
        """The open document of a path."""
        return next((self.documents[uri] for uri, home in self._homes.items() if home == Home(root, path)), None)

    def of(self, root: Root) -> list[tuple[str, Document]]:
        """Open documents of a root, each with the path that the engine knows it by."""
        return [(home.path, self.documents[uri]) for uri, home in self._homes.items() if home.root == root]

    def anchor(self, root: Root, paths: Iterable[str], generation: int) -> None:
        """These files are on disk now as results from this generation on will see them."""
        for path in paths:
            if document := self.at(root, path):
                document.history.anchor(generation, self._from_disk(Home(root, path), document))

    def restart(self, root: Root) -> None:
        """Another engine counts generations from the beginning."""
        for path, document in self.of(root):
            document.history.restart(self._from_disk(Home(root, path), document))

    def _from_disk(self, home: Home, document: Document) -> list[Shift]:
        text = self.read(home.root.absolute(home.path))
        if text is None or text == (now := document.text):
            return []
        return shifts(diff(text, now), split(text))

    def _find_home(self, uri: str) -> Home | None:
        path = path_of(uri)
        if path is None:
            return None
        for root in self._deepest_first():
            relative = root.relative(path)
            if relative is not None:
                return self._move_in(uri, Home(root, relative))
        return None

    def _deepest_first(self) -> list[Root]:
        return sorted(self.roots.values(), key=lambda root: len(root.real.parts), reverse=True)

    def _move_in(self, uri: str, home: Home) -> Home | None:
        # A file open under two names has one home: two texts for one path would contradict each other.
        if home in self._homes.values():
            return None
        self._homes[uri] = home
        return home
