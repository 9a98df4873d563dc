"""What an isolated subinterpreter cannot hold, noticed where it happens: a green run alone proves nothing.

An extension may refuse to load (`extensions`), and what belongs to the whole process (limits, user ids, locale, the
process itself) would reach the engine and later runs. Each guard tells, and raises or refuses as before; the tests
then run in the process lane.
This module also runs in the project's own Python (3.10 or later), where it is not used.
"""

# Lambdas here take what the guarded function takes.
# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false

import importlib
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any, cast

from companion.core.lanes import CLAUSE
from companion.workers.testrun.children import Children
from companion.workers.testrun.extensions import guard_extensions
from companion.workers.testrun.listening import listen_to_opening
from companion.workers.testrun.patches import Patches
from companion.workers.testrun.processwide import OF_A_PROCESS, REFUSED, TOLD, functions, is_own_process

Tell = Callable[[str], None]
"""Called with what was met, as a clause."""

_DUMMY = cast("Any", threading)._DummyThread.__init__.__code__


@dataclass(frozen=True)
class Shared:
    """What a spare shares with the engine and other spares: its working folder and umask, its descriptors.

    ``line`` are the descriptors of its conversation with the runner.
    """

    line: "frozenset[int]" = frozenset()
    folders: bool = False
    descriptors: bool = False


NOTHING_SHARED = Shared()


class Guards:
    """The guards, while they are in place: ``refused`` hears of extensions, ``touched`` of the rest."""

    def __init__(self, *, refused: Tell, touched: Tell, shared: Shared = NOTHING_SHARED) -> None:
        self._refused, self._touched, self._shared = refused, touched, shared
        self._patches = Patches()
        self._hidden: set[int] = set()
        self._deaf: Callable[[], None] = _nothing
        self.children = Children(self._tell)

    def apply(self) -> None:
        """Put them in place; nothing of the project may have been imported."""
        guard_extensions(self._patches, self._refused, self._done_without)
        for module, name in functions(REFUSED):
            self._patches.replace(module, name, self._refusing(f"{module.__name__}.{name}"))
        for module, name in functions(TOLD):
            self._patches.replace(module, name, self._telling(f"{module.__name__}.{name}", getattr(module, name)))
        self._patches.replace(threading, "_daemon_threads_allowed", self._no_daemons)
        self._guard_some_arguments()
        self._patches.replace(sys, "_current_frames", self._frames(cast("Any", sys)._current_frames))
        self.children.apply(self._patches)
        self._deaf = listen_to_opening(self._opened)

    def undo(self) -> None:
        """Put back what `apply` replaced."""
        self._deaf()
        self._patches.undo()

    def guard_capturing(self) -> None:
        """Where descriptors are shared, pytest must not begin to redirect them; it must be importable."""
        if not self._shared.descriptors:
            return
        manager: Any = importlib.import_module("_pytest.capture").CaptureManager
        begin = manager.set_fixture

        def set_fixture(this: Any, fixture: Any) -> None:
            if fixture.captureclass.__name__.startswith("FD"):
                self._refuse("capturing of descriptors")
            begin(this, fixture)

        self._patches.replace(manager, "set_fixture", set_fixture)

    def hide_thread(self, ident: int) -> None:
        """A thread of the spare's own, which tests do not meet."""
        self._hidden.add(ident)

    # --- functions that are refused for some arguments only -------------------------------------------------

    def _guard_some_arguments(self) -> None:
        locale: Any = importlib.import_module("locale")
        reach = self._shared.line | ({0, 1, 2} if self._shared.descriptors else set[int]())
        self._refuse_if(os, "kill", lambda pid, number: number != 0 and is_own_process(pid))
        self._refuse_if(locale, "setlocale", lambda _, value=None: value is not None and not _called_by("locale"))
        self._refuse_if(os, "close", lambda fd: fd in reach)
        self._refuse_if(os, "dup2", lambda _, fd, **__: fd in reach)
        for name in ("waitpid", "wait4"):
            self._refuse_if(os, name, lambda pid, _: pid <= 0)
        self._refuse_if(os, "waitid", lambda kind, *_: kind in (os.P_ALL, os.P_PGID))
        if self._shared.folders:
            self._refuse_if(os, "umask", lambda _: not _called_by("_pytest."))
            self._refuse_if(os, "chdir", lambda path: os.path.realpath(path) != os.path.realpath("."))
            self._refuse_if(os, "fchdir", lambda _: True)

    def _refuse_if(self, module: Any, name: str, wrong: Callable[..., bool]) -> None:
        """``wrong`` is asked with the arguments; what it cannot take the function itself will refuse."""
        function = getattr(module, name)

        def guarded(*args: Any, **options: Any) -> Any:
            try:
                refused = wrong(*args, **options)
            except TypeError:
                refused = False
            if refused:
                self._refuse(f"{module.__name__}.{name}")
            return function(*args, **options)

        self._patches.replace(module, name, guarded)

    # --- the others -----------------------------------------------------------------------------------------

    def _done_without(self, extension: str) -> None:
        if extension == "readline":
            self.children.add_terminal_size()

    def _refusing(self, name: str) -> Callable[..., None]:
        def refuse(*_: object, **__: object) -> None:
            self._refuse(name)

        return refuse

    def _telling(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def tell(*args: Any, **options: Any) -> Any:
            if _caller().f_globals.get("__name__") != "asyncio.runners":  # does without, as in any thread
                self._tell(name)
            return function(*args, **options)

        return tell

    def _no_daemons(self) -> bool:
        """Asked for a thread that shall be a daemon, and for each that `threading` did not start."""
        if _caller().f_code is not _DUMMY:
            self._tell("a daemon thread")
        return False

    def _frames(self, current: Callable[[], "dict[int, Any]"]) -> Callable[[], "dict[int, Any]"]:
        def frames() -> "dict[int, Any]":
            return {ident: frame for ident, frame in current().items() if ident not in self._hidden}

        return frames

    def _opened(self, path: object) -> None:
        """Some files tell of the process: its descriptors, its command, its memory."""
        if isinstance(path, str) and path.startswith(OF_A_PROCESS):
            self._tell(f"who opens {path}")

    def _refuse(self, name: str) -> None:
        raise RuntimeError(self._tell(name))

    def _tell(self, name: str) -> str:
        reason = f"{name} {CLAUSE}"
        self._touched(reason)
        return reason


def _nothing() -> None: ...


def _caller() -> FrameType:
    """The frame that called the function which asks."""
    return cast("FrameType", cast("Any", sys)._getframe(2))


def _called_by(module: str) -> bool:
    """Whether the guarded function was called by a module whose name begins so, which puts back what it changes."""
    frame = cast("FrameType", cast("Any", sys)._getframe(3))
    return str(frame.f_globals.get("__name__", "")).startswith(module)
