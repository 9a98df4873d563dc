"""What an isolated subinterpreter cannot hold, noticed where it happens: a green run alone proves nothing.

An extension that refuses to load may be hidden by ``try: import ... except ImportError``, and what belongs to the
whole process (limits, user ids, locale, the process itself) would reach the engine and later runs. Each guard tells,
and raises or refuses as before; the tests then run in the process lane.
This module also runs in the project's own Python (3.10 or later), where it is not used.
"""

import importlib
import importlib.machinery
import inspect
import os
from collections.abc import Callable
from typing import Any

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


class Guards:
    """The guards, while they are in place: ``refused`` hears of extensions, ``touched`` of the rest."""

    def __init__(self, *, refused: Tell, touched: Tell) -> None:
        self._refused, self._touched = refused, touched
        self._patches = Patches()

    def apply(self) -> None:
        """Put them in place; nothing of the project may have been imported."""
        self._guard_extensions()
        for module_name, names in WHOLE_PROCESS.items():
            try:
                module = importlib.import_module(module_name)
            except ImportError:  # not on this system
                continue
            for name in names.split():
                if hasattr(module, name):
                    self._patches.replace(module, name, self._refusing(f"{module_name}.{name}"))
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
                if needs_process(str(error)) and not _asked_by_pytest(spec.name):
                    self._refused(str(error))
                raise

        self._patches.replace(loader, "create_module", create_module)

    def _refusing(self, name: str) -> Callable[..., None]:
        def refuse(*_: object, **__: object) -> None:
            self._refuse(name)

        return refuse

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
        reason = f"{name} is not supported within a subinterpreter: it is the whole process's"
        self._touched(reason)
        raise RuntimeError(reason)


def _asked_by_pytest(name: str) -> bool:
    """pytest's capturing imports readline, if it is there, for what it does on the way; nothing depends on it."""
    frame = inspect.currentframe() if name == "readline" else None
    while frame is not None:
        if frame.f_globals.get("__name__") == "_pytest.capture":
            return True
        frame = frame.f_back
    return False
