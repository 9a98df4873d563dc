"""The command that opens a person's editor at a line."""

import asyncio
import contextlib
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

PLUS = frozenset(
    {"vi", "vim", "nvim", "view", "nano", "emacs", "emacsclient", "micro", "kak", "joe", "mg", "gvim", "gedit"}
)
"""``editor +LINE path``."""
COLON = frozenset({"hx", "helix", "subl", "sublime_text", "zed", "zeditor"})
"""``editor path:LINE``."""
GOTO = frozenset({"code", "code-insiders", "codium", "vscodium", "cursor", "windsurf", "code-server"})
"""``editor -g path:LINE``."""
LINE = frozenset({"pycharm", "charm", "idea", "kate"})
"""``editor --line LINE path``."""
WINDOWS = GOTO | LINE | frozenset({"subl", "sublime_text", "zed", "zeditor", "gvim", "gedit"})
"""Editors that open a window of their own and leave the terminal to us."""


@dataclass(frozen=True, slots=True)
class Edit:
    """``terminal``: the editor needs the terminal for itself until it ends."""

    command: tuple[str, ...]
    terminal: bool


def edit(environment: Mapping[str, str], path: str, line: int) -> Edit | None:
    """How to open ``path`` at the one-based ``line`` by ``VISUAL`` or ``EDITOR``; None if neither can be used."""
    chosen = environment.get("VISUAL") or environment.get("EDITOR") or ""
    try:
        words = shlex.split(chosen)
    except ValueError:
        return None
    if not words:
        return None
    program = PurePath(words[0]).name.removesuffix(".exe")
    return Edit((*words, *_place(program, path, line)), program not in WINDOWS)


def _place(program: str, path: str, line: int) -> tuple[str, ...]:
    if program in PLUS:
        return (f"+{line}", path)
    if program in COLON:
        return (f"{path}:{line}",)
    if program in GOTO:
        return ("-g", f"{path}:{line}")
    if program in LINE:
        return ("--line", str(line), path)
    return (path,)


async def run(command: tuple[str, ...], keys: int | None, out: int) -> None:
    """Run an editor on these descriptors of a terminal until it ends. Raises OSError if it cannot be started.

    If we are cancelled it is asked to end too (it keeps unsaved texts as its own recovery does): two programs
    cannot read one terminal.
    """
    process = await asyncio.create_subprocess_exec(*command, stdin=keys, stdout=out)
    try:
        await process.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
        raise


def launch(command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """Start an editor that has a window of its own; it outlives us. Raises OSError if it cannot be started."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
