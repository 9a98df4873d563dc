"""Extension modules that an isolated subinterpreter refuses to load, noticed even where the refusal is hidden.

``try: import ... except ImportError`` takes another branch then than it would in a process.
This module also runs in the project's own Python (3.10 or later), where it is not used.
"""

import importlib.machinery
import inspect
from collections.abc import Callable
from typing import Any

from companion.core.lanes import needs_process
from companion.workers.testrun.patches import Patches

DO_WITHOUT = {
    "readline": frozenset({"_pytest.capture", "cmd", "code", "pdb", "rlcompleter"}),
    "_suggestions": frozenset({"traceback"}),
    "_tracemalloc": frozenset({"_py_warnings", "warnings", "_pytest.tracemalloc"}),
}
"""Modules by what they ask for and do as well without: a person who types, another implementation, what is not on."""
IMPORTING = (__name__, "importlib.", "_frozen_importlib", "tracemalloc")
"""Modules whose functions lie between an import and its refusal."""


def guard_extensions(patches: Patches, refused: Callable[[str], object], asked: Callable[[str], object]) -> None:
    """``refused`` is called with the reason, ``asked`` with the name of one that its importer does without."""

    def noticed(name: str, error: ImportError) -> None:
        reason = needs_process(str(error))
        if importer() in DO_WITHOUT.get(name, ()):
            asked(name)
        elif reason:
            refused(reason)

    extensions: Any = importlib.machinery.ExtensionFileLoader
    builtins: Any = importlib.machinery.BuiltinImporter
    create, create_builtin = extensions.create_module, builtins.create_module

    def create_module(this: Any, spec: Any) -> Any:
        try:
            return create(this, spec)
        except ImportError as error:
            noticed(spec.name, error)
            raise

    def create_builtin_module(spec: Any) -> Any:
        try:
            return create_builtin(spec)
        except ImportError as error:
            noticed(spec.name, error)
            raise

    patches.replace(extensions, "create_module", create_module)
    patches.replace(builtins, "create_module", staticmethod(create_builtin_module))


def importer() -> str:
    """The module that imports something now."""
    frame = inspect.currentframe()
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith(IMPORTING):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", "")) if frame is not None else ""
