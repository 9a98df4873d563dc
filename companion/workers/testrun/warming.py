"""How a spare gets warm: it becomes the project's interpreter, and imports ahead whatever is run.

This module also runs in the project's own Python (3.10 or later).
"""

import importlib
import os
import sys
import time
from collections.abc import Callable
from typing import cast

from companion.core.lanes import needs_process
from companion.messages import Prepare, Warm
from companion.workers.testrun.ahead import look_ahead
from companion.workers.testrun.environment import act_as_pytest, become
from companion.workers.testrun.freshness import Freshness
from companion.workers.testrun.guards import Guards
from companion.workers.testrun.leavings import Leavings
from companion.workers.testrun.patches import Patches
from companion.workers.testrun.preload import preload

AHEAD = "companion.workers.testrun.plugin"
"""What of ours needs pytest."""


class Warming:
    """Of one spare. ``configuring`` holds until pytest is configured; all else until the spare ends."""

    def __init__(self, prepare: Prepare, *, guards: Guards, leavings: Leavings, configuring: Patches) -> None:
        self._prepare = prepare
        self._guards, self._leavings, self._configuring = guards, leavings, configuring
        self._began = time.perf_counter()
        self.born = time.time_ns()
        self.freshness = Freshness(prepare.root, third_party(prepare), prepare.code_folder)
        self.modules: frozenset[str] = frozenset()
        self._version = ""

    def warm_up(self) -> str:
        """Why it cannot run tests, as a clause, or nothing."""
        os.chdir(self._prepare.root)
        problem = self._enter_interpreter() if self._prepare.lane == "interpreter" else ""
        if problem:
            return problem
        try:
            self._version = importlib.import_module("pytest").__version__
        except ImportError as error:
            return needs_process(str(error)) or f"pytest cannot be imported ({error})"
        act_as_pytest()
        self._guards.guard_capturing()
        self.freshness.apply()
        look_ahead(self._configuring)
        preload((*self._prepare.preload, AHEAD))
        return ""

    def warm(self, problem: str) -> Warm:
        """What to say of it; what is imported by now is what later sessions need not ask for."""
        self.modules = frozenset(sys.modules)
        return Warm(time.perf_counter() - self._began, self._version, problem)

    def locator(self) -> Callable[[str], str]:
        """Tells a file's path in the project; empty if it is not the project's own."""
        root, is_project = self._prepare.root.rstrip("/") + "/", self.freshness.is_project

        def locate(path: str) -> str:
            if path.startswith("<"):  # made at run time, or frozen
                return ""
            full = os.path.abspath(path)  # noqa: PTH100 - symlinks must stay
            return full[len(root) :] if is_project(full) else ""

        return locate

    def imported(self, collected: "frozenset[str]") -> "tuple[tuple[str, ...], tuple[str, ...]]":
        """Names of modules that could be preloaded, and absolute files of the project's own.

        ``collected`` is what had been imported when the first test began. What only a test imported is left alone:
        tests ask what an import does, and whether it has happened.
        """
        candidates = collected - self.modules
        modules: list[str] = []
        loaded: list[str] = []
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None) or ""
            if path and self.freshness.is_project(path):
                loaded.append(path)
            elif name in candidates and not name.startswith(("companion.", "__m")) and may_be_ahead(module):
                modules.append(name)
        return tuple(modules), tuple(loaded)

    def _enter_interpreter(self) -> str:
        problem = become(self._prepare.snapshot, self._prepare.root)
        if not problem:
            self._guards.apply()
            self._leavings.apply()
        return problem


def third_party(prepare: Prepare) -> "tuple[str, ...]":
    """Folders inside the project that are not the project: its environments."""
    shown = dict(prepare.snapshot)
    folders = [str(shown["prefix"]), *cast("tuple[str, ...]", shown["sites"])]
    return tuple({*folders, *(os.path.realpath(folder) for folder in folders)})


def may_be_ahead(module: object) -> bool:
    """Whether it may be imported ahead: not if pytest rewrites it, which is too late for what is imported."""
    return type(getattr(module, "__loader__", None)).__module__ != "_pytest.assertion.rewrite"
