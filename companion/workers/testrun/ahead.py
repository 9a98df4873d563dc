"""What pytest finds out at each start and what does not change meanwhile, found out ahead.

In place until pytest is configured; no test meets it.
This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

import importlib
import importlib.metadata
import os
import sys
import types
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, Union

from companion.workers.testrun.patches import Patches

Stamp = tuple[Union[int, None], Union[int, None]]

NO_FIXTURE = (
    types.ModuleType, type, property, str, int, float, tuple, frozenset, list, dict, set, type(None),
    types.BuiltinFunctionType, types.WrapperDescriptorType, types.MethodDescriptorType,
    types.ClassMethodDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType,
)  # fmt: skip
"""Of these, nothing is a fixture in any version of pytest."""


class Distribution(importlib.metadata.PathDistribution):
    """An installed distribution whose files are read once."""

    @cached_property
    def entry_points(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - also read as an attribute
        """See `importlib.metadata.Distribution`."""
        return super().entry_points

    @cached_property
    def files(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - also read as an attribute
        """See `importlib.metadata.Distribution`."""
        return super().files

    @cached_property
    def metadata(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - also read as an attribute
        """See `importlib.metadata.Distribution`."""
        return super().metadata


def look_ahead(patches: Patches) -> None:
    """Remember what is installed from the first time on that pytest asks, and where pytest itself has fixtures."""
    patches.replace(importlib.metadata, "distributions", Installed(importlib.metadata.distributions))
    patches.replace(importlib.import_module("_pytest.fixtures"), "dir", Names())
    pluggy = importlib.import_module("pluggy")
    patches.replace(pluggy, "__version__", pluggy.__version__)  # looked up in the distribution's files each time


class Installed:
    """In the place of `importlib.metadata.distributions`: the same, as long as no folder changes."""

    def __init__(self, original: Any) -> None:
        self._original = original
        self._folders: object = None
        self._found: list[Any] = []
        self._read: dict[Path, tuple[Stamp, Distribution]] = {}

    def __call__(self, **context: Any) -> "Iterator[Any]":
        finders = [finder for finder in sys.meta_path if hasattr(finder, "find_distributions")]
        if context or finders != [PathFinder]:
            return iter(self._original(**context))
        folders = [(folder, _time(folder)) for folder in sys.path]
        if folders != self._folders:
            self._folders, self._found = folders, list(self._original())
        return map(self._remembered, self._found)

    def _remembered(self, found: Any) -> Any:
        path = getattr(found, "_path", None)
        if type(found) is not importlib.metadata.PathDistribution or not isinstance(path, Path):
            return found  # in an archive
        stamp = _time(path), _time(f"{path}/entry_points.txt")
        read = self._read.get(path)
        if read is None or read[0] != stamp:
            read = self._read[path] = stamp, Distribution(path)
        return read[1]


class Names:
    """In the place of `dir`, which pytest asks for the names in each plugin to look for fixtures among them."""

    def __init__(self) -> None:
        modules = [module for name, module in list(sys.modules.items()) if name.startswith("_pytest.")]
        self._known: dict[object, set[str]] = {module: _candidates([module]) for module in modules}

    def __call__(self, holder: object) -> "Iterable[str]":
        if isinstance(holder, types.ModuleType):
            return sorted(self._known[holder]) if holder in self._known else dir(holder)
        kind = type(holder)
        if not kind.__module__.startswith("_pytest."):
            return dir(holder)
        if kind not in self._known:
            self._known[kind] = _candidates(kind.__mro__)
        return sorted({*self._known[kind], *getattr(holder, "__dict__", ())})


def _candidates(places: "Iterable[object]") -> "set[str]":
    return {name for place in places for name, value in vars(place).items() if _may_be_fixture(name, value)}


def _may_be_fixture(name: str, value: object) -> bool:
    """A fixture was a function that has attributes, and is an object of its own class since pytest 8.4."""
    if name.startswith(("__", "pytest_")):  # Python's own, and hooks
        return False
    return bool(vars(value)) if isinstance(value, types.FunctionType) else not isinstance(value, NO_FIXTURE)


def _time(path: "Union[str, Path]") -> Union[int, None]:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - for each distribution
    except OSError:
        return None
