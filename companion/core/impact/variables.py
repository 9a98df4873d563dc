"""Environment variables, as parts that can change: the engine's own, and those that a ``.env`` file sets. Pure."""

import re
from collections.abc import Mapping
from hashlib import blake2b

from companion.core.impact.parts import Part, Source

LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)")


def is_variables(path: str) -> bool:
    """Whether this file is one that sets variables: ``.env``, ``.env.test``."""
    name = path.rpartition("/")[2]
    return name == ".env" or name.startswith(".env.")


def variables_of(text: str) -> Source:
    """What a ``.env`` file sets: a part for each variable."""
    found = (LINE.match(line) for line in text.splitlines())
    values = {match.group(1): match.group(2).strip() for match in found if match is not None}
    return Source({name: Part(name, "binding", fingerprint(value), (name,)) for name, value in values.items()})


def fingerprint(value: str | None) -> int:
    """A number of 63 bits; None for a variable that is not set."""
    if value is None:
        return 0
    return int.from_bytes(blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1 | 1


def differing(known: Mapping[str, set[int]], environment: Mapping[str, str]) -> list[str]:
    """Variables that somebody has read, and that have another value than then."""
    return [name for name, seen in known.items() if name != "*" and seen != {fingerprint(environment.get(name))}]
