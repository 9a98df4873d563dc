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
from typing import Any

import pytest
from _pytest.debugging import pytestPDB

from companion.messages import DebuggerListens
from companion.workers.testrun.patches import Patches


class Breakpoint(BaseException):
    """Raised where a person wanted to stop; not an Exception, so that few tests catch it."""


class MissingError(Exception):
    """There is no debugpy; says how there will be."""


def stop(*_: object, **__: object) -> None:
    """In the place of a debugger. Raises Breakpoint."""
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

    Returns arguments for pytest with which a debugger works. ``folder`` holds companion's own debugpy, or is empty.
    Raises MissingError, and what debugpy raises.
    """
    debugpy = _debugpy(folder)
    host, port = debugpy.listen(("127.0.0.1", 0), in_process_debug_adapter=True)
    if not port:
        raise MissingError(f"its debugpy is too old: run {sys.executable} -m pip install --upgrade debugpy")
    patches.undo()
    for owner in (pytestPDB, pytest, pdb):
        patches.replace(
            owner, "set_trace", staticmethod(debugpy.breakpoint) if owner is pytestPDB else debugpy.breakpoint
        )
    tell(DebuggerListens(host, port))
    debugpy.wait_for_client()
    return (
        ("--no-cov",) if "pytest_cov.plugin" in sys.modules else ()
    )  # until Python 3.12 both want the trace function


def detach() -> None:
    """Nothing more is debugged, and the client is told so."""
    with contextlib.suppress(Exception):  # it may have gone before
        sys.modules["pydevd"].stoptrace()


def _debugpy(folder: str) -> Any:
    """The project's own, else companion's: of that folder nothing else can be imported."""
    try:
        return importlib.import_module("debugpy")
    except ImportError as error:
        spec = importlib.machinery.PathFinder.find_spec("debugpy", [folder]) if folder else None
        if spec is None or spec.loader is None:
            raise MissingError(f"it has no debugpy: run {sys.executable} -m pip install debugpy") from error
        sys.modules["debugpy"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
