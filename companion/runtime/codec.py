"""Messages to tuples of plain values and back: what crosses between interpreters without pickle or JSON.

A message becomes ``(class name, field, ...)``, a tuple ``("", element, ...)``; None, bool, int, float, str, bytes
and memoryview stay as they are. `companion.runtime.wire` turns such a tuple into bytes for other processes.

This module also runs in the project's own Python (3.10 or later).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import is_dataclass
from typing import TypeAlias, cast

from companion.errors import CodecError
from companion.messages.base import Message, values

Packed: TypeAlias = "tuple[object, ...]"
Lend: TypeAlias = "Callable[[bytes | memoryview], bytes | memoryview]"

LARGE = 64 * 1024
"""Bytes above which a blob is lent as a view instead of being copied."""

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1

_sizes: dict[type[Message], int] = {}


def pack(message: Message, lend: Lend | None = None) -> Packed:
    """The message as a tuple of shareable values; each large blob and read-only view as what ``lend`` makes of it.

    A view that can be written (a channel's state, in a `Handle`) is shared for good. Raises CodecError for a value
    that no message may hold.
    """
    try:
        return _pack_message(message, lend)
    except RecursionError:
        raise CodecError("a message is nested too deeply") from None


def unpack(packed: object) -> Message:
    """The message that was packed. Raises CodecError if it is none of this version."""
    message = _unpack(packed)
    if not isinstance(message, Message):
        raise CodecError(f"not a message: {type(message).__name__}")
    return message


def views(packed: object) -> list[memoryview]:
    """The read-only views that a packed message holds, wherever they are nested."""
    if isinstance(packed, memoryview):
        return [packed] if packed.readonly else []
    if isinstance(packed, tuple):
        return [view for element in cast("tuple[object, ...]", packed) for view in views(element)]
    return []


def _pack_message(message: Message, lend: Lend | None) -> Packed:
    kind = type(message)
    if kind not in _sizes:
        _size(kind)
    return (kind.__name__, *[_pack(value, lend) for value in values(message)])


def _pack(value: object, lend: Lend | None) -> object:
    kind = type(value)
    if kind is str or kind is bool or value is None or kind is float:
        return value
    if kind is int:
        if _SMALLEST <= cast("int", value) <= _LARGEST:
            return value
        raise CodecError(f"{value} does not fit into 64 bits")
    if kind is tuple:
        return ("", *[_pack(element, lend) for element in cast("tuple[object, ...]", value)])
    if kind is bytes:
        data = cast("bytes", value)
        return lend(data) if lend is not None and len(data) > LARGE else data
    if kind is memoryview:
        view = cast("memoryview", value)
        return lend(view) if lend is not None and view.readonly else view
    if isinstance(value, Message):
        return _pack_message(value, lend)
    raise CodecError(f"a message cannot hold a {kind.__qualname__}")


def _unpack(value: object) -> object:
    if not isinstance(value, tuple):
        return value
    packed = cast("tuple[object, ...]", value)
    if not packed:
        raise CodecError("an empty tuple is no message")
    name = packed[0]
    if name == "":
        return tuple([_unpack(element) for element in packed[1:]])
    kind = Message.registry.get(name) if isinstance(name, str) else None
    if kind is None:
        raise CodecError(f"no message is called {name!r}")
    if len(packed) != (_sizes.get(kind) or _size(kind)):
        raise CodecError(f"{name} does not have {len(packed) - 1} fields")
    return kind(*[_unpack(element) for element in packed[1:]])


def _size(kind: type[Message]) -> int:
    """Elements of a packed message of this class. Raises CodecError if there can be none."""
    if not is_dataclass(kind):
        raise CodecError(f"{kind.__name__} is never sent")
    _sizes[kind] = len(kind.__match_args__) + 1
    return _sizes[kind]
