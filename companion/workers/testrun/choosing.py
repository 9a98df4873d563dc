"""What of the suite this session runs: what it was ordered to, without what other sessions of the run see to.

This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from companion.core.orders import files_of
from companion.messages import RunItems


class Choosing:
    """A plugin for pytest; ``locate`` gives a path in the project by an absolute one, ``settle`` is called before
    items are chosen."""

    def __init__(self, order: RunItems, locate: Callable[[str], str], settle: "Callable[[], None]") -> None:
        self._locate, self._settle = locate, settle
        self._deselect, self._first = frozenset(order.deselect), frozenset(order.first)
        self._left_out, self._only = frozenset(order.left_out), frozenset(order.only)
        self._chosen = None if order.chosen is None else frozenset(order.chosen)
        self._begun_with = files_of(order)
        self._begun = 0
        self.deselected = 0
        """How many items others than this plugin have left out."""
        self.left: tuple[str, ...] = ()
        """Those that the order leaves out, as far as they are there."""

    def accept(self, order: RunItems) -> None:
        """The session was begun ahead; what is wanted of it is this."""
        self._deselect, self._first = frozenset(order.deselect), frozenset(order.first)
        self._left_out = self._left_out | (self._begun_with - files_of(order))

    def is_elsewhere(self, file: str) -> bool:
        """Whether other sessions of the same run see to this file."""
        return file in self._left_out or (bool(self._only) and file not in self._only)

    def release(self, items: "list[Any]", files: "tuple[str, ...]") -> "tuple[str, ...]":
        """Leave out what has not begun of these files, and tell its ids.

        The next item is as good as begun: its fixtures are kept.
        """
        begun = {file_of(item.nodeid) for item in items[: self._begun + 1]}
        given_up = set(files) - begun
        gone = tuple(item.nodeid for item in items if file_of(item.nodeid) in given_up)
        items[:] = [item for item in items if file_of(item.nodeid) not in given_up]
        return gone

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> "bool | None":
        """Files that other sessions of the same run see to. A package's own file is part of its package's node."""
        if not self._left_out and not self._only:
            return None
        if collection_path.name == "__init__.py" or collection_path.is_dir():
            return None
        return self.is_elsewhere(self._locate(str(collection_path))) or None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: Any, items: "list[Any]") -> None:
        """Leave out exactly the ids that were named (pytest's own ``--deselect`` takes prefixes); some go first.

        Also those of other sessions' files: what pytest is told to collect by path, it never ignores. A file is known
        by its path: a collector may give its items ids that name another one.
        """
        self._settle()
        elsewhere = self._elsewhere({item.path for item in items})
        gone = [item for item in items if self._leaves_out(item.nodeid) or item.path in elsewhere]
        self.left = tuple(item.nodeid for item in gone if item.path not in elsewhere)
        if gone:
            without = set(gone)
            items[:] = [item for item in items if item not in without]
            self.deselected -= len(gone)
            config.hook.pytest_deselected(items=gone)
        if self._first:
            items.sort(key=lambda item: file_of(item.nodeid) not in self._first)  # the order is kept otherwise

    def pytest_deselected(self, items: "list[Any]") -> None:
        """Somebody leaves these out."""
        self.deselected += len(items)

    def _leaves_out(self, node_id: str) -> bool:
        return node_id in self._deselect or (self._chosen is not None and node_id not in self._chosen)

    def _elsewhere(self, paths: "set[Path]") -> "set[Path]":
        if not self._left_out and not self._only:
            return set()
        return {path for path in paths if self.is_elsewhere(self._locate(str(path)))}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self) -> None:
        """The next item of the session begins; it may be the same one once more."""
        self._begun += 1


def file_of(nodeid: str) -> str:
    """The file of a node id."""
    return nodeid.partition("::")[0]
