"""Configuration: `[tool.companion]` as written in the project's ``pyproject.toml``, resolved to `Config`."""

import math
import os
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Literal, cast

from companion.core.pathmap import Pairs, covers
from companion.errors import UsageError
from companion.messages import Lane, Message, message


@message
class Config(Message):
    """Everything resolved, nothing optional. Field names are the keys of ``[tool.companion]``, but for ``root``."""

    root: str
    """The project's folder, absolute, symlinks resolved."""
    python: tuple[str, ...] = ()
    """Command that starts the project's Python; empty: found (``.venv``, ``VIRTUAL_ENV``, else companion's own)."""
    path_map: Pairs = ()
    """Where ``python`` sees this machine's folders (``{ "." = "/srv/app" }``); empty: where they are here."""
    lane: Literal["auto", "process", "interpreter"] = "auto"
    """``auto``: a test file runs in a process until it came out the same in a subinterpreter while nothing else was
    to do. ``process`` keeps every test out of subinterpreters, ``interpreter`` begins there."""
    lanes: tuple[tuple[str, Lane], ...] = ()
    """Test files whose lane is forced: a table of patterns (``"tests/db/*"``), the first that matches counts."""
    pytest_args: tuple[str, ...] = ()
    """Handed to every pytest run, before those of the command line."""
    ignore: tuple[str, ...] = ()
    """Further patterns to ignore, written as in a ``.gitignore``."""
    debounce: float = 0.05
    """Seconds of silence after which changes on disk count as one save."""
    debounce_closed: float = 0.01
    """The same, where it was seen that all files of the save, a few, were closed by whoever wrote them."""
    settle: float = 1.0
    """Longest that a burst of changes (a checkout) is waited for, in seconds."""
    polling: Literal["auto", "always"] = "auto"
    """``always`` looks at the disk instead of listening to it; ``auto`` does so only where listening fails."""
    polling_interval: float = 1.0
    """Seconds between two looks at the disk, where it is polled."""
    largest_file: int = 2_000_000
    """Bytes above which a file's text is not kept for differences; its changes still count."""
    spares: int = 0
    """Most spares that run tests at once; 0: one for each core, fewer where memory is short."""
    item_timeout: float = 60.0
    """Seconds after which a running item counts as hanging."""
    item_memory: int = 0
    """MB that a process which runs tests may take, with all that it started; 0: three quarters of this machine's.

    Behind a command of several words nobody looks."""
    interpreter_memory: int = 1_000
    """Megabytes that tests in interpreters may add to the engine's own before they run in a process; 0: any."""
    engine_memory: int = 1_500
    """Megabytes above which an engine that has nothing to do goes on as a fresh process; 0: never."""
    start_timeout: float = 60.0
    """Seconds that a session may take to begin its first item, or to go on to the next."""
    foresight: float = 300.0
    """Seconds that a session may wait which is begun ahead for the next save of the same file; 0: none is."""
    shadow_runs: bool = True
    """Whether tests that no change affects are tried while nobody waits, to find out what selection misses: at most a
    tenth of one core, and not on battery."""
    rules: tuple[str, ...] = ()
    """Refactoring rules to use; empty: all."""
    disabled_rules: tuple[str, ...] = ()
    """Refactoring rules never to use."""
    code_folder: str = ""
    """Set by the engine, not written: where compiled code of projects is kept by content."""
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
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, OSError) as error:
        raise UsageError(f"{path} cannot be read as TOML ({error}): mend it and save it again") from error
    return resolve(str(root), _table(_table(document, "tool", path), "companion", path))


def _table(document: dict[str, object], name: str, path: Path) -> dict[str, object]:
    table = document.get(name, {})
    if not isinstance(table, dict):
        raise UsageError(f"[tool.companion] in {path} must be a table")
    return cast("dict[str, object]", table)


def resolve(root: str, table: dict[str, object]) -> Config:
    """Check each written option against `Config` and put defaults in place of what is not written."""
    known = {f.name: f.default for f in fields(Config) if f.name not in ("root", "code_folder")}
    values: dict[str, object] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in known:
            raise UsageError(f"[tool.companion] has no option {key!r}; it knows {', '.join(sorted(known))}")
        values[name] = path_map_of(root, value) if name == "path_map" else _value(name, value, known[name])
    if values.get("path_map") and not values.get("python"):
        raise UsageError("[tool.companion] path_map needs python: the command that sees the project there")
    return Config(root=root, **values)  # type: ignore[arg-type]  # checked just above against the defaults' types


def path_map_of(root: str, table: object) -> Pairs:
    """What is written as ``path_map``: folders here, absolute or in the project, and what they are called there."""
    if not isinstance(table, dict):
        raise UsageError(f'[tool.companion] path_map must be a table like {{ "." = "/srv/app" }}, not {table!r}')
    pairs: list[tuple[str, str]] = []
    for here, there in cast("dict[str, object]", table).items():
        if not isinstance(there, str) or not there.startswith("/"):
            raise UsageError(f"[tool.companion] path_map must give {here!r} an absolute path there, not {there!r}")
        pairs.append((os.path.realpath(Path(root, here)), "/" + os.path.normpath(there).lstrip("/")))
    if pairs and not any(covers(here, root) for here, _ in pairs):
        raise UsageError('[tool.companion] path_map must say where the project itself is: { "." = "/srv/app" }')
    if len({there for _, there in pairs}) < len(pairs) or len({here for here, _ in pairs}) < len(pairs):
        raise UsageError("[tool.companion] path_map must give each folder one place there, and no two the same")
    return tuple(pairs)


CHOICES = {"lane": ("auto", "process", "interpreter"), "polling": ("auto", "always")}
LEAST = {"polling_interval": 0.01, "item_timeout": 0.1, "start_timeout": 0.1, "largest_report": 100}
"""The smallest values that make sense; for other numbers 0 does."""
KINDS: dict[object, str] = {bool: "true or false", float: "a number", int: "a whole number", str: "a text"}


def _lanes(value: object) -> tuple[tuple[str, Lane], ...]:
    if not isinstance(value, dict):
        raise UsageError(f"[tool.companion] lanes must be a table of patterns, not {value!r}")
    table = cast("dict[str, object]", value)
    for pattern, lane in table.items():
        if lane not in ("interpreter", "process"):
            raise UsageError(f"[tool.companion.lanes] {pattern!r} must be interpreter or process, not {lane!r}")
    return tuple(cast("dict[str, Lane]", table).items())


def _value(name: str, value: object, default: object) -> object:
    if name == "lanes":
        return _lanes(value)
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
        raise UsageError(f"[tool.companion] {name} must be {KINDS[type(default)]}, not {value!r}")
    least = LEAST.get(name, 0)
    if isinstance(value, int | float) and not least <= value < math.inf:
        raise UsageError(f"[tool.companion] {name} must be at least {least:g}, and finite, not {value!r}")
    return value
