"""Packed messages to bytes and back, for channels between processes. Bounded, and safe to feed with anything.

A frame is a four-byte big-endian length and that many bytes; a value is a one-byte kind and its content, texts and
tuples with a four-byte length before them. Malformed input raises CodecError, never anything else.

This module also runs in the project's own Python (3.10 or later).
"""

import struct
from typing import cast

from companion.errors import CodecError

LARGEST_FRAME = 256 * 1024 * 1024
"""Bytes; a longer frame is refused on both sides."""
DEEPEST = 32
"""Levels of nesting; deeper values are refused on both sides."""

_INT, _FLOAT, _LENGTH = struct.Struct(">q"), struct.Struct(">d"), struct.Struct(">I")
HEADER = _LENGTH.size


def dumps(value: object) -> bytes:
    """A frame that holds the value. Raises CodecError for what a packed message cannot be."""
    parts: list[bytes | memoryview] = [b""]
    try:
        _dump(value, parts, 0)
    except struct.error as error:  # an int beyond 64 bits, a text beyond 4 GB
        raise CodecError(f"a value is too large: {error}") from error
    size = sum(map(len, parts))
    if size > LARGEST_FRAME:
        raise CodecError(f"a message of {size} bytes is too large")
    parts[0] = _LENGTH.pack(size)
    return b"".join(parts)


def frame_size(header: bytes | bytearray | memoryview) -> int:
    """Bytes that follow this header. Raises CodecError if they are too many."""
    (size,) = cast("tuple[int]", _LENGTH.unpack(header))
    if size > LARGEST_FRAME:
        raise CodecError(f"a frame of {size} bytes is too large")
    return size


def loads(body: bytes | bytearray) -> object:
    """The value of a frame without its header. Raises CodecError unless it is exactly one value."""
    try:
        value, end = _load(memoryview(body), 0, 0)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise CodecError(f"malformed frame: {error}") from error
    if end != len(body):
        raise CodecError(f"{len(body) - end} bytes too many in a frame")
    return value


def _dump(value: object, parts: list[bytes | memoryview], depth: int) -> None:
    kind = type(value)
    if kind is str:
        data = cast("str", value).encode("utf-8", "surrogatepass")
        parts += b"s" + _LENGTH.pack(len(data)), data
    elif kind is int:
        parts.append(b"i" + _INT.pack(cast("int", value)))
    elif kind is tuple:
        _dump_tuple(cast("tuple[object, ...]", value), parts, depth)
    elif value is None or kind is bool:
        parts.append(b"N" if value is None else b"T" if value else b"F")
    elif kind is float:
        parts.append(b"d" + _FLOAT.pack(cast("float", value)))
    elif kind in (bytes, memoryview):
        blob = cast("bytes | memoryview", value)
        if isinstance(blob, memoryview) and (blob.ndim, blob.itemsize, blob.c_contiguous) != (1, 1, True):
            blob = blob.tobytes()
        parts += b"b" + _LENGTH.pack(len(blob)), blob
    else:
        raise CodecError(f"cannot send a {kind.__qualname__} to another process")


def _dump_tuple(elements: tuple[object, ...], parts: list[bytes | memoryview], depth: int) -> None:
    if depth >= DEEPEST:
        raise CodecError("a message is nested too deeply")
    parts.append(b"(" + _LENGTH.pack(len(elements)))
    for element in elements:
        _dump(element, parts, depth + 1)


def _load(view: memoryview, at: int, depth: int) -> tuple[object, int]:
    kind = view[at]
    at += 1
    if kind == 0x73:  # s
        data, at = _slice(view, at)
        return str(data, "utf-8", "surrogatepass"), at
    if kind == 0x69:  # i
        return _INT.unpack_from(view, at)[0], at + 8
    if kind == 0x28:  # (
        return _load_tuple(view, at, depth)
    if kind == 0x62:  # b
        data, at = _slice(view, at)
        return bytes(data), at
    if kind == 0x64:  # d
        return _FLOAT.unpack_from(view, at)[0], at + 8
    constants: dict[int, object] = {0x4E: None, 0x54: True, 0x46: False}  # N T F
    if kind in constants:
        return constants[kind], at
    raise CodecError(f"no value is of kind {kind:#x}")


def _load_tuple(view: memoryview, at: int, depth: int) -> tuple[object, int]:
    (count,) = cast("tuple[int]", _LENGTH.unpack_from(view, at))
    at += _LENGTH.size
    if depth >= DEEPEST or count > len(view) - at:
        raise CodecError("a tuple is nested too deeply, or longer than its frame")
    elements: list[object] = []
    for _ in range(count):
        element, at = _load(view, at, depth + 1)
        elements.append(element)
    return tuple(elements), at


def _slice(view: memoryview, at: int) -> tuple[memoryview, int]:
    (size,) = cast("tuple[int]", _LENGTH.unpack_from(view, at))
    start = at + _LENGTH.size
    if size > len(view) - start:
        raise CodecError("a text is longer than its frame")
    return view[start : start + size], start + size
