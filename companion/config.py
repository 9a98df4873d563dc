"""Configuration: `[tool.companion]` as written in the project's ``pyproject.toml``, resolved to `Config`."""

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, cast

from companion.errors import UsageError
from companion.messages import Message


@dataclass(frozen=True, slots=True)
class Config(Message):
    """Everything resolved, nothing optional. Field names are the keys of ``[tool.companion]``, but for ``root``."""

    root: str
    """The project's folder, absolute, symlinks resolved."""
    python: tuple[str, ...] = ()
    """Command that starts the project's Python; empty: found (``.venv``, ``VIRTUAL_ENV``, else companion's own)."""
    lane: Literal["auto", "process"] = "auto"
    """``process`` keeps every test out of subinterpreters."""
    pytest_args: tuple[str, ...] = ()
    """Handed to every pytest run, before those of the command line."""
    ignore: tuple[str, ...] = ()
    """Further patterns to ignore, written as in a ``.gitignore``."""
    debounce: float = 0.05
    """Seconds of silence after which changes on disk count as one save."""
    settle: float = 1.0
    """Longest that a burst of changes (a checkout) is waited for, in seconds."""
    polling: Literal["auto", "always"] = "auto"
    """``always`` looks at the disk instead of listening to it; ``auto`` does so only where listening fails."""
    polling_interval: float = 1.0
    """Seconds between two looks at the disk, where it is polled."""
    largest_file: int = 2_000_000
    """Bytes above which a file's text is not kept for differences; its changes still count."""
    item_timeout: float = 60.0
    """Seconds after which a running item counts as hanging."""
    start_timeout: float = 60.0
    """Seconds that a spare may take to become warm."""
    rules: tuple[str, ...] = ()
    """Refactoring rules to use; empty: all."""
    disabled_rules: tuple[str, ...] = ()
    """Refactoring rules never to use."""
    largest_report: int = 100_000
    """Characters of one failure's report that are kept; the middle of a longer one is cut."""


def load(root: Path) -> Config:
    """The configuration of the project at ``root``.

    Raises UsageError with one sentence if ``pyproject.toml`` cannot be read as configuration.
    """
    path = root / "pyproject.toml"
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Config(root=str(root))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{path} cannot be read as TOML ({error}): mend it and save it again") from error
    table = document.get("tool", {}).get("companion", {})
    if not isinstance(table, dict):
        raise UsageError(f"[tool.companion] in {path} must be a table")
    return resolve(str(root), cast("dict[str, object]", table))


def resolve(root: str, table: dict[str, object]) -> Config:
    """Check each written option against `Config` and put defaults in place of what is not written."""
    known = {f.name: f.default for f in fields(Config) if f.name != "root"}
    values: dict[str, object] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in known:
            raise UsageError(f"[tool.companion] has no option {key!r}; it knows {', '.join(sorted(known))}")
        values[name] = _value(name, value, known[name])
    return Config(root=root, **values)  # type: ignore[arg-type]  # checked just above against the defaults' types


CHOICES = {"lane": ("auto", "process"), "polling": ("auto", "always")}


def _value(name: str, value: object, default: object) -> object:
    if isinstance(default, tuple):
        words = cast("list[object]", value) if isinstance(value, list) else [value]
        if all(isinstance(word, str) for word in words):
            return tuple(words)
        raise UsageError(f"[tool.companion] {name} must be a text or a list of texts, not {value!r}")
    if name in CHOICES and value not in CHOICES[name]:
        raise UsageError(f"[tool.companion] {name} must be one of {', '.join(CHOICES[name])}, not {value!r}")
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not type(default):
        raise UsageError(f"[tool.companion] {name} must be a {type(default).__name__}, not {value!r}")
    if isinstance(value, int | float) and value < 0:
        raise UsageError(f"[tool.companion] {name} must not be negative")
    return value
