"""The static import closure of a test file: every project file that importing it can execute. Pure.

It stands in for the impact engine: sound for what is imported by a name that the text shows, and file by file.
"""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from companion.core.ignore import EXTENSIONS
from companion.core.impact.imports import ImportRef

Imports = Callable[[str], tuple[ImportRef, ...]]
"""The imports of a project file, by its relative path; empty for one that does not parse."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which files the project has, and from which of its folders imports are looked up; relative, ``""`` the root."""

    files: AbstractSet[str]
    import_roots: tuple[str, ...]
    compiled: Mapping[str, tuple[str, ...]] = field(init=False, compare=False, repr=False)
    """Extension modules that were compiled, for each Python that there is, by their paths without
    ``.cpython-314-x86_64-linux-gnu.so``."""

    def __post_init__(self) -> None:
        found: dict[str, tuple[str, ...]] = {}
        for path in self.files:
            if path.endswith(EXTENSIONS):
                found[extension_stem(path)] = (*found.get(extension_stem(path), ()), path)
        object.__setattr__(self, "compiled", found)

    def resolve(self, importer: str, ref: ImportRef, home: str = "") -> Iterator[str]:
        """Project files that this import may execute: packages on the way, the module, names that are modules.

        ``home`` is the folder of the test file that is run: pytest's default import mode puts the folders of tests
        and conftests on the path, for all that they import.
        """
        for base in self._bases(importer, ref, home):
            yield from self._along(base, ref.module)
            target = _join(base, *ref.module.split(".")) if ref.module else base
            for name in ref.names:
                yield from (self._inside(target) if name == "*" else self._module(_join(target, name)))

    def _bases(self, importer: str, ref: ImportRef, home: str) -> tuple[str, ...]:
        if ref.level == 0:
            return tuple(dict.fromkeys((*self.import_roots, *_folders_of(importer), home, *_folders_of(home))))
        base = importer
        for _ in range(ref.level):
            base = _parent(base)
        return (base,)

    def _along(self, base: str, module: str) -> Iterator[str]:
        if base:
            yield from self._module(base)
        for part in module.split(".") if module else ():
            base = _join(base, part)
            yield from self._module(base)

    def _module(self, stem: str) -> Iterator[str]:
        for path in (f"{stem}.py", _join(stem, "__init__.py")):
            if path in self.files:
                yield path
        yield from self.compiled.get(stem, ())

    def _inside(self, package: str) -> Iterator[str]:
        """``from package import *`` may import any submodule that ``__all__`` names."""
        for path in self.files:
            folder = _parent(path)
            if folder == package or (path.endswith("/__init__.py") and _parent(folder) == package and folder):
                yield path

    def packages_of(self, path: str) -> Iterator[str]:
        """What importing a file executes before it: the packages that it is in."""
        for folder in _folders_of(path):
            package = _join(folder, "__init__.py")
            if package in self.files:
                yield package


@dataclass(slots=True)
class Closures:
    """Closures by test file, computed when asked for, forgotten when something they may rest on changes."""

    layout: Layout
    imports: Imports
    _known: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    _next: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict[tuple[str, str], frozenset[str]])
    """What a file executes directly, by its path and the folder of the test that is run: shared by closures."""

    def of(self, test_file: str) -> frozenset[str]:
        """Every project file that running this test file can import, itself and its conftests included."""
        if test_file not in self._known:
            self._known[test_file] = self._walk([test_file, *conftests_of(test_file, self.layout.files)])
        return self._known[test_file]

    def forget(self, changed: AbstractSet[str], layout: Layout) -> None:
        """Some files changed, came or went: closures that hold one of them, or may find a new one, are stale."""
        came_or_went = bool(changed & (layout.files ^ self.layout.files)) or layout != self.layout
        self.layout = layout
        self._known = {} if came_or_went else {f: c for f, c in self._known.items() if not c & changed}
        self._next = {} if came_or_went else {key: n for key, n in self._next.items() if key[0] not in changed}

    def _walk(self, start: list[str]) -> frozenset[str]:
        home = _parent(start[0])
        todo, seen = [*start], set(start)
        while todo:
            found = self._executed_by(todo.pop(), home) - seen
            seen |= found
            todo += found
        return frozenset(seen)

    def _executed_by(self, path: str, home: str) -> frozenset[str]:
        key = path, home
        if key not in self._next:
            found = (file for ref in self.imports(path) for file in self.layout.resolve(path, ref, home))
            self._next[key] = frozenset((*self.layout.packages_of(path), *found))
        return self._next[key]


def conftests_of(path: str, files: AbstractSet[str]) -> list[str]:
    """The conftest files of a test file's folder and of those above it."""
    folders = [str(parent) for parent in PurePosixPath(path).parents]
    candidates = ("conftest.py" if folder == "." else f"{folder}/conftest.py" for folder in folders)
    return [candidate for candidate in candidates if candidate in files]


def extension_stem(path: str) -> str:
    """Of ``app/_ext.abi3.so``: ``app/_ext``."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name.partition('.')[0]}"


def _folders_of(path: str) -> Iterator[str]:
    """A file's folder and those above it, the innermost first, the root (``""``) last."""
    while path:
        path = _parent(path)
        yield path


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _join(*parts: str) -> str:
    return "/".join(part for part in parts if part)
