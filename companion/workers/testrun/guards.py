"""What an isolated subinterpreter cannot hold, noticed where it happens: a green run alone proves nothing.

An extension that refuses to load may be hidden by ``try: import ... except ImportError``, and what belongs to the
whole process (limits, user ids, locale, the process itself) would reach the engine and later runs. Each guard tells,
and raises or refuses as before; the tests then run in the process lane.
This module also runs in the project's own Python (3.10 or later), where it is not used.
"""

import contextlib
import importlib
import importlib.machinery
import inspect
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any, cast

from companion.core.lanes import needs_process
from companion.workers.testrun.patches import Patches

Tell = Callable[[str], None]
"""Called with what was met, in one line."""

WHOLE_PROCESS = {
    "os": (
        "_exit abort chroot fchdir killpg nice "
        "setegid seteuid setgid setgroups setpgid setpriority setregid setresgid "
        "setresuid setreuid setsid setuid system"
    ),
    "resource": "setrlimit prlimit",
    "time": "tzset",
    "signal": "pidfd_send_signal raise_signal setitimer alarm pthread_kill",
}
"""Functions whose effect is on the whole process, or ends it."""
ELSEWHERE = {"os": "fork forkpty execv execve", "signal": "signal getsignal set_wakeup_fd siginterrupt"}
"""Functions that refuse by themselves, or answer otherwise than in a process: callers often hide that."""
PROMPTS = frozenset({"_pytest.capture", "cmd", "code", "pdb", "rlcompleter"})
"""Modules that use readline, if it is there, when a person types."""
IMPORTING = (__name__, "importlib.", "_frozen_importlib")
"""Modules whose functions lie between an import and its refusal."""
_DUMMY = cast("Any", threading)._DummyThread.__init__.__code__


class Guards:
    """The guards, while they are in place: ``refused`` hears of extensions, ``touched`` of the rest."""

    def __init__(self, *, refused: Tell, touched: Tell) -> None:
        self._refused, self._touched = refused, touched
        self._patches = Patches()

    def apply(self) -> None:
        """Put them in place; nothing of the project may have been imported."""
        self._guard_extensions()
        for module, name in _functions(WHOLE_PROCESS):
            self._patches.replace(module, name, self._refusing(f"{module.__name__}.{name}"))
        for module, name in _functions(ELSEWHERE):
            self._patches.replace(module, name, self._telling(f"{module.__name__}.{name}", getattr(module, name)))
        self._patches.replace(threading, "_daemon_threads_allowed", self._no_daemons)
        self._patches.replace(os, "kill", self._kill(os.kill))
        locale: Any = importlib.import_module("locale")
        self._patches.replace(locale, "setlocale", self._setlocale(locale.setlocale))

    def undo(self) -> None:
        """Put back what `apply` replaced."""
        self._patches.undo()

    def _guard_extensions(self) -> None:
        loader: Any = importlib.machinery.ExtensionFileLoader
        create = loader.create_module

        def create_module(this: Any, spec: Any) -> Any:
            try:
                return create(this, spec)
            except ImportError as error:
                if needs_process(str(error)) and not _for_people(spec.name):
                    self._refused(str(error))
                raise

        self._patches.replace(loader, "create_module", create_module)

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

    def _kill(self, kill: Callable[[int, int], None]) -> Callable[[int, int], None]:
        def guarded(pid: int, number: int) -> None:
            if pid in (0, -1, os.getpid(), -os.getpgrp()) and number != 0:
                self._refuse("os.kill of the own process")
            kill(pid, number)

        return guarded

    def _setlocale(self, setlocale: Callable[..., str]) -> Callable[..., str]:
        def guarded(category: int, locale: object = None) -> str:
            if locale is not None:
                self._refuse("locale.setlocale")
            return setlocale(category, locale)

        return guarded

    def _refuse(self, name: str) -> None:
        raise RuntimeError(self._tell(name))

    def _tell(self, name: str) -> str:
        reason = f"{name} is not supported within a subinterpreter: it is the whole process's"
        self._touched(reason)
        return reason


def _caller() -> FrameType:
    """The frame that called the function which asks."""
    return cast("FrameType", cast("Any", sys)._getframe(2))


def _functions(names: Mapping[str, str]) -> Iterator[tuple[Any, str]]:
    """Those that this system has, with their modules."""
    for module_name, words in names.items():
        with contextlib.suppress(ImportError):
            module = importlib.import_module(module_name)
            yield from ((module, name) for name in words.split() if hasattr(module, name))


def _for_people(name: str) -> bool:
    """readline, asked for by pytest's capturing, or by what waits at a prompt: nothing else depends on it."""
    if name != "readline":
        return False
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__", "").startswith(IMPORTING):
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__") in PROMPTS
