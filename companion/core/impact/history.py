"""Whether what an item came to once is what it would come to now: if nothing that it stands on differs. Pure.

Law: a result is not taken back where any file that it executed, imported or read holds something else than then,
where anything that was not there is now, or where that cannot be told.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Protocol

from companion.core.impact.graph import CONTENT, ENVIRONMENT, LISTING, PRESENCE

SESSION = "<session>"
"""In the place of the path of a file that every test imports: hooks of conftests and plugins."""
MODULES = "<modules>"
"""In the place of a path where keys are modules that could not be imported."""

type Part = tuple[str, str, int]
"""Path, key and fingerprint of what an item depends on."""
type Differing = Mapping[str, tuple[str, str]]
"""What holds something else now: content hashes then and now, empty where there is no such file."""


class Now(Protocol):
    """The state that a result would be taken back in."""

    def variable(self, name: str) -> int:
        """The fingerprint of what an environment variable is set to."""
        ...

    def is_there(self, path: str) -> bool:
        """Whether there is such a file or folder."""
        ...

    def is_told(self, path: str) -> bool:
        """Whether the file holds what it held when it was told last."""
        ...

    def is_module(self, name: str) -> bool:
        """Whether a file of the project can be imported by this name."""
        ...


def is_apart(closure: AbstractSet[str], differing: Differing) -> bool:
    """Whether nothing differs that importing a file may execute or read; ``closure`` is all that it may import."""
    return all(_is_apart(path, then, today, closure) for path, (then, today) in differing.items())


def stands(parts: Iterable[Part], differing: Differing, now: Now) -> bool:
    """Whether an item of such a file would come to the same; ``parts`` are what it depended on."""
    return all(_holds(part, differing, now) for part in parts)


def _is_apart(path: str, then: str, today: str, closure: AbstractSet[str]) -> bool:
    """A Python file that was there, is there, and that nobody imports: any other may have been read by an import; and
    hooks of a conftest see all items."""
    if not path.endswith(".py") or path.rpartition("/")[2] == "conftest.py":
        return False
    return bool(then) and bool(today) and path not in closure


def _holds(part: Part, differing: Differing, now: Now) -> bool:
    path, key, fingerprint = part
    if path == ENVIRONMENT:
        return now.variable(key) == fingerprint
    if path == MODULES:
        return not now.is_module(key)
    if path.startswith("<") or key == LISTING:
        return False  # anything; or what else is in a folder, which is not kept
    if key == PRESENCE:
        return now.is_there(path)
    if key == CONTENT:  # of Python: nobody knew the text that was executed
        return path not in differing and not path.endswith(".py") and now.is_told(path)
    return path not in differing
