"""Files that exist only in memory lie at their place, and deleted ones do not, for whoever asks what there is.

So pytest collects a new test file as it would from the disk: no copy of the project is made anywhere, and node ids,
conftests, packages and imports are what they will be once the file is written. What really is there is asked first.
This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

import importlib
import inspect
import os
import pathlib
import sys
from typing import Any, cast

from companion.workers.testrun.overlays_entries import FOLDER, Entry, Scan, status_of
from companion.workers.testrun.overlays_layer import Layer, missing, name_of
from companion.workers.testrun.patches import Patches

LOOKING = ("_pytest.", "pkgutil")
"""Modules that list folders to find Python files. For others a name in a list promises a file that `open` opens."""
BETWEEN = frozenset({"os", "pathlib", "pathlib._local", "pathlib._abc", "glob", "subprocess"})
"""Modules that ask the system for others."""
OURS = "companion."
FIRST_INODE = 2**63
"""No file system counts that far."""


class Tree:
    """What the overlays add to the disk and take away, found out by `apply`."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._made: dict[str, os.stat_result] = {}
        self._added: dict[str, dict[str, bool]] = {}
        self._listed: dict[str, set[str]] = {}

    def apply(self, patches: Patches) -> None:
        """Nothing is replaced if the overlays only lie over files that are there."""
        for path, text in self._layer:
            for root in self._layer.roots:
                full = f"{root}/{path}"
                if text is not None:
                    self._add(root, path, len(text))
                elif os.path.exists(full):  # noqa: PTH110 - as it stands before module names
                    self._list(full, path)
        if self._listed:
            self._replace(patches)

    def listed(self, folder: object) -> "frozenset[str]":
        """The overlays by which a list of this folder would be another."""
        full = _full(folder)
        return frozenset(self._listed.get(full, ())) if full else frozenset()

    def forget(self) -> None:
        """Nothing was added."""
        self._made, self._added, self._listed = {}, {}, {}

    def _list(self, full: str, path: str) -> None:
        self._listed.setdefault(os.path.dirname(full), set()).add(path)  # noqa: PTH120

    def _add(self, root: str, path: str, size: int) -> None:
        """The file, and the folders above it, as far as they are not there."""
        full, length = f"{root}/{path}", size
        while full not in self._made and not os.path.exists(full):  # noqa: PTH110
            inode = FIRST_INODE + len(self._made)
            self._made[full] = status_of(os.stat(root), inode, length)  # noqa: PTH116
            folder, name = os.path.split(full)
            self._added.setdefault(folder, {})[name] = length < 0
            self._list(full, path)
            full, length = folder, FOLDER

    def _replace(self, patches: Patches) -> None:
        external: Any = importlib.import_module("_frozen_importlib_external")
        patches.replace(external, "_path_stat", self._stat(external._path_stat))
        patches.replace(external.FileFinder, "_fill_cache", self._fill_cache(external.FileFinder._fill_cache))
        for name in ("stat", "lstat"):
            original = getattr(os, name)
            replaced = self._stat(original)
            patches.replace(os, name, replaced)
            for known in ("supports_dir_fd", "supports_fd", "supports_follow_symlinks"):
                if original in getattr(os, known):
                    patches.replace(os, known, getattr(os, known) | {replaced})
        patches.replace(os, "scandir", self._scandir(os.scandir))
        patches.replace(os, "listdir", self._listdir(os.listdir))
        accessor: Any = getattr(pathlib, "_NormalAccessor", None)  # until Python 3.10
        for name in ("stat", "scandir", "listdir") if accessor is not None else ():
            patches.replace(accessor, name, staticmethod(getattr(os, name)))
        self._look_again()
        patches.later(self._look_again)

    def _stat(self, original: Any) -> Any:
        def status(path: Any, *rest: Any, **options: Any) -> os.stat_result:
            try:
                found: os.stat_result = original(path, *rest, **options)
            except (FileNotFoundError, NotADirectoryError):
                made = self._made.get(_full(path)) if options.get("dir_fd") is None else None
                if made is None:
                    raise
                return made
            if self._layer.is_gone(path):
                raise missing(path)
            return found

        return status

    def _fill_cache(self, original: Any) -> Any:
        def fill_cache(this: Any) -> None:
            original(this)
            for name in self._new(this.path or "."):
                this._path_cache.add(name)
                if hasattr(this, "_relaxed_path_cache"):
                    this._relaxed_path_cache.add(name.lower())

        return fill_cache

    def _scandir(self, original: Any) -> Any:
        def scandir(path: Any = ".") -> Any:
            if not self.listed(path) or not is_looking():
                return original(path)
            try:
                with original(path) as there:
                    entries = [entry for entry in there if not self._layer.is_gone(entry.path)]
            except FileNotFoundError:
                if not self._new(path):
                    raise
                entries = []
            return Scan([*entries, *self._entries(path, {entry.name for entry in entries})])

        return scandir

    def _listdir(self, original: Any) -> Any:
        def listdir(path: Any = None) -> Any:
            if not self.listed(path) or not is_looking():
                return original(path)
            folder = _full(path)
            try:
                there = cast("list[str]", original(folder))
                names = [name for name in there if not self._layer.is_gone(os.path.join(folder, name))]  # noqa: PTH118
            except FileNotFoundError:
                if not self._new(path):
                    raise
                names = []
            return [*names, *(name for name in self._new(path) if name not in names)]

        return listdir

    def _new(self, folder: object) -> "dict[str, bool]":
        """Names that only overlays add to this folder, and whether they are folders."""
        full = _full(folder)
        return self._added.get(full, {}) if full else {}

    def _entries(self, folder: Any, known: "set[str]") -> "list[Entry]":
        full = os.fsdecode(folder)
        return [
            Entry(name, os.path.join(full, name), self._made[os.path.join(_full(folder), name)])  # noqa: PTH118
            for name in self._new(folder)
            if name not in known
        ]

    def _look_again(self) -> None:
        """Finders remember what was in a folder, and that it was none."""
        for path, finder in list(sys.path_importer_cache.items()):
            if not self.listed(path):
                continue
            if finder is None:
                del sys.path_importer_cache[path]
            else:
                cast("Any", finder).invalidate_caches()


def is_looking() -> bool:
    """Whether it is one of `LOOKING` that asks for a list."""
    return asking().startswith(LOOKING)


def asking(between: "frozenset[str]" = BETWEEN) -> str:
    """The module that asked the system for something, through whatever it asked it (``between``)."""
    frame = inspect.currentframe()
    while frame is not None:
        name = str(frame.f_globals.get("__name__"))
        if name not in between and not name.startswith(OURS):
            return name
        frame = frame.f_back
    return ""


def _full(folder: object) -> str:
    if folder is None:
        return os.getcwd()  # noqa: PTH109
    name = name_of(folder)
    return os.path.abspath(name) if name else ""  # noqa: PTH100
