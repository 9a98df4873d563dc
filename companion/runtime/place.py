"""Where an engine lives outside its project: socket, lock and log, in folders that are the user's alone."""

import contextlib
import os
import stat
import tempfile
import time
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import platformdirs

from companion.errors import EngineUnavailableError

LONGEST_SOCKET = 100
"""Bytes; the systems' own limits lie between 103 and 107."""
OLDEST_CODE = 14 * 86_400.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Place:
    """The files of one project root's engine."""

    socket: Path
    lock: Path
    log: Path


def place_of(root: Path) -> Place:
    """The place for this root (absolute, links resolved). Raises EngineUnavailableError if none can be made."""
    name = blake2b(os.fsencode(root), digest_size=8).hexdigest()
    folder = _private_folder(name)
    log = Path(platformdirs.user_log_path("companion", ensure_exists=True)) / f"{name}.log"
    return Place(folder / f"{name}.sock", folder / f"{name}.lock", log)


def code_folder() -> str:
    """The user's own folder for compiled code by content; empty if there can be none. Old entries are removed."""
    folder = Path(platformdirs.user_cache_path("companion")) / "code"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_old(folder)
    except OSError:
        return ""
    return str(folder)


def _remove_old(folder: Path) -> None:
    """Entries that were written more than `OLDEST_CODE` ago; they are made again if they are needed."""
    now = time.time()
    for entry in folder.glob("*/*"):
        with contextlib.suppress(OSError):
            if now - entry.stat().st_mtime > OLDEST_CODE:
                entry.unlink()


def _private_folder(name: str) -> Path:
    """The same answer in every process of this user, whoever asks first."""
    candidates = [Path(tempfile.gettempdir(), f"companion-{_uid()}")]
    session = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{_uid()}")
    if session.is_dir():
        candidates.insert(0, session / "companion")
    for folder in candidates:
        if len(os.fsencode(folder / f"{name}.sock")) <= LONGEST_SOCKET and _make_private(folder):
            return folder
    raise EngineUnavailableError(
        f"no private folder for sockets can be made in {' or '.join(str(c.parent) for c in candidates)}: "
        "set XDG_RUNTIME_DIR to a folder of your own with a short path"
    )


def _make_private(folder: Path) -> bool:
    """Make it, readable by nobody else; False if it is somebody else's, or open to others."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return False
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != _uid():
        return False
    if status.st_mode & 0o077:
        folder.chmod(0o700)
    return True


def _uid() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0
