"""Which texts of overlaid files were executed, and what was still read from the disk: heard from Python itself.

Python tells an audit hook each code object before it executes it, each file before it is opened, and each program
before it is started. So what is told of a text holds whoever imports, reloads or runs it, and in whatever way.
This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import hashlib
import importlib
import os
import sys
from collections.abc import Callable, Generator
from types import CodeType
from typing import Any

from companion.messages import EVERYTHING
from companion.workers.testrun.overlays_layer import Layer, name_of
from companion.workers.testrun.overlays_tree import Tree, asking, is_looking
from companion.workers.testrun.patches import Patches

PROGRAMS = (
    "subprocess.Popen", "os.posix_spawn", "os.system", "os.exec", "os.spawn", "os.fork", "os.forkpty", "os.startfile",
    "_posixsubprocess.fork_exec", "_winapi.CreateProcess",
)  # fmt: skip
CHANGES = ("os.remove", "os.rename", "os.truncate", "os.link", "os.symlink")
LISTS = ("os.listdir", "os.scandir")
IMPORTING = ("importlib.", "_frozen_importlib")
"""They list folders for modules, which they get otherwise, and for what is installed."""
ARCHIVES = "zipimport"
"""It opens whatever is run by its path, to see whether that is an archive."""
ABOUT_THE_SYSTEM = frozenset({"platform", "uuid", "ctypes.util"})
"""Modules that start programs to learn of the machine, and never one of the project's."""

Heard = Callable[[tuple[Any, ...]], None]


class Watch:
    """From `begin` to `end`; ``saw`` is called as `companion.workers.testrun.overlays.Overlays` says."""

    def __init__(self, layer: Layer, tree: Tree, saw: "Callable[[str], None]") -> None:
        self.ran: set[tuple[str, str]] = set()
        self._layer, self._tree, self._saw = layer, tree, saw
        self._made: dict[int, tuple[CodeType, tuple[str, str]]] = {}
        self._files: dict[tuple[int, int], str] = {}
        self._heard: dict[str, Heard] = {}
        self._status = os.stat
        self._is_looking = True

    def made(self, code: CodeType, path: str, source: bytes) -> None:
        """This code was made of this text."""
        found = self._layer.find(path)
        if found:
            self._made[id(code)] = code, (found, hashlib.blake2b(source, digest_size=16).hexdigest())

    def begin(self, patches: Patches) -> None:
        """Listen; what is on the disk is known by its inode too, for it may have other names."""
        for path, _ in self._layer:
            with contextlib.suppress(OSError):
                status = self._status(f"{self._layer.roots[0]}/{path}")
                self._files[status.st_dev, status.st_ino] = path
        self._heard |= {"exec": self._executed, "open": self._opened, **dict.fromkeys(CHANGES, self._touched)}
        self._heard |= {**dict.fromkeys(LISTS, self._listed), **dict.fromkeys(PROGRAMS, self._started)}
        sys.addaudithook(hook(self._heard))
        with contextlib.suppress(ImportError):  # multiprocessing calls it past `subprocess`
            posix: Any = importlib.import_module("_posixsubprocess")
            patches.replace(posix, "fork_exec", self._starting(posix.fork_exec))

    @contextlib.contextmanager
    def looking_away(self) -> "Generator[None]":
        """What is opened meanwhile changes nothing."""
        self._is_looking = False
        try:
            yield
        finally:
            self._is_looking = True

    def end(self) -> None:
        """Hear nothing more. A hook cannot be removed, but it may hold nothing."""
        self._heard.clear()
        self._made.clear()
        self._files.clear()

    def _executed(self, arguments: "tuple[Any, ...]") -> None:
        code = arguments[0]
        known = self._made.get(id(code))
        if known is not None and known[0] is code:
            self.ran.add(known[1])
        elif code.co_name == "<module>":
            found = self._layer.find(code.co_filename)
            if found:
                self.ran.add((found, ""))

    def _opened(self, arguments: "tuple[Any, ...]") -> None:
        """Whatever for: what is written there is not what is imported."""
        found = self._found(arguments[0]) if self._is_looking else ""
        if found and asking() != ARCHIVES:
            self._saw(found)

    def _touched(self, arguments: "tuple[Any, ...]") -> None:
        for path in filter(None, map(self._found, arguments[:2])):
            self._saw(path)

    def _found(self, path: object) -> str:
        found, name = self._layer.find(path), name_of(path)
        if found or not name:
            return found
        try:
            status = self._status(name)
        except (OSError, ValueError):
            return ""
        return self._files.get((status.st_dev, status.st_ino), "")

    def _listed(self, arguments: "tuple[Any, ...]") -> None:
        overlays = self._tree.listed(arguments[0])
        if overlays and not is_looking() and not asking().startswith(IMPORTING):
            for path in overlays:
                self._saw(path)

    def _started(self, _: "tuple[Any, ...]") -> None:
        if asking() not in ABOUT_THE_SYSTEM:
            self._saw(EVERYTHING)

    def _starting(self, original: Any) -> Any:
        def fork_exec(*arguments: Any) -> int:
            self._started(arguments)
            return original(*arguments)  # type: ignore[no-any-return]

        return fork_exec


def hook(heard: "dict[str, Heard]") -> Any:
    """An audit hook that calls what is in ``heard``, and no more than that once it is empty."""

    def audit(event: str, arguments: "tuple[Any, ...]") -> None:
        tell = heard.get(event)
        if tell is not None:
            try:
                tell(arguments)
            except Exception:  # noqa: BLE001, S110 - would be raised where the event happened
                pass

    return audit
