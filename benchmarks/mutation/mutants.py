"""Random single mutations of a project, the same ones for the same seed. Reads files; nothing is changed."""

import ast
import difflib
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.mutation.code import Code, Edit
from benchmarks.mutation.kinds import KINDS

DATA = "data file"
LEFT_OUT = frozenset({
    "docs", "doc", "examples", "bench", "benchmarks", "fuzz", "setup.py", "build", "requirements", "changelog.d",
    "typing-examples", "node_modules",
})  # fmt: skip
"""Beside the package and its tests; and all whose names begin with a dot."""
DATA_FILES = frozenset({".json", ".csv", ".sql", ".txt", ".toml", ".yaml", ".ini", ".html"})
DIGIT = re.compile(rb"\d")
TESTS = 0.15
"""How often a test file is changed, rather than what it tests."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file's text as it is, and as it becomes."""

    kind: str
    path: str
    before: bytes
    after: bytes

    def __str__(self) -> str:
        """As a person reads it: the lines that change."""
        before, after = (text.decode("utf-8", "replace").splitlines() for text in (self.before, self.after))
        changed = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
        return f"{self.kind}, {self.path}\n" + "\n".join(line[:160] for line in changed[:12])


class Mutants:
    """Of the project at ``root``: an endless source."""

    def __init__(self, root: Path, seed: int) -> None:
        self._root, self._chance = root, Random(seed)
        self._files: dict[bool, dict[str, list[str]]] = {False: defaultdict(list), True: defaultdict(list)}
        for path in sorted(_files(root)):
            for kind in self._kinds_of(path):
                self._files[_is_test(path)][kind].append(path)

    def __iter__(self) -> Iterator[Mutant]:
        """The kinds come up evenly, and so do the files in which there are any, and the places in them."""
        while True:
            by_kind = self._files[self._chance.random() < TESTS]
            if by_kind:
                kind = self._chance.choice(sorted(by_kind))
                mutant = self._make(kind, self._chance.choice(by_kind[kind]))
                if mutant is not None:
                    yield mutant

    def _make(self, kind: str, path: str) -> Mutant | None:
        data = (self._root / path).read_bytes()
        edits = list(_edits(kind, data))
        after = self._chance.choice(edits).apply(data)
        return None if kind != DATA and _same(data, after) else Mutant(kind, path, data, after)

    def _kinds_of(self, path: str) -> list[str]:
        data = (self._root / path).read_bytes()
        try:
            return [kind for kind in (KINDS if path.endswith(".py") else (DATA,)) if any(_edits(kind, data))]
        except SyntaxError, ValueError:
            return []


def _edits(kind: str, data: bytes) -> Iterator[Edit]:
    if kind != DATA:
        yield from KINDS[kind](Code(data))
        return
    for found in DIGIT.finditer(data):
        yield Edit(found.start(), found.end(), str((int(found.group()) + 1) % 10))
    for line in re.finditer(rb".+\n", data):
        yield Edit(line.start(), line.end(), "")


def _same(before: bytes, after: bytes) -> bool:
    """Whether the text does not parse any more, or is the same program."""
    try:
        return ast.dump(ast.parse(before)) == ast.dump(ast.parse(after))
    except SyntaxError, ValueError:
        return True


def _files(root: Path) -> Iterator[str]:
    top = [path for path in root.iterdir() if path.name not in LEFT_OUT and not path.name.startswith(".")]
    for path in (found for place in top for found in ([place] if place.is_file() else place.rglob("*"))):
        inside = path.relative_to(root)
        hidden = any(part.startswith(".") or part.endswith((".egg-info", "__pycache__")) for part in inside.parts)
        is_data = path.suffix in DATA_FILES and len(inside.parts) > 1
        if path.is_file() and not hidden and (path.suffix == ".py" or is_data):
            yield inside.as_posix()


def _is_test(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))
