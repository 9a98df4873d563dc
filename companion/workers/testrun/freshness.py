"""The project's own code is compiled from its text each time, its ``.pyc`` files neither read nor written.

A ``.pyc`` names its source by whole seconds and size, so a second edit of the same size within a second would run
the first one's code. What is compiled is kept by content instead (`codestore`). Third-party code keeps its caches.
`undo` puts everything back, for what stays patched at an interpreter's end keeps its whole heap.
This module also runs in the project's own Python (3.10 or later).
"""

import importlib
import importlib.machinery
from collections.abc import Callable
from typing import Any, cast

from companion.workers.testrun.codestore import CodeStore
from companion.workers.testrun.overlays import Overlays, no_overlays
from companion.workers.testrun.patches import Patches
from companion.workers.testrun.rewriting import Rewriting


class Freshness:
    """The patches, while they are in place; ``code_folder`` is where compiled code is kept by content (or empty)."""

    def __init__(self, root: str, third_party: "tuple[str, ...]", code_folder: str = "") -> None:
        self._root = root.rstrip("/") + "/"
        self._third_party = tuple(folder.rstrip("/") + "/" for folder in third_party)
        self._code_folder = code_folder
        self._patches = Patches()
        self._overlays = no_overlays()
        self._meet: Callable[[str], None] = _pass

    def is_project(self, path: str) -> bool:
        """Whether this file is the project's own code."""
        return path.startswith(self._root) and not path.startswith(self._third_party)

    def apply(self) -> None:
        """Patch the source loader and pytest's rewriting hook; pytest must be importable."""
        self._keep_from_writing()
        self._compile_modules()
        Rewriting(lambda path: self._overlays if self._is_fresh(path) else None, self._code_folder).apply(
            self._patches
        )

    def lay(self, overlays: Overlays) -> None:
        """From now on these lie over the disk; nothing of the project may have been imported."""
        self._overlays = overlays
        overlays.apply()

    def tell(self, meet: "Callable[[str], None]") -> None:
        """From now on ``meet`` is called with the path of each file of the project that is about to be read."""
        self._meet = meet

    def _is_fresh(self, path: str) -> bool:
        fresh = self.is_project(path) or self._overlays.covers(path)
        if fresh:
            self._meet(path)
        return fresh

    def _keep_from_writing(self) -> None:
        """In the project's folder, its environments among them; what tests write elsewhere and import is theirs."""
        loader: Any = importlib.machinery.SourceFileLoader
        write = loader._cache_bytecode
        rewriting: Any = importlib.import_module("_pytest.assertion.rewrite")
        make = rewriting.try_makedirs

        def cache_bytecode(this: Any, source_path: str, *rest: Any) -> None:
            if not str(source_path).startswith((self._root, *self._third_party)):
                write(this, source_path, *rest)

        def try_makedirs(folder: Any) -> bool:
            kept = str(folder).startswith((self._root, *self._third_party))
            return not kept and bool(make(folder))  # without its folder no cache is written

        self._patches.replace(loader, "_cache_bytecode", cache_bytecode)
        self._patches.replace(rewriting, "try_makedirs", try_makedirs)

    def _compile_modules(self) -> None:
        loader: Any = importlib.machinery.SourceFileLoader.__mro__[2]  # SourceLoader, where get_code is defined
        get_code, plain = loader.get_code, loader.source_to_code
        store = CodeStore(self._code_folder, "module")

        def code_of(this: Any, fullname: str) -> Any:
            path = this.get_filename(fullname)
            if not self._is_fresh(path):
                return get_code(this, fullname)
            source = this.get_data(path)
            is_plain = (
                cast("Any", type(this)).source_to_code is plain
            )  # others make something else of the same source
            code = store.load(path, source) if is_plain else None
            if code is None:
                with self._overlays.compiling(path):
                    code = this.source_to_code(source, path)
                if is_plain:
                    store.save(path, source, code)
            self._overlays.made(code, path, source)
            return code

        self._patches.replace(loader, "get_code", code_of)

    def undo(self) -> None:
        """Put back what `apply` and `lay` replaced."""
        self._overlays.undo()
        self._patches.undo()


def _pass(_: str) -> None: ...
