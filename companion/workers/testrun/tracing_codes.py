"""The code objects of the project's files, by numbers: see `companion.messages.Loaded`.

This module also runs in the project's own Python (3.10 or later).
"""

import sys
from array import array
from collections.abc import Collection, Iterable
from types import CodeType

LINE_BITS = 24
"""A line that was executed is one number: its file's, and below these bits the line's."""
OPTIMIZED = 1
"""Of a code object's flags: it is a function's."""


class Codes:
    """Of one session. What has a number is kept, so that no other code object gets its identity.

    ``functions`` are numbers by identity, but for those of modules, whose paths and numbers ``modules`` holds.
    ``bases`` is what to add to a line of each code object. ``classes`` are the numbers of class statements by path
    and qualified name.
    """

    def __init__(self) -> None:
        self.functions: dict[int, int] = {}
        self.modules: dict[int, tuple[str, int]] = {}
        self.bases: dict[int, int] = {}
        self.classes: dict[tuple[str, str], int] = {}
        self.files: list[tuple[str, str]] = []
        self.kept: list[CodeType] = []
        self._known: dict[tuple[str, str, tuple[int, ...]], tuple[int, int]] = {}
        self._next = 0

    def is_known(self, code: CodeType) -> bool:
        """Whether it has a number."""
        return id(code) in self.bases

    def number_of(self, code: object) -> "int | None":
        """Of a function's code, if it is the project's."""
        return self.functions.get(id(code))

    def number(self, module: CodeType, path: str, text: str) -> "tuple[list[CodeType], int, tuple[int, ...], bool]":
        """Give numbers to all code of a file whose text has this hash: the code objects, the first number, their
        lines, and whether that is news. The same text gets the same numbers again."""
        found: list[tuple[CodeType, str]] = []
        _walk(module, "", found)
        lines = (0, *(code.co_firstlineno for code, _ in found[1:]))
        is_news = (path, text, lines) not in self._known
        if is_news:
            self._known[path, text, lines] = self._next, len(self.files)
            self.files.append((path, text))
            self._next += len(found)
        first, file = self._known[path, text, lines]
        for number, (code, name) in enumerate(found, first):
            self._keep(code, number, file)
            if not code.co_flags & OPTIMIZED:
                self.classes[path, name] = number
        self.modules[id(module)] = path, self.functions.pop(id(module))
        return [code for code, _ in found], first, lines, is_news

    def forget(self) -> None:
        """Keep nothing of the project."""
        for held in (self.functions, self.modules, self.bases, self.classes, self.kept, self.files, self._known):
            held.clear()

    def _keep(self, code: CodeType, number: int, file: int) -> None:
        self.kept.append(code)
        self.functions[id(code)] = number
        self.bases[id(code)] = file << LINE_BITS


def _walk(code: CodeType, name: str, found: "list[tuple[CodeType, str]]") -> None:
    found.append((code, name))
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            _walk(inner, f"{name}.{inner.co_name}" if name else inner.co_name, found)


def encoded(numbers: "Collection[int]") -> bytes:
    """As `companion.messages.Traced` holds them."""
    packed = array("I", sorted(numbers))
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def bitmaps(lines: "Iterable[int]") -> "dict[int, bytes]":
    """By file, as `companion.messages.LinesRun` holds them."""
    files: dict[int, list[int]] = {}
    for line in lines:
        files.setdefault(line >> LINE_BITS, []).append(line & ((1 << LINE_BITS) - 1))
    return {file: _bitmap(some) for file, some in files.items()}


def _bitmap(lines: "list[int]") -> bytes:
    bits = bytearray(max(lines) // 8 + 1)
    for line in lines:
        bits[line >> 3] |= 1 << (line & 7)
    return bytes(bits)
