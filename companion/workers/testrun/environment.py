"""Becoming the project's interpreter, before anything of the project is imported.

In the interpreter lane a spare starts as companion's own Python: what its tests could see of that is replaced by
what the project's interpreter shows (`Project.snapshot`). In the process lane it is that interpreter already.
This module also runs in the project's own Python (3.10 or later).
"""

import builtins
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import site
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Union, cast

from companion.core.lanes import CLAUSE
from companion.workers.testrun.flags import parse_flags, show_flags, unlike

Snapshot = tuple[tuple[str, Union[str, tuple[str, ...]]], ...]

QUESTION = """\
import site, sys
def tell(name, value):
    values = [value] if isinstance(value, str) else value
    sys.stdout.write("\\0".join([name, str(len(values)), *values]) + "\\0")
for name in ("prefix", "exec_prefix", "base_prefix", "base_exec_prefix", "executable"):
    tell(name, getattr(sys, name))
tell("version", "%d.%d.%d" % sys.version_info[:3])
tell("build", sys.version)
tell("path", sys.path[1:])
tell("warnoptions", sys.warnoptions)
tell("prefixes", site.PREFIXES)
own = site.getsitepackages() + [site.getusersitepackages()] * bool(site.ENABLE_USER_SITE)
tell("packages", [p for p in own if p in sys.path])
names = [n for n in dir(sys.flags) if type(getattr(sys.flags, n)) in (bool, int) and not n.startswith("n_")]
tell("flags", ["%s=%d" % (n, getattr(sys.flags, n)) for n in names])
tell("sites", [p for p in sys.path if p.endswith(("site-packages", "dist-packages"))])
"""
"""Run by the project's own interpreter; its answer is what `parse_answer` takes."""

LISTS = frozenset({"path", "warnoptions", "prefixes", "packages", "flags", "sites"})
NAMES = LISTS | {"prefix", "exec_prefix", "base_prefix", "base_exec_prefix", "executable", "version", "build"}

FINDERS: "tuple[Any, ...]" = (
    importlib.machinery.BuiltinImporter,
    importlib.machinery.FrozenImporter,
    importlib.machinery.PathFinder,
)
"""Those of every interpreter, in their order, without what companion's own environment added."""


def parse_answer(answer: str) -> Snapshot:
    """The snapshot in an interpreter's answer to `QUESTION`. Raises ValueError if it is none."""
    words = answer.split("\0")
    snapshot: list[tuple[str, Union[str, tuple[str, ...]]]] = []
    while words and words[0]:
        name = words[0]
        size = int(words[1]) if words[1:] and words[1].isdigit() else -1
        values = tuple(words[2 : 2 + size])
        if size < (name not in LISTS) or len(values) < size:
            break
        snapshot.append((name, values if name in LISTS else values[0]))
        del words[: 2 + size]
    if NAMES - {name for name, _ in snapshot}:
        raise ValueError("it is no Python, or something else speaks in its place")
    return tuple(snapshot)


class CompanionFinder(importlib.abc.MetaPathFinder):
    """Finds companion's own modules and nothing else, whatever ``sys.path`` holds."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def find_spec(
        self, fullname: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "importlib.machinery.ModuleSpec | None":
        """See `importlib.abc.MetaPathFinder`."""
        if fullname != "companion" and not fullname.startswith("companion."):
            return None
        return importlib.machinery.PathFinder.find_spec(fullname, path or [self._folder], target)


def become(snapshot: Snapshot, root: str) -> str:
    """Show what ``python -m pytest``, run by the project's interpreter in ``root``, would show.

    Returns why it cannot, as a clause, or nothing.
    """
    shown = dict(snapshot)
    flags = parse_flags(cast("tuple[str, ...]", shown["flags"]))
    differing = unlike(flags) or sorted(set(shown["warnoptions"]) ^ set(sys.warnoptions))
    show_flags(flags)
    for name in ("prefix", "exec_prefix", "base_prefix", "base_exec_prefix", "executable"):
        setattr(sys, name, shown[name])
    path = cast("tuple[str, ...]", shown["path"])
    sys.warnoptions[:] = shown["warnoptions"]
    site.PREFIXES[:] = shown["prefixes"]
    sys.meta_path[:] = [CompanionFinder(str(Path(__file__).parents[3])), *FINDERS]
    passes = 1 if shown["prefix"] == shown["base_prefix"] else 2  # site itself does it twice in an environment
    for folder in cast("tuple[str, ...]", shown["packages"]) * passes:
        site.addsitedir(folder)  # runs its .pth files: editable installs bring finders of their own
    sys.path[:] = [root, *path]
    sys.path_importer_cache.clear()
    _own_main_thread()
    return f"Python's option {differing[0]} {CLAUSE}" if differing else ""


def act_as_pytest() -> None:
    """``__main__`` and the arguments look as under ``python -m pytest``."""
    import pytest  # noqa: PLC0415 - the project's own, importable only now

    path = str(Path(pytest.__file__).with_name("__main__.py"))
    sys.argv[:] = [path]
    with contextlib.suppress(ImportError, AttributeError):  # something else that is called pytest: it will be told
        spec: Any = importlib.util.find_spec("pytest.__main__")
        names = vars(sys.modules["__main__"])
        names.clear()
        names.update(__name__=spec.name, __file__=path, __cached__=spec.cached, __builtins__=builtins)
        names.update(__doc__=None, __package__="pytest", __loader__=spec.loader, __spec__=spec)
        exec(spec.loader.get_code(spec.name), names)  # noqa: S102 - what runpy does; by this name it runs nothing
        names["__name__"] = "__main__"


def started_as_pytest() -> None:
    """So does the command line, which a template of spares has needed until now."""
    sys.orig_argv = [sys.executable, "-m", "pytest"]


def _own_main_thread() -> None:
    """``threading.main_thread()`` is the process's in every subinterpreter; here it has to be the driving thread."""
    inside = cast("Any", threading)
    main, here = inside._main_thread, threading.get_ident()
    inside._active.pop(main._ident, None)
    main._ident = here
    main._native_id = threading.get_native_id()
    inside._active[here] = main
