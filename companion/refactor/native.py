"""libcst's native parser in an interpreter that refuses it: isolated subinterpreters load no such extension.

Two things make it load there. The check is switched off for this one import, and the shared object is a copy of its
own, because the parser keeps the interpreter it first met in C statics: two interpreters on one mapping would crash.
"""

import importlib
import importlib.util
import shutil
import sys
import tempfile
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from companion.errors import CompanionError

NATIVE = "libcst.native"
REFUSAL = "does not support loading in subinterpreters"
"""How the import system words its refusal; nothing else is worth a second try."""


class NativeParserError(CompanionError):
    """libcst's parser does not work in this interpreter; a process of its own can still run the refactorer."""


def load_native() -> None:
    """Make `libcst.native` importable in the interpreter that calls; harmless where it is already.

    Effect: in a subinterpreter a private copy of the extension (5 MB) stays mapped for the life of the process, and
    no file of it is left on the disk. Raises NativeParserError.
    """
    try:
        importlib.import_module(NATIVE)
    except ImportError as error:
        if REFUSAL not in str(error):
            raise NativeParserError(f"{NATIVE} cannot be imported: {error}") from error
        _load_private_copy()


def _load_private_copy() -> None:
    found = importlib.util.find_spec(NATIVE)
    if found is None or found.origin is None:
        raise NativeParserError(f"{NATIVE} is not a file that could be copied")
    try:
        sys.modules[NATIVE] = _load_from_copy(Path(found.origin))
    except (ImportError, OSError) as error:
        raise NativeParserError(f"{NATIVE} does not load in a subinterpreter, even as a copy: {error}") from error
    importlib.import_module("libcst").native = sys.modules[NATIVE]  # type: ignore[attr-defined]  # what import would do


def _load_from_copy(original: Path) -> ModuleType:
    # Another name each time: the dynamic loader recognises what it has mapped by name as well as by inode.
    with tempfile.NamedTemporaryFile(suffix=original.suffix, delete=False) as file:
        copy = Path(file.name)
    try:
        shutil.copyfile(original, copy)
        spec = importlib.util.spec_from_file_location(NATIVE, copy)
        if spec is None:
            raise ImportError(f"{copy.suffix} files are no extension modules here")
        return _execute(spec)
    finally:
        _remove(copy)


def _execute(spec: ModuleSpec) -> ModuleType:
    if spec.loader is None:
        raise ImportError(f"{spec.origin} has no loader")
    # The only door there is; `prepare_native` probes what came through it.
    with importlib.util._incompatible_extension_module_restrictions(disable_check=True):  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


def _remove(copy: Path) -> None:
    try:
        copy.unlink()
    except PermissionError:
        pass  # Windows keeps a mapped file; the folder for temporary files is its place until then
