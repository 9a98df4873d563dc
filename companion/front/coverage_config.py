"""Which lines the project does not want to be counted: as its configuration of coverage.py says."""

import configparser
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from companion.core.impact.statements import EXCLUDED
from companion.errors import UsageError

FILES = ((".coveragerc", "report"), ("setup.cfg", "coverage:report"), ("tox.ini", "coverage:report"))
"""Files in the format of ini, with the section of each; the first one that has it counts, then ``pyproject.toml``."""


def excluded(root: Path) -> tuple[str, ...]:
    """Regular expressions, coverage.py's own where nothing is said. Raises UsageError for what is none."""
    table = next(filter(None, (_ini(root / name, section) for name, section in FILES)), None) or _toml(root)
    patterns = (*(_patterns(table.get("exclude_lines")) or EXCLUDED), *_patterns(table.get("exclude_also")))
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise UsageError(
                f"{pattern!r}, of the lines that coverage is not to count, is no pattern ({error})"
            ) from None
    return patterns


def _ini(path: Path, section: str) -> Mapping[str, object]:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read(path, "utf-8")
        return dict(parser[section]) if parser.has_section(section) else {}
    except configparser.Error, UnicodeDecodeError, OSError:
        return {}


def _toml(root: Path) -> Mapping[str, object]:
    try:
        found: object = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    except tomllib.TOMLDecodeError, UnicodeDecodeError, OSError:
        return {}
    for name in ("tool", "coverage", "report"):
        found = cast("dict[str, object]", found).get(name) if isinstance(found, dict) else None
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def _patterns(value: object) -> tuple[str, ...]:
    """A line each, or a list."""
    lines = value.splitlines() if isinstance(value, str) else cast("list[object]", value or [])
    return tuple(filter(None, (str(line).strip() for line in lines)))
