"""Which test files a set of changes affects, and why. Pure.

Selects too much rather than too little: what the import closure cannot see selects everything.
"""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath

CONFIGURATION = frozenset({"pyproject.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg"})
PROSE = frozenset({".md", ".rst", ".pyi", ".ipynb"})
"""Endings that select nothing as long as nothing shows that a test reads such files."""
TOOLS = frozenset({".gitignore", ".gitattributes", ".editorconfig", ".pre-commit-config.yaml", "LICENSE"})
"""Names that only other tools read."""


@dataclass(frozen=True, slots=True)
class Suite:
    """What is known of the project's tests: their files, what may be one, and what each may execute.

    ``closure`` gives the project files that a test file can import; ``dynamic`` holds files that were imported in
    some run without any closure saying so.
    """

    test_files: frozenset[str]
    patterns: tuple[str, ...]
    test_paths: tuple[str, ...]
    closure: Callable[[str], frozenset[str]]
    dynamic: frozenset[str] = frozenset()

    def may_hold_tests(self, path: str) -> bool:
        """Whether pytest would collect a file of this name at this place."""
        inside = not self.test_paths or any(_within(path, folder) for folder in self.test_paths)
        return inside and any(_matches(path, pattern) for pattern in self.patterns)


def select(
    suite: Suite, changed: AbstractSet[str], deleted: AbstractSet[str], stale: Callable[[str], frozenset[str]]
) -> dict[str, str]:
    """``{test file: why}`` for the paths that changed, deleted ones too; ``stale`` gives closures as they were."""
    new = {path for path in changed - deleted if suite.may_hold_tests(path)}
    files = sorted((suite.test_files | new) - deleted)
    general = _reason_for_all(suite, changed)
    chosen: dict[str, str] = {}
    for file in files:
        why = _why(file, changed, suite, stale) or general
        if why:
            chosen[file] = why
    return chosen


def _why(file: str, changed: AbstractSet[str], suite: Suite, stale: Callable[[str], frozenset[str]]) -> str:
    if file in changed:
        return "changed" if file in suite.test_files else "new"
    hit = (changed & suite.closure(file)) | (changed & stale(file))  # each takes as long as the smaller one is large
    new_conftest = [p for p in changed if p.rpartition("/")[2] == "conftest.py" and _within(file, _folder(p))]
    if hit or new_conftest:
        return f"imports {_shortest([*hit, *new_conftest])}"
    return ""


def _reason_for_all(suite: Suite, changed: AbstractSet[str]) -> str:
    """Why everything has to run, if it has to."""
    for path in sorted(changed):
        name = PurePosixPath(path)
        if path in CONFIGURATION:
            return f"configured by {path}"
        if path in suite.dynamic:
            return f"imports {path} by a name made at run time"
        if name.suffix != ".py" and name.suffix not in PROSE and name.name not in TOOLS:
            return f"may read {path}"
    return ""


def _shortest(paths: Iterable[str]) -> str:
    return min(paths, key=lambda path: (len(path), path))


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


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
