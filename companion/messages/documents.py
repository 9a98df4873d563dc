"""Texts: as they change on disk, and as an editor shows them."""

from typing import Literal

from companion.messages.base import Message, message
from companion.messages.vocabulary import Blob


@message
class TextEdit(Message):
    """Replace ``old[start:end]`` by ``text``; offsets in code points of the old text."""

    start: int
    end: int
    text: str


@message
class FileChange(Message):
    """One file's change on disk, as a difference where the old text was known.

    ``base`` and ``hash`` are content hashes (empty: did not exist, does not exist). ``edits`` lead from the base's
    text to the new one, offsets in code points; they are empty where the old text was unknown, or either is no text.
    ``data`` holds the whole new content the first time that a path crosses a channel, else None.
    """

    path: str
    kind: Literal["created", "modified", "deleted"]
    base: str
    hash: str
    edits: tuple[TextEdit, ...]
    data: Blob | None


@message
class OpenDocument(Message):
    """An editor shows this file; its text wins over the disk's for positions, not (yet) for runs.

    ``data`` is the text in UTF-8, lone surrogates passed through (``surrogatepass``).
    """

    path: str
    version: int
    data: Blob


@message
class ChangeDocument(Message):
    """Edits from the document's previous version to this one; offsets in code points."""

    path: str
    version: int
    edits: tuple[TextEdit, ...]


@message
class CloseDocument(Message):
    """The editor shows it no more: what the disk holds counts again."""

    path: str


@message
class SaveDocument(Message):
    """The editor wrote the file: the watcher looks at it at once; the disk's own event adds nothing."""

    path: str
