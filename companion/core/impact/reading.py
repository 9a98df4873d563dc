"""What a walk over some code finds: its fingerprint, and what it mentions. Pure."""

import ast
import re
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b

from companion.core.impact.definitions import Definition
from companion.core.impact.parts import Mentions

LISTING = frozenset({"vars", "globals", "locals", "dir", "eval", "exec"})
"""Builtins that see names which no text shows."""
LISTINGS = frozenset({
    "__dict__", "__subclasses__", "__annotations__", "getmembers", "getmembers_static", "get_type_hints",
    "get_annotations",
})  # fmt: skip
"""Attributes and functions that list what an object has."""
SHORT = 200
WORDY = re.compile(r"[\w.:-]+")
WORD = re.compile(r"[^\W\d]\w*")
DOCUMENTING = frozenset({"getdoc", "doctest", "testmod", "testfile"})


@dataclass(slots=True)
class Reading:
    """What has been read so far.

    ``pieces`` say the code unambiguously. ``binds`` are variables that it stores to, ``globals`` those it declares
    so, ``stores`` the attributes it stores to, ``filled`` the containers. ``aliases`` are variables that may be
    another name of something. ``found`` are the definitions that a walk at the ``top`` level left out, ``imported``
    its import statements; ``suspects`` nodes that may import something, if their class is in ``keen``.
    """

    keen: frozenset[type[ast.AST]] = frozenset()
    top: bool = False
    pieces: list[str] = field(default_factory=list[str])
    names: set[str] = field(default_factory=set[str])
    words: set[str] = field(default_factory=set[str])
    strings: list[str] = field(default_factory=list[str])
    prefixes: set[str] = field(default_factory=set[str])
    computes: bool = False
    binds: set[str] = field(default_factory=set[str])
    globals: set[str] = field(default_factory=set[str])
    stores: set[str] = field(default_factory=set[str])
    filled: set[str] = field(default_factory=set[str])
    aliases: set[str] = field(default_factory=set[str])
    docs: list[str] = field(default_factory=list[str])
    found: list[Definition] = field(default_factory=list["Definition"])
    imported: list[ast.Import | ast.ImportFrom] = field(default_factory=list[ast.Import | ast.ImportFrom])
    suspects: list[ast.AST] = field(default_factory=list[ast.AST])

    def absorb(self, other: Reading) -> None:
        """Go on with what another one read, but for the names that it binds."""
        self.pieces += other.pieces
        self.strings += other.strings
        self.docs += other.docs
        self.suspects += other.suspects
        self.names |= other.names
        self.words |= other.words
        self.prefixes |= other.prefixes
        self.globals |= other.globals
        self.stores |= other.stores
        self.computes |= other.computes

    def mentions(self) -> Mentions:
        """What was mentioned so far."""
        words = self.words | self.stores
        for text in self.strings:
            words.update(words_in(text))
        if not words.isdisjoint(DOCUMENTING) or not self.names.isdisjoint(DOCUMENTING):
            words.add("__doc__")
        listing = not (self.names.isdisjoint(LISTING) and words.isdisjoint(LISTINGS))
        listing = listing or not self.names.isdisjoint(LISTINGS)
        return Mentions(frozenset(self.names), frozenset(words), frozenset(self.prefixes), self.computes, listing)

    def fingerprint(self) -> int:
        """Of all that was read so far."""
        return number("\n".join(self.pieces))


def number(text: str) -> int:
    """63 bits."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


@lru_cache(20_000)
def words_in(text: str) -> tuple[str, ...]:
    """The identifiers of a short string that may name something."""
    return tuple(WORD.findall(text)) if len(text) <= SHORT and WORDY.fullmatch(text) else ()
