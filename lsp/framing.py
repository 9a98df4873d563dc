"""The base protocol's frames: header lines, a blank line, a body of ``Content-Length`` bytes.

Pure: bytes in, bodies out. Header names count in any case, foreign lines before a header are skipped; what cannot be
followed any more raises `FramingError`, and the connection is over.
"""

import re

BLANK = re.compile(rb"\r?\n\r?\n")
LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,19})[ \t]*", re.IGNORECASE)


class FramingError(Exception):
    """The stream of bytes holds no frames, or one larger than we accept."""


class Decoder:
    """Cuts a stream of bytes into bodies; keeps what is incomplete for the next call."""

    def __init__(self, *, most_header: int = 16_384, most_body: int = 256 * 1024 * 1024) -> None:
        """``most_header`` and ``most_body`` are bytes; more of either is a `FramingError`."""
        self._buffer = bytearray()
        self._length: int | None = None
        self._most_header = most_header
        self._most_body = most_body

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that these bytes complete, in order. Raises FramingError."""
        self._buffer += data
        bodies: list[bytes] = []
        while (body := self._next()) is not None:
            bodies.append(body)
        return bodies

    def _next(self) -> bytes | None:
        while self._length is None:
            if not self._header():
                return None
        if len(self._buffer) < self._length:
            return None
        body = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        self._length = None
        return body

    def _header(self) -> bool:
        """Take one block of header lines off the buffer; false while none is complete."""
        end = BLANK.search(self._buffer)
        if end is None:
            if len(self._buffer) > self._most_header:
                raise FramingError(f"no header within {self._most_header} bytes")
            return False
        self._length = self._length_in(bytes(self._buffer[: end.start()]))
        del self._buffer[: end.end()]
        return True

    def _length_in(self, block: bytes) -> int | None:
        for line in block.splitlines():
            if found := LENGTH.fullmatch(line):
                length = int(found[1])
                if length > self._most_body:
                    raise FramingError(f"a message of {length} bytes is more than {self._most_body}")
                return length
        return None


def frame(body: bytes) -> bytes:
    """The body with its header."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
