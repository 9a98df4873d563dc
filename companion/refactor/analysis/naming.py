"""What to call one element of a collection: its own name in the singular, or just ``element``."""

import builtins
import keyword
import re
from collections.abc import Container

FALLBACK = "element"
CONFUSING = {"l", "O", "I"}
"""Names that linters refuse, because they read like digits."""

IRREGULAR = {
    "aliases": "alias", "axes": "axis", "biases": "bias", "bonuses": "bonus", "buses": "bus", "caches": "cache",
    "children": "child", "cookies": "cookie", "halves": "half", "heroes": "hero", "indices": "index",
    "leaves": "leaf", "lives": "life", "matrices": "matrix", "men": "man", "movies": "movie", "people": "person",
    "shelves": "shelf", "statuses": "status", "vertices": "vertex", "viruses": "virus", "women": "woman",
}  # fmt: skip
NO_PLURAL = {
    "abs", "alias", "ans", "atlas", "bias", "canvas", "chaos", "cls", "css", "dns", "gas", "has", "js", "lens",
    "means", "news", "obs", "os", "pos", "res", "series", "species", "sys", "trans", "was",
}  # fmt: skip
"""Words with an ``s`` at their end that is part of them."""

COLLECTION = re.compile(r"_(?:arr|array|list|seq|sequence|tuple)$|(?<=[a-z0-9])(?:Array|List)$")
LIST_OF = re.compile(r"^(?:list|tuple|sequence)_of_")
ENDINGS = (
    (re.compile(r"(?<=[a-z]{2})ies$"), "y"),  # entries, not ties
    (re.compile(r"(?<=ss|sh|ch|zz)es$"), ""),  # classes, bushes, matches
    (re.compile(r"(?<=[aeiou]x)es$"), ""),  # boxes, indexes
    (re.compile(r"(?<=[^isu])s$"), ""),  # items, but not class, status, analysis
)
"""Endings of a plural and what is in their place in the singular; the first that fits counts."""


def element_name(collection: str, taken: Container[str]) -> str | None:
    """A name for one element of the collection of this name, or None if none is left that is not ``taken``.

    Builtins and keywords are never given.
    """
    for name in (singular(collection), FALLBACK):
        if name is not None and name not in taken and _is_good(name):
            return name
    return None


def singular(collection: str) -> str | None:
    """The collection's own name in the singular: ``prices`` gives ``price``, ``item_list`` gives ``item``."""
    name = LIST_OF.sub("", collection.strip("_"))
    name = name.lower() if name.isupper() else name
    stem = COLLECTION.sub("", name)
    if stem != name:
        return _singular(stem) or stem
    return _singular(name)


def _singular(name: str) -> str | None:
    """The last word of a name in the singular, or None if it is no plural."""
    head, underscore, word = name.rpartition("_")
    if word in NO_PLURAL:
        return None
    if word in IRREGULAR:
        return f"{head}{underscore}{IRREGULAR[word]}"
    for ending, replacement in ENDINGS:
        if ending.search(word):
            return f"{head}{underscore}{ending.sub(replacement, word)}"
    return None


def _is_good(name: str) -> bool:
    known = keyword.iskeyword(name) or hasattr(builtins, name)
    return name.isidentifier() and not known and name not in CONFUSING
