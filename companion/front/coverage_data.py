"""Files of what `companion coverage` knows: lcov's, and a ``.coverage`` for coverage.py's own reports."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from companion.core.impact.coverage import lcov
from companion.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from coverage import CoverageData

    from companion.front.coverage import Report

LCOV = b"TN:", b"SF:"
"""How files of lcov's begin."""
MISSING = "--data needs coverage.py beside companion: uv tool install 'companion-ide[coverage]'"


def check(*, lcov_file: Path | None = None, data_file: Path | None = None) -> None:
    """Raises UsageError where nothing could be written there, or something else would be lost."""
    for file in (lcov_file, data_file):
        if file is not None:
            _check_place(file)
    if lcov_file is not None:
        _check_lcov(lcov_file)
    if data_file is not None:
        _check_data(data_file)


def _check_place(file: Path) -> None:
    if file.is_dir():
        raise UsageError(f"{file} is a folder: name a file in it")
    if not file.parent.is_dir():
        raise UsageError(f"{file} cannot be written: there is no folder {file.parent}")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise UsageError(f"{file} cannot be written: you may not")


def _check_lcov(file: Path) -> None:
    if not file.is_file():
        return
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} is there, and cannot be read: {error.strerror}") from error
    if data and not data.startswith(LCOV):
        raise UsageError(f"{file} is there, and no file of lcov's: name another one")


def _check_data(file: Path) -> None:
    data = _data(file)
    if file.exists():
        from coverage.exceptions import CoverageException  # noqa: PLC0415 - an extra

        try:
            data.read()
        except CoverageException as error:
            raise UsageError(f"{file} is there, and no data file of coverage.py: name another one") from error
        finally:
            data.close()


def save(
    told: Report, root: Path, *, lcov_file: Path | None = None, data_file: Path | None = None, items: bool = False
) -> None:
    """Write the files that are asked for."""
    if lcov_file is not None:
        lcov_file.write_text(lcov(told.files), "utf-8", "surrogateescape")
    if data_file is not None:
        _write(data_file, root, told, items=items)


def _write(file: Path, root: Path, told: Report, *, items: bool) -> None:
    """In the place of what is there; items are its contexts, where they are asked for."""
    data = _data(file)
    data.erase()
    contexts = dict(told.contexts)
    for path, lines in told.raw:
        place = str(root / path)
        if items:
            for item, own in contexts[path]:
                data.set_context(item)
                data.add_lines({place: own})
        data.set_context("")
        data.add_lines({place: lines})
    data.write()
    data.close()


def _data(file: Path) -> CoverageData:
    try:
        from coverage import CoverageData  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError(MISSING) from error
    return CoverageData(basename=str(file))
