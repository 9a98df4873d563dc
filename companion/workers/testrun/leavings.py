"""What tests want to be called at the end of their process: here at the end of their session, and once.

In an interpreter that may end the whole process, or keep it from ending: who registers something is known by the
test file, and that file is what the spare's mark names when it is called; see `companion.store.marker`.
This module also runs in the project's own Python (3.10 or later).
"""

import _thread
import atexit
import contextlib
import threading
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
        """From now on it is known who registers functions; used in the interpreter lane."""
        self._applied = True
        register = atexit.register

        def registered(function: Any, /, *args: Any, **options: Any) -> Any:
            register(_ExitFunction(function, self._file(), self._mark), *args, **options)
            return function

        self._patches.replace(atexit, "register", registered)

    def settle(self) -> None:
        """In an interpreter: nothing is left for its end, whatever became of the session; then tell who keeps us.

        A process just ends.
        """
        if self._applied:
            self._patches.undo()
            call_exit_handlers()
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


def call_before_threads_end(*, aside: bool) -> None:
    """What a process calls before it waits for its threads: executors let theirs go.

    ``aside``: in a thread of its own, for that waits for those that are busy.
    """
    if not aside:
        _call_threads_handlers()
    elif hasattr(_thread, "start_joinable_thread"):  # unknown to `threading`, but no interpreter ends before it does
        cast("Any", _thread).start_joinable_thread(_call_threads_handlers, daemon=False)
    else:
        threading.Thread(target=_call_threads_handlers, daemon=True).start()


def _call_threads_handlers() -> None:
    handlers = cast("Any", threading)._threading_atexits
    while handlers:
        with contextlib.suppress(Exception, SystemExit):
            handlers.pop()()  # an interpreter's own end would call it once more


def call_exit_handlers() -> None:
    """Those that tests have registered, finalizers of objects among them; each only once."""
    with contextlib.suppress(Exception, SystemExit):
        cast("Any", atexit)._run_exitfuncs()
