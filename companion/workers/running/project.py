"""Finding the project's Python, and which lanes can hold its tests."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from companion.config import Config
from companion.messages import Lane, Project
from companion.workers.testrun.environment import QUESTION, Snapshot, parse_answer

PATIENCE = 20.0
"""Seconds that the project's Python may take to answer."""
OLDEST = (3, 10)


def find_project(config: Config, environment: Mapping[str, str]) -> Project:
    """The project's Python by configuration, ``.venv`` (here or above, within the repository), ``VIRTUAL_ENV``,
    else companion's own; with ``problem`` set where it cannot run tests."""
    command = _command(config, environment)
    try:
        answer = subprocess.run(
            [*command, "-c", QUESTION], cwd=config.root, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=PATIENCE, check=True,
        ).stdout  # fmt: skip
        snapshot = parse_answer(answer)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return _broken(command, f"{' '.join(command)} does not run ({_reason(error)})")
    return _judge(config, command, snapshot)


def _judge(config: Config, command: tuple[str, ...], snapshot: Snapshot) -> Project:
    shown = {name: value for name, value in snapshot if isinstance(value, str)}
    version = shown["version"]
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        return _broken(command, f"{' '.join(command)} is Python {version}, and tests need 3.10 or later")
    lanes: tuple[Lane, ...] = ("process",)
    if config.lane != "process" and not config.path_map and _same_base(shown):
        lanes = ("interpreter", "process")
    return Project(command, version, lanes, snapshot, "")


def _broken(command: tuple[str, ...], reason: str) -> Project:
    advice = "make a .venv in the project, or set python in [tool.companion]"
    return Project(command, "", (), (), f"{reason}: {advice}")


def _same_base(shown: Mapping[str, str]) -> bool:
    """The same build of the same interpreter: what it can import, a subinterpreter of the engine can."""
    same_prefix = os.path.realpath(shown["base_prefix"]) == os.path.realpath(sys.base_prefix)
    return same_prefix and shown["build"] == sys.version


def _command(config: Config, environment: Mapping[str, str]) -> tuple[str, ...]:
    if config.python:
        first = config.python[0]
        local = Path(config.root, first)
        return (str(local), *config.python[1:]) if os.sep in first and local.exists() else config.python
    for folder in _environments(Path(config.root), environment):
        for place in ("bin/python", "Scripts/python.exe"):
            if (folder / place).exists():
                return (str(folder / place),)
    return (sys.executable,)


def _environments(root: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """Candidates in their order: the project's own, the active one, those above within the same repository."""
    yield from (root / ".venv", root / "venv")
    if environment.get("VIRTUAL_ENV"):
        yield Path(environment["VIRTUAL_ENV"])
    repository = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
    for folder in root.parents:
        if not folder.is_relative_to(repository):
            return
        yield folder / ".venv"


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        lines = str(error.stderr).strip().splitlines()
        return lines[-1] if lines else f"exit code {error.returncode}"
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer within {PATIENCE:g} s"
    return str(error)
