"""What tests leave behind in an interpreter that may end the whole process, or keep it from ending.

Functions to be called at its end, and threads that go on, when no test runs any more: each is known by the test file
that left it, and that file is what the spare's mark names then; see `companion.store.marker`.
This module also runs in the project's own Python (3.10 or later), where it is not used.
"""

import atexit
from collections.abc import Callable
from typing import Any, cast

from companion.workers.testrun.patches import Patches


class Leavings:
    """``file`` tells which test file runs or is imported now, ``mark`` writes one into the spare's mark.

    ``keeper`` tells the one whose thread goes on, or nothing.
    """

    def __init__(self, *, file: Callable[[], str], mark: Callable[[str], None], keeper: Callable[[], str]) -> None:
        self._file, self._mark, self._keeper = file, mark, keeper
        self._patches = Patches()
        self._applied = False

    def apply(self) -> None:
        """From now on it is known who registers functions."""
        self._applied = True
        register = atexit.register

        def registered(function: Any, /, *args: Any, **options: Any) -> Any:
            register(_ExitFunction(function, self._file(), self._mark), *args, **options)
            return function

        self._patches.replace(atexit, "register", registered)

    def settle(self) -> None:
        """Call what is to be called at the end, while the guards are still in place; then tell who keeps us.

        In a process, where `apply` was not called, nothing happens: that ends without.
        """
        if self._applied:
            self._patches.undo()
            cast("Any", atexit)._run_exitfuncs()
            self._mark(self._keeper())


class _ExitFunction:
    """As good as the function itself for ``atexit.unregister``."""

    def __init__(self, function: Any, file: str, mark: Callable[[str], None]) -> None:
        self._function, self._whose, self._mark = function, file, mark

    def __call__(self, *args: Any, **options: Any) -> None:
        if self._whose:
            self._mark(self._whose)
        self._function(*args, **options)

    def __eq__(self, other: object) -> bool:
        return bool(self._function == other)

    def __hash__(self) -> int:
        return hash(self._function)
