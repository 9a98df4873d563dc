"""Debuggers in a spare: nobody sits at its standard input, so a breakpoint fails its test and says what to do.

This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

import contextlib
import importlib
import importlib.machinery
import importlib.util
import os
import pdb
import sys
from collections.abc import Callable
from typing import Any, cast

import pytest
from _pytest.debugging import pytestPDB

from companion.messages import DebuggerListens
from companion.workers.testrun.contained import call
from companion.workers.testrun.patches import Patches


class Breakpoint(BaseException):
    """Raised where a person wanted to stop; not an Exception, so that few tests catch it."""


call(Breakpoint, "breakpoint()")


class MissingError(Exception):
    """There is no debugpy; says how there will be."""


def stop(*_: object, **__: object) -> None:
    """In the place of a debugger. Raises Breakpoint."""
    __tracebackhide__ = True  # from pytest's own text
    item = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]
    raise Breakpoint(f"to stop here, run: companion debug {item or 'with the id of a test that comes by'}")


def refuse(patches: Patches) -> None:
    """What ``breakpoint()`` and pytest itself call fails the test from now on.

    A debugger that a test makes itself is its own affair, and so is a hook that it sets.
    """
    patches.replace(pytestPDB, "set_trace", staticmethod(stop))  # pytest puts it in the place of pdb's
    patches.replace(pytest, "set_trace", stop)
    patches.replace(pdb, "set_trace", stop)
    if os.environ.get("PYTHONBREAKPOINT", "") not in ("", "0"):
        patches.replace(sys, "breakpointhook", stop)


def never_ask(config: Any) -> None:
    """Not for ``--pdb`` or ``--trace`` in the project's settings. To be called before pytest acts on its options."""
    config.option.usepdb = config.option.trace = False


def attach(folder: str, patches: Patches, tell: "Callable[[DebuggerListens], None]") -> "tuple[str, ...]":
    """Let debugpy listen on a free port of this machine only, and wait for a client as long as that takes.

    Returns arguments for pytest with which a debugger works. ``folder`` is what `DebugItems` names so.
    Raises MissingError, and what debugpy raises.
    """
    debugpy = _debugpy(folder)
    host, port = debugpy.listen(("127.0.0.1", 0), in_process_debug_adapter=True)  # no process that could be left
    if not port:  # older ones do not say which one it is
        raise MissingError(f"its debugpy is too old, run {sys.executable} -m pip install --upgrade debugpy")
    patches.undo()
    patches.replace(pytestPDB, "set_trace", staticmethod(stop_there))
    patches.replace(pytest, "set_trace", stop_there)
    tell(DebuggerListens(host, port))
    debugpy.wait_for_client()
    return ("--no-cov",) if "pytest_cov.plugin" in sys.modules else ()  # it may want the trace function, too


def stop_there(*_: object, **__: object) -> None:
    """What ``debugpy.breakpoint`` does, for our caller, and with whatever pdb's own would take."""
    if sys.modules["debugpy"].is_client_connected():
        here = cast("Any", sys)._getframe(1)
        pydevd = sys.modules["pydevd"]
        pydevd.settrace(trace_only_current_thread=True, patch_multiprocessing=False, stop_at_frame=here)


def detach() -> None:
    """Nothing more is debugged, and the client is told so."""
    with contextlib.suppress(Exception):  # it may have gone before
        sys.modules["pydevd"].stoptrace()


def _debugpy(folder: str) -> Any:
    """Companion's own, of that folder and nothing else of it, else the project's."""
    spec = importlib.machinery.PathFinder.find_spec("debugpy", [folder]) if folder else None
    if spec is not None and spec.loader is not None:
        sys.modules["debugpy"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    try:
        return importlib.import_module("debugpy")
    except ImportError as error:
        raise MissingError(f"it has no debugpy, run {sys.executable} -m pip install debugpy") from error
