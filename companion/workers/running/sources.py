"""The project's Python files as selection needs them: which there are, and what each imports."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path

from companion.core.board import file_of
from companion.core.ignore import EXTENSIONS
from companion.core.impact.closure import Closures, Layout, extension_stem
from companion.core.impact.imports import ImportRef, imports_of
from companion.core.impact.selection import Suite
from companion.core.shards import tied
from companion.core.text import UndecodableError, content_hash, decode_source
from companion.messages import Collected, ItemFinished, SuiteKnown

SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages"})
USUAL = Suite(frozenset(), ("test_*.py", "*_test.py"), ())

type Stamp = tuple[int, int] | None


class Sources:
    """Import closures of the project at ``root``, kept in step with its changes."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._imports: dict[str, tuple[ImportRef, ...]] = {}
        self._stamps: dict[str, Stamp] = {}
        self._contents: dict[str, tuple[Stamp, str]] = {}
        self._closures = Closures(Layout(frozenset(python_files(root)), ("", "src")), self._read)

    def learn(self, sys_path: Iterable[str]) -> None:
        """Take in what a session over all files showed: where imports come from."""
        inside = [self._relative(folder) for folder in sys_path]
        roots = tuple(dict.fromkeys(["", *(folder for folder in inside if folder is not None)]))
        layout = Layout(self._closures.layout.files, roots)
        if layout != self._closures.layout:
            self._closures.forget(frozenset(), layout)

    def closure(self, file: str) -> frozenset[str]:
        """The project's files that running this file can import by what their texts say; itself included."""
        return self._closures.of(file)

    def resolve(self, importer: str, ref: ImportRef) -> frozenset[str]:
        """The project's files that this import in that file may execute."""
        return frozenset(self._closures.layout.resolve(importer, ref, importer.rpartition("/")[0]))

    def names_of(self, path: str) -> tuple[str, ...]:
        """What imports may call this file."""
        stem = (
            extension_stem(path) if path.endswith(EXTENSIONS) else path.removesuffix(".py").removesuffix("/__init__")
        )
        roots = (f"{root}/" if root else "" for root in (*self.import_roots, path.rpartition("/")[0]))
        return tuple({stem[len(root) :].replace("/", ".") for root in roots if stem.startswith(root)})

    def tell(self, changed: AbstractSet[str], went: AbstractSet[str]) -> None:
        """These files changed; those that ``went`` are not there any more."""
        self._recall(frozenset(went))
        self._update(frozenset(changed), frozenset(went))

    def restore(self, known: SuiteKnown) -> None:
        """What a runner before this one learned, and nothing has changed since."""
        self._closures.forget(frozenset(), Layout(self._closures.layout.files, known.import_roots))

    def refresh(self) -> None:
        """Take in what changed on the disk without anybody telling."""
        for path in list(self._contents):
            self.reread(path)
        stale = frozenset(path for path, stamp in self._stamps.items() if stamp_of(self._root, path) != stamp)
        for path in stale:
            self._imports.pop(path, None)
            self._stamps.pop(path)
        layout = Layout(frozenset(python_files(self._root)), self._closures.layout.import_roots)
        self._closures.forget(stale, layout)

    @property
    def import_roots(self) -> tuple[str, ...]:
        """Folders from which imports are looked up."""
        return self._closures.layout.import_roots

    @property
    def modules(self) -> frozenset[str]:
        """The project's Python files, and extensions that were compiled of it."""
        return frozenset(self._closures.layout.files)

    @property
    def python_files(self) -> frozenset[str]:
        """Those of them that are text."""
        return frozenset(path for path in self._closures.layout.files if path.endswith(".py"))

    @property
    def usual_tests(self) -> frozenset[str]:
        """Those of them that pytest would collect tests from if nothing else were configured."""
        return frozenset(filter(USUAL.may_hold_tests, self.python_files))

    def size(self, path: str) -> int:
        """Bytes, or 0 if there is no such file."""
        try:
            return Path(self._root, path).stat().st_size
        except OSError:
            return 0

    def mentions(self, pattern: re.Pattern[bytes], files: Iterable[str]) -> bool:
        """Whether one of these files has such a text in it."""
        for file in files:
            with suppress(OSError):
                if pattern.search(Path(self._root, file).read_bytes()):
                    return True
        return False

    def content(self, path: str) -> str:
        """The hash of what this file holds, as far as changes have been told; empty if there is none.

        The disk is not looked at again: what changes there is told, and a run asks this of every file.
        """
        known = self._contents.get(path)
        return self.reread(path) if known is None else known[1]

    def reread(self, path: str) -> str:
        """The hash of what this file holds now, whether or not that was told."""
        stamp = stamp_of(self._root, path)
        known = self._contents.get(path)
        if known is None or known[0] != stamp:
            known = self._contents[path] = stamp, _hash_of(Path(self._root, path)) if stamp else ""
        return known[1]

    def exists(self, path: str) -> bool:
        """Whether the project has this file or folder now."""
        return Path(self._root, path).exists()

    def warm(self, test_file: str) -> None:
        """Compute a closure ahead."""
        self._closures.of(test_file)

    def _recall(self, deleted: frozenset[str]) -> None:
        """Files that were gone before anybody looked at the project have been imported until then."""
        layout = self._closures.layout
        unseen = set(filter(is_module, deleted)) - layout.files
        if unseen:
            self._closures.forget(frozenset(), Layout(layout.files | unseen, layout.import_roots))

    def _update(self, changed: frozenset[str], deleted: frozenset[str]) -> None:
        for path in changed:
            self._imports.pop(path, None)
            self._contents.pop(path, None)
        layout = self._closures.layout
        python = set(filter(is_module, changed))
        self._closures.forget(changed, Layout((layout.files | python) - deleted, layout.import_roots))

    def _read(self, path: str) -> tuple[ImportRef, ...]:
        if path not in self._imports:
            self._imports[path] = self._parse(path)
        return self._imports[path]

    def _parse(self, path: str) -> tuple[ImportRef, ...]:
        self._stamps[path] = stamp_of(self._root, path)
        try:
            text, _ = decode_source(Path(self._root, path).read_bytes())
        except OSError, UndecodableError:
            return ()
        return imports_of(text) or ()

    def _relative(self, path: str) -> str | None:
        prefix = self._root.rstrip("/") + "/"
        if path.rstrip("/") + "/" == prefix:
            return ""
        return path[len(prefix) :] if path.startswith(prefix) else None


class SuiteFacts:
    """What collecting told: test files with their items, and how pytest recognises others."""

    def __init__(self) -> None:
        self.items: dict[str, int] = {}
        """How many items each test file holds."""
        self._names: dict[str, frozenset[str]] = {}
        self.patterns: tuple[str, ...] = USUAL.patterns
        self.test_paths: tuple[str, ...] = ()
        self.broken: set[str] = set()
        self.seconds: dict[str, float] = {}
        self._took: defaultdict[str, dict[str, float]] = defaultdict(dict)
        self._shared: defaultdict[str, set[str]] = defaultdict(set)
        self.ties: dict[str, str] = {}
        self.undivided = ""

    def collected(self, message: Collected) -> None:
        """What a session over everything, or over a part of it, told of the suite."""
        self.patterns, self.test_paths, self.undivided = message.patterns, message.test_paths, message.undivided
        for file in {file_of(node_id) for node_id in message.items}:
            self._shared.pop(file, None)
        for file, name in message.ties:
            self._shared[file].add(name)
        self.ties = tied(self._shared)

    def known(self, sources: Sources) -> SuiteKnown:
        """All of this, with what ``sources`` learned, for a runner after this one."""
        return SuiteKnown(
            files=tuple(self.items.items()),
            broken=tuple(sorted(self.broken)),
            patterns=self.patterns,
            test_paths=self.test_paths,
            ties=tuple((file, name) for file, names in self._shared.items() for name in sorted(names)),
            undivided=self.undivided,
            import_roots=sources.import_roots,
        )

    def restore(self, known: SuiteKnown) -> None:
        """What a runner before this one learned, and nothing has changed since."""
        self.items, self.broken = dict(known.files), set(known.broken)
        self.patterns, self.test_paths, self.undivided = known.patterns, known.test_paths, known.undivided
        for file, name in known.ties:
            self._shared[file].add(name)
        self.ties = tied(self._shared)

    def took(self, message: ItemFinished) -> None:
        """An item ran."""
        self._took[file_of(message.id)][message.id] = message.seconds

    def now_holds(self, path: str, items: tuple[str, ...]) -> None:
        """A test file ran whole: it holds these items, or none any more."""
        took = self._took.pop(path, {})
        if items:
            self.items[path], self._names[path] = len(items), frozenset(items)
            self.seconds[path] = sum(took.get(item, 0.0) for item in items)
        else:
            for known in (self.items, self._names, self.seconds, self._shared):
                known.pop(path, None)

    def holds(self, node_id: str) -> bool:
        """Whether this item was there when its file last ran whole, under this runner."""
        file = file_of(node_id)
        return file in self.items and node_id in self._names.get(file, ())

    def mended(self, files: Iterable[str], errors: Iterable[str]) -> tuple[str, ...]:
        """What could not be collected before, and would have shown again in a session over these files (empty: all).

        A broken conftest or package has an item of its own that no test file's end clears.
        """
        files = tuple(files)
        mended = (self.broken - set(errors)) - (self.test_files - {"."})  # the session's own failure counts as one
        return tuple(path for path in mended if not files or any(_below(file, path) for file in files))

    @property
    def test_files(self) -> frozenset[str]:
        """Files that held items, or failed to be collected, when last looked at."""
        return frozenset(self.items)


def _below(file: str, path: str) -> bool:
    folder = path.rpartition("/")[0] if path.endswith(".py") else path.removeprefix(".")
    return not folder or file.startswith(f"{folder}/")


def _hash_of(path: Path) -> str:
    try:
        return content_hash(path.read_bytes())
    except OSError:
        return ""


def stamp_of(root: str, path: str) -> Stamp:
    """Changes when the file does; None if there is none."""
    try:
        status = Path(root, path).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def is_module(path: str) -> bool:
    """Whether Python imports files of this name."""
    return path.endswith((".py", *EXTENSIONS))


def python_files(root: str) -> Iterable[str]:
    """Relative paths of the project's modules, without hidden folders and environments."""
    for folder, names, files in os.walk(root):
        names[:] = [n for n in names if not n.startswith(".") and n not in SKIPPED and not is_environment(folder, n)]
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        prefix = "" if relative == "." else f"{relative}/"
        yield from (prefix + name for name in files if is_module(name))


def is_environment(folder: str, name: str) -> bool:
    """Whether this folder is a virtual environment."""
    return os.path.exists(os.path.join(folder, name, "pyvenv.cfg"))  # noqa: PTH110, PTH118 - called very often
