"""Packed messages to bytes and back, for channels between processes. Bounded, and safe to feed with anything.

A frame is a four-byte big-endian length and that many bytes; a value is a one-byte kind and its content, texts and
tuples with a four-byte length before them. Malformed input raises CodecError, never anything else.

This module also runs in the project's own Python (3.10 or later).
"""

import struct
from typing import cast

from companion.errors import CodecError

LARGEST_FRAME = 64 * 1024 * 1024
"""Bytes; a longer frame is refused on both sides. A text may cost its reader four times as many."""
MOST_VALUES = 1_000_000
"""Values in a frame, tuples and what is in them; more are refused on both sides. Each may cost its reader 100 bytes,
and one byte is enough to ask for it."""
DEEPEST = 32
"""Levels of nesting; deeper values are refused on both sides."""

_INT, _FLOAT, _LENGTH = struct.Struct(">q"), struct.Struct(">d"), struct.Struct(">I")
_CONSTANTS: "dict[int, object]" = {0x4E: None, 0x54: True, 0x46: False}  # N T F
HEADER = _LENGTH.size


def dumps(value: object) -> bytes:
    """A frame that holds the value. Raises CodecError for what a packed message cannot be."""
    writer = _Writer()
    try:
        writer.write(value, 0)
    except struct.error as error:  # an int beyond 64 bits, a text beyond 4 GB
        raise CodecError(f"a value is too large: {error}") from error
    size = sum(map(len, writer.parts))
    if size > LARGEST_FRAME:
        raise CodecError(f"a message of {size} bytes is too large")
    return b"".join([_LENGTH.pack(size), *writer.parts])


def frame_size(header: bytes | bytearray | memoryview) -> int:
    """Bytes that follow this header. Raises CodecError if they are too many."""
    (size,) = cast("tuple[int]", _LENGTH.unpack(header))
    if size > LARGEST_FRAME:
        raise CodecError(f"a frame of {size} bytes is too large")
    return size


def loads(body: bytes | bytearray) -> object:
    """The value of a frame without its header. Raises CodecError unless it is exactly one value."""
    reader = _Reader(body)
    try:
        value = reader.read(0)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise CodecError(f"malformed frame: {error}") from error
    if reader.at != len(body):
        raise CodecError(f"{len(body) - reader.at} bytes too many in a frame")
    return value


class _Writer:
    __slots__ = ("left", "parts")

    def __init__(self) -> None:
        self.parts: list[bytes | memoryview] = []
        self.left = MOST_VALUES - 1

    def write(self, value: object, depth: int) -> None:
        kind = type(value)
        if kind is str:
            data = cast("str", value).encode("utf-8", "surrogatepass")
            self.parts += b"s" + _LENGTH.pack(len(data)), data
        elif kind is int:
            self.parts.append(b"i" + _INT.pack(cast("int", value)))
        elif kind is tuple:
            self._write_tuple(cast("tuple[object, ...]", value), depth)
        elif value is None or kind is bool:
            self.parts.append(b"N" if value is None else b"T" if value else b"F")
        elif kind is float:
            self.parts.append(b"d" + _FLOAT.pack(cast("float", value)))
        elif kind in (bytes, memoryview):
            self._write_blob(cast("bytes | memoryview", value))
        else:
            raise CodecError(f"cannot send a {kind.__qualname__} to another process")

    def _write_tuple(self, elements: "tuple[object, ...]", depth: int) -> None:
        self.left -= len(elements)
        if depth >= DEEPEST or self.left < 0:
            raise CodecError("a message is nested too deeply, or holds too many values")
        self.parts.append(b"(" + _LENGTH.pack(len(elements)))
        for element in elements:
            self.write(element, depth + 1)

    def _write_blob(self, blob: bytes | memoryview) -> None:
        if isinstance(blob, memoryview) and (blob.ndim, blob.itemsize, blob.c_contiguous) != (1, 1, True):
            blob = blob.tobytes()
        self.parts += b"b" + _LENGTH.pack(len(blob)), blob


class _Reader:
    __slots__ = ("at", "left", "view")

    def __init__(self, body: bytes | bytearray) -> None:
        self.view = memoryview(body)
        self.at = 0
        self.left = MOST_VALUES - 1

    def read(self, depth: int) -> object:
        at, view = self.at, self.view
        kind = view[at]
        self.at = at + 1
        if kind == 0x73:  # s
            return str(self._slice(), "utf-8", "surrogatepass")
        if kind == 0x69:  # i
            self.at = at + 9
            return cast("tuple[int]", _INT.unpack_from(view, at + 1))[0]
        if kind == 0x28:  # (
            return self._read_tuple(depth)
        if kind == 0x62:  # b
            return bytes(self._slice())
        if kind == 0x64:  # d
            self.at = at + 9
            return cast("tuple[float]", _FLOAT.unpack_from(view, at + 1))[0]
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        raise CodecError(f"no value is of kind {kind:#x}")

    def _read_tuple(self, depth: int) -> "tuple[object, ...]":
        (count,) = cast("tuple[int]", _LENGTH.unpack_from(self.view, self.at))
        self.at += _LENGTH.size
        self.left -= count
        if depth >= DEEPEST or self.left < 0 or count > len(self.view) - self.at:
            raise CodecError("a tuple is nested too deeply, holds too many values, or is longer than its frame")
        return tuple([self.read(depth + 1) for _ in range(count)])

    def _slice(self) -> memoryview:
        (size,) = cast("tuple[int]", _LENGTH.unpack_from(self.view, self.at))
        start = self.at + _LENGTH.size
        if size > len(self.view) - start:
            raise CodecError("a text is longer than its frame")
        self.at = start + size
        return self.view[start : self.at]
