"""What may be a test file, and which other files concern tests without being Python. Pure."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath

PROSE = frozenset({".md", ".rst", ".txt", ".pyi", ".ipynb"})
"""Endings that select nothing but tests that were seen to read such files."""
TOOLS = frozenset({".gitignore", ".gitattributes", ".editorconfig", ".pre-commit-config.yaml", "LICENSE"})
"""Names that only other tools read."""


@dataclass(frozen=True, slots=True)
class Suite:
    """What is known of the project's tests: their files, and what may be one."""

    test_files: AbstractSet[str]
    patterns: tuple[str, ...]
    test_paths: tuple[str, ...]

    def may_hold_tests(self, path: str) -> bool:
        """Whether pytest would collect a file of this name at this place."""
        inside = not self.test_paths or any(_within(path, folder) for folder in self.test_paths)
        return inside and any(_matches(path, pattern) for pattern in self.patterns)


def is_prose(path: str) -> bool:
    """Whether this concerns nobody who was not seen to read it."""
    return PurePosixPath(path).suffix in PROSE or path.rpartition("/")[2] in TOOLS


def _matches(path: str, pattern: str) -> bool:
    """As pytest matches ``python_files``: names, or ends of paths where the pattern has a slash."""
    if "/" in pattern:
        return fnmatch(path, pattern) or fnmatch(path, f"*/{pattern}")
    return fnmatch(path.rpartition("/")[2], pattern)


def _within(path: str, folder: str) -> bool:
    """``folder`` may be a pattern, as pytest's ``testpaths`` may be."""
    folder = folder.strip("/").removeprefix("./")
    if any(char in folder for char in "*?["):
        inside = PurePosixPath(path)
        return any(place.full_match(folder) for place in (inside, *inside.parents))
    return folder in ("", ".") or path == folder or path.startswith(f"{folder}/")
