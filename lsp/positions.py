"""Columns: the editor counts units of an encoding, we count code points. Pure, one line at a time.

A column past the line's text counts as its end; one inside a character counts as that character's start. A line end
belongs to no column.
"""

from typing import Literal

type Encoding = Literal["utf-8", "utf-16", "utf-32"]

ENCODINGS: dict[str, Encoding] = {"utf-8": "utf-8", "utf-16": "utf-16", "utf-32": "utf-32"}


def content(line: str) -> str:
    """The line without its line end."""
    return line.removesuffix("\n").removesuffix("\r")


def index_of(line: str, column: int, encoding: Encoding) -> int:
    """How many code points of the line lie before this column."""
    text = content(line)
    if encoding == "utf-32" or text.isascii():
        return max(0, min(column, len(text)))
    units = 0
    for index, char in enumerate(text):
        units += width(char, encoding)
        if units > column:
            return index
    return len(text)


def column_of(line: str, index: int, encoding: Encoding) -> int:
    """The column before which this many code points of the line lie."""
    text = content(line)[: max(0, index)]
    if encoding == "utf-32" or text.isascii():
        return len(text)
    return sum(width(char, encoding) for char in text)


def width(char: str, encoding: Encoding) -> int:
    """Units of one code point; a lone surrogate is one unit in UTF-16 and three in UTF-8."""
    code = ord(char)
    if encoding == "utf-32":
        return 1
    if encoding == "utf-16":
        return 1 if code < 0x1_0000 else 2
    return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x1_0000 else 4
