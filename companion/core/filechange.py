"""A file's change as the message that describes it, and back: both ends of a channel agree on it here.

Law: ``content_after(describe(path, old, new), old.data) == new.data`` wherever the contents are known at all.
"""

from dataclasses import dataclass

from companion.core.diff import TextEdit, apply, diff
from companion.core.text import UndecodableError, decode_source, encode_source
from companion.messages import FileChange


@dataclass(frozen=True, slots=True)
class Version:
    """A file's content at one moment; ``data`` is None where no more than the hash is known.

    ``shared``: the receiver of the messages holds this content already.
    """

    hash: str
    data: bytes | None
    shared: bool = False


def describe(path: str, old: Version | None, new: Version | None) -> FileChange | None:
    """What leads from ``old`` to ``new`` (None: no such file); None if nothing does.

    The new content goes with it unless the receiver can make it from what it holds.
    """
    if new is None:
        return None if old is None else FileChange(path, "deleted", old.hash, "", (), None)
    if old is None:
        return FileChange(path, "created", "", new.hash, (), new.data)
    if old.hash == new.hash:
        return None
    edits = _edits(path, old.data, new.data)
    is_enough = old.shared and bool(edits)
    return FileChange(path, "modified", old.hash, new.hash, edits, None if is_enough else new.data)


def content_after(change: FileChange, old: bytes | None) -> bytes | None:
    """The content that a change leads to; ``old`` is the content under its base hash.

    None if the file is gone, or if the change tells no more than a hash. Raises ValueError if the edits do not fit.
    """
    if change.data is not None:
        return bytes(change.data)
    if change.kind == "deleted" or not change.edits or old is None:
        return None
    text, encoding = decode(change.path, old)
    return encode_source(apply(change.edits, text), encoding)


def decode(path: str, data: bytes) -> tuple[str, str]:
    """``(text, encoding)`` of a file: Python source by its declaration, anything else as UTF-8.

    Raises UndecodableError.
    """
    if path.endswith((".py", ".pyi")):
        return decode_source(data)
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        raise UndecodableError(str(error)) from error


def _edits(path: str, old: bytes | None, new: bytes | None) -> tuple[TextEdit, ...]:
    """Empty where either is unknown or no text, or where the edits would not give the same bytes again."""
    if old is None or new is None:
        return ()
    try:
        (before, declared), (after, encoding) = decode(path, old), decode(path, new)
        if declared != encoding or encode_source(after, encoding) != new:
            return ()
    except ValueError:  # undecodable, or one of the codecs that cannot encode what it decoded
        return ()
    return diff(before, after)
