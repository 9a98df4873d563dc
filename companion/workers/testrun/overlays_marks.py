"""Which items may have seen what the disk holds of a file that an overlay lies over.

What is read while a test function runs concerns that item. What is read while modules are imported, or fixtures set
up that several items share, may have reached every item that follows.
This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

import inspect
import itertools
from collections.abc import Callable, Generator, Iterator
from types import FrameType
from typing import Any

import pytest

from companion.messages import EVERYTHING


class Marks:
    """A plugin of the session; `saw` is told of each read, `take` gives what concerns the item that has finished."""

    def __init__(self, is_project: "Callable[[str], bool]") -> None:
        self._is_project = is_project
        self._shared: set[str] = set()
        self._own: set[str] = set()
        self._scopes: list[str] = []
        self._is_running = False

    def saw(self, path: str) -> None:
        """This was read from the disk; see `companion.messages.ItemFinished`."""
        if self._is_running:
            (self._own if self._is_alone() else self._shared).add(path)
        elif path != EVERYTHING or any(self._is_project(frame.f_code.co_filename) for frame in _frames()):
            self._shared.add(path)  # else a plugin asks git, or the like, while pytest starts or ends

    def take(self) -> "tuple[str, ...]":
        """For the item that has finished."""
        return tuple(sorted(self._shared | self._own))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self) -> None:
        """What is read from now on may be this item's."""
        self._own.clear()
        self._is_running = True

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self) -> None:
        """What is read from now on is nobody's."""
        self._is_running = False

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> "Generator[None]":
        """Others may use what is set up for more than one item."""
        self._scopes.append(fixturedef.scope)
        yield
        self._scopes.pop()

    def _is_alone(self) -> bool:
        return self._scopes[-1:] in ([], ["function"]) and not _is_importing()


def _is_importing() -> bool:
    """Whether a module is being executed, which is done once for all, between here and pytest."""
    between = itertools.takewhile(
        lambda frame: not str(frame.f_globals.get("__name__")).startswith("_pytest."), _frames()
    )
    return any(frame.f_code.co_name == "<module>" for frame in between)


def _frames() -> "Iterator[FrameType]":
    frame = inspect.currentframe()
    while frame is not None:
        yield frame
        frame = frame.f_back
