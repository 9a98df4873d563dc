"""One ignore file: its patterns, asked about one entry at a time, as git asks them.

pathspec translates the patterns. What it offers above that judges whole paths, so that a pattern which matches a
folder matches all below it too; walking down from the root the folder itself has to be judged first, alone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: GitIgnoreSpecPattern
    ignores: bool
    folders_only: bool

    def matches(self, path: str) -> bool:
        found: Any = self.pattern.match_file(path)  # its match is of no declared type
        # The one named group stands for a match of a folder above, which is none of the entry itself.
        return found is not None and not any(found.match.groupdict().values())


class Patterns:
    """The rules of one ignore file, the last one that matches deciding."""

    def __init__(self, lines: Iterable[str]) -> None:
        rules = [rule for line in lines if (rule := _rule(line)) is not None]
        self._for_folders = tuple(reversed(rules))
        self._for_files = tuple(rule for rule in self._for_folders if not rule.folders_only)

    def __bool__(self) -> bool:
        return bool(self._for_folders)

    def judge(self, path: str, *, folder: bool) -> bool | None:
        """Whether the entry is ignored; None if no rule speaks of it.

        ``path`` is relative to the ignore file's folder; the folders above it are taken as not ignored.
        """
        for rule in self._for_folders if folder else self._for_files:
            if rule.matches(path):
                return rule.ignores
        return None


def parse(text: str) -> Patterns:
    """The patterns of an ignore file's text; a line that is no valid pattern matches nothing, as in git."""
    return Patterns(line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n"))


def _rule(line: str) -> _Rule | None:
    if line.startswith("#"):
        return None
    ignores = not line.startswith("!")
    body = _without_trailing_spaces(line if ignores else line[1:])
    folders_only = body.endswith("/")
    body = body[:-1] if folders_only else body
    if not body:
        return None
    try:
        # An exclamation or number sign here is a plain character: those that mean something are gone already.
        pattern = GitIgnoreSpecPattern(f"\\{body}" if body[0] in "!#" else body)
    except ValueError, re.error:
        return None
    return None if pattern.include is None else _Rule(pattern, ignores, folders_only)


def _without_trailing_spaces(line: str) -> str:
    stripped = line.rstrip(" ")
    is_escaped = stripped != line and (len(stripped) - len(stripped.rstrip("\\"))) % 2 == 1
    return f"{stripped} " if is_escaped else stripped
