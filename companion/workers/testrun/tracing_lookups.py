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
from typing import Any

from companion.workers.testrun.overlays_tree import asking
from companion.workers.testrun.patches import Patches
from companion.workers.testrun.tracing_notes import THROUGH

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
    """Of one session; ``has`` asks whether something has been noted already, which saves a look."""

    def __init__(self, note: "Callable[[str], None]", has: "Callable[[str], bool]") -> None:
        self._note, self._has = note, has

    def begin(self, patches: Patches) -> None:
        """From now on, until the patches are undone."""
        for variables in {id(each): each for each in (os.environ, os.environb)}.values():
            self._listen(variables, patches)
        finding: Any = importlib.import_module("_frozen_importlib")
        found = self._finding(finding._find_spec)
        patches.replace(finding, "_find_spec", found)
        patches.replace(importlib.util, "_find_spec", found)

    def _listen(self, variables: Any, patches: Patches) -> None:
        """Its methods find their keys by two functions that it holds: what calls those tells what is asked."""
        kind, encode, decode = type(variables), variables.encodekey, variables.decodekey
        getting, iterating = kind.__getitem__.__code__, kind.__iter__.__code__
        frame: Any = sys._getframe  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

        def encodekey(key: Any) -> Any:
            encoded = encode(key)
            if frame(1).f_code is getting:
                self._read(f"e {os.fsdecode(encoded)}")
            return encoded

        def decodekey(key: Any) -> Any:
            if frame(1).f_code is iterating:
                self._read(ALL)
            return decode(key)

        patches.replace(variables, "encodekey", encodekey)
        patches.replace(variables, "decodekey", decodekey)

    def _read(self, note: str) -> None:
        if not self._has(note) and not self._has(ALL) and not asking(THROUGH).startswith(QUIET):
            self._note(note)

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


def _safe(tell: Looked) -> Looked:
    """What is raised would be raised where it was called."""

    def told(frame: FrameType) -> None:
        with contextlib.suppress(Exception):
            tell(frame)

    return told
