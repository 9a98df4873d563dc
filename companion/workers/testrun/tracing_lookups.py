"""What nobody tells an audit hook: environment variables that are read, modules and files that are not there.

Nothing that tests could meet is replaced by something of another type.
This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import genericpath
import importlib
import importlib.util
import os
import pathlib
import posixpath
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Union, cast

from companion.workers.testrun.overlays_tree import asking
from companion.workers.testrun.patches import Patches
from companion.workers.testrun.tracing_notes import FORKING, THROUGH

QUIET = ("_pytest.", "pytest.", "pluggy.", "unittest.mock")
"""Modules that read variables to put them back, or to tell of the running test."""
LOOKING: "tuple[Any, ...]" = (
    genericpath.exists, genericpath.isfile, genericpath.isdir, genericpath.getsize, genericpath.getmtime,
    posixpath.lexists, posixpath.islink, pathlib.Path.stat, pathlib.Path.lstat,
)  # fmt: skip
"""Functions that ask whether a file is there; their first argument is its path."""
ALL = "e *"
Looked = Callable[[FrameType], None]


class Lookups:
    """Of one session; ``has`` asks whether something has been noted already, which saves a look.

    ``started`` is `tracing_notes.Notes.started`.
    """

    def __init__(
        self, note: "Callable[[str], None]", has: "Callable[[str], bool]", started: "Callable[[str, Any], None]"
    ) -> None:
        self._note, self._has, self._started = note, has, started

    def begin(self, patches: Patches) -> None:
        """From now on, until the patches are undone."""
        for variables in {id(each): each for each in (os.environ, os.environb)}.values():
            self._listen(variables, patches)
        finding: Any = importlib.import_module("_frozen_importlib")
        found = self._finding(finding._find_spec)
        patches.replace(finding, "_find_spec", found)
        patches.replace(importlib.util, "_find_spec", found)
        with contextlib.suppress(ImportError):
            if sys.version_info < (3, 14):  # multiprocessing calls it past `subprocess`, and past audit hooks
                posix: Any = importlib.import_module("_posixsubprocess")
                patches.replace(posix, "fork_exec", self._starting(posix.fork_exec))

    def _listen(self, variables: Any, patches: Patches) -> None:
        """Its methods find their keys by two functions that it holds: what calls those tells what is asked."""
        kind = cast("Any", type(variables))
        encode, decode = variables.encodekey, variables.decodekey
        getting, iterating = kind.__getitem__.__code__, kind.__iter__.__code__
        frame: Any = sys._getframe  # pyright: ignore[reportPrivateUsage]

        def encodekey(key: Any) -> Any:
            encoded = encode(key)
            if frame(1).f_code is getting:
                self._read(f"e {os.fsdecode(encoded)}", frame(1))
            return encoded

        def decodekey(key: Any) -> Any:
            if frame(1).f_code is iterating:
                self._read(ALL, frame(1))
            return decode(key)

        patches.replace(variables, "encodekey", encodekey)
        patches.replace(variables, "decodekey", decodekey)

    def _read(self, note: str, by: FrameType) -> None:
        if self._has(note) or self._has(ALL) or _is_ours(by) or asking(THROUGH).startswith(QUIET):
            return
        self._note(note)

    def _starting(self, original: Any) -> Any:
        def fork_exec(arguments: Any, paths: Any, *rest: Any) -> Any:
            self._started(FORKING, (paths, arguments))
            return original(arguments, paths, *rest)

        return fork_exec

    def _finding(self, find: Any) -> Any:
        def find_spec(name: str, path: Any, target: Any = None) -> Any:
            spec = find(name, path, target)
            if spec is None:
                self._note(f"i {name}")
            return spec

        return find_spec


def looking(looked: Looked, imported: Looked) -> "dict[int, tuple[CodeType, Looked]]":
    """Functions that are noticed by their code alone: those that look for files, and the one that imports by name."""
    found = [(function.__code__, looked) for function in LOOKING if hasattr(function, "__code__")]
    return {id(code): (code, _safe(tell)) for code, tell in (*found, (importlib.import_module.__code__, imported))}


def named_module(frame: FrameType) -> Any:
    """What `importlib.import_module`, which begins in this frame, would import, if that has been done already."""
    name, package = frame.f_locals["name"], frame.f_locals["package"]
    return sys.modules.get(importlib.util.resolve_name(name, package) if name.startswith(".") else name)


def _is_ours(frame: "Union[FrameType, None]") -> bool:
    """Whether it is for companion that a variable is read: what programs are started with, say."""
    while frame is not None and frame.f_globals.get("__name__") in ("os", "collections.abc", "_collections_abc"):
        frame = frame.f_back
    return frame is not None and str(frame.f_globals.get("__name__")).startswith("companion.")


def _safe(tell: Looked) -> Looked:
    """What is raised would be raised where it was called."""

    def told(frame: FrameType) -> None:
        with contextlib.suppress(Exception):
            tell(frame)

    return told
