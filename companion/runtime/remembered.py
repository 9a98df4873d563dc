"""The last results of a project's items, for an engine that has run none yet."""

from collections.abc import Iterator
from pathlib import Path

from companion.errors import CodecError
from companion.messages import ItemFinished, Message
from companion.runtime.codec import pack, unpack
from companion.runtime.wire import HEADER, dumps, loads
from companion.store import glimpse


def kept(message: Message) -> bytes:
    """A message as it is kept in the store."""
    return dumps(pack(message))


def recalled[Kind: Message](data: bytes, kind: type[Kind]) -> Kind | None:
    """The inverse of `kept`; None where another version of companion, or somebody else, has written it."""
    try:
        found = unpack(loads(data[HEADER:]))
    except CodecError:
        return None
    return found if isinstance(found, kind) else None


def glimpsed(root: Path) -> Iterator[ItemFinished]:
    """The same, for who only wants to show it before an engine is there."""
    for data in glimpse.results(root):
        found = recalled(data, ItemFinished)
        if found is not None:
            yield found


def remembered(root: str) -> Iterator[ItemFinished]:
    """What each item came to when it ran last. It is read before anybody writes."""
    from companion.store.database import Database  # noqa: PLC0415 - nobody waits for it to get a glimpse
    from companion.store.records import Records  # noqa: PLC0415

    database = Database(root, "state.db")
    try:
        for data in Records(database).results():
            found = recalled(data, ItemFinished)
            if found is not None:
                yield found
    finally:
        database.close()
