"""Text of a document: bytes to text and back, content hashes, lines.

Only ``\\n``, ``\\r\\n`` and ``\\r`` end a line, as in the language server protocol and in Python's own parser.
"""

import hashlib
import io
import re
import tokenize
from bisect import bisect_right

LINE_END = re.compile(r"\r\n|\n|\r")


class UndecodableError(ValueError):
    """The bytes are not text in the encoding that they declare (UTF-8 where they declare none)."""


def content_hash(data: bytes | memoryview) -> str:
    """32 hexadecimal digits that stand for exactly these bytes."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def decode_source(data: bytes) -> tuple[str, str]:
    """``(text, encoding)`` of Python source, by its byte-order mark or coding cookie (PEP 263); line ends kept.

    Raises UndecodableError.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding), encoding
    except (SyntaxError, UnicodeError, LookupError) as error:
        raise UndecodableError(str(error)) from error


def encode_source(text: str, encoding: str) -> bytes:
    """The inverse of `decode_source`: byte for byte what was read, if the text is unchanged."""
    return text.encode(encoding)


def line_starts(text: str) -> list[int]:
    """Offset at which each line starts; a text that ends in a line end has an empty last line."""
    return [0, *(match.end() for match in LINE_END.finditer(text))]


def split_lines(text: str) -> list[str]:
    """The lines with their ends; joined they are the text again. An empty text has no line."""
    starts = line_starts(text)
    lines = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
    return lines if lines[-1] else lines[:-1]


def line_of(starts: list[int], offset: int) -> int:
    """One-based number of the line that holds the offset."""
    return bisect_right(starts, offset)
