"""Where an engine lives outside its project.

Its locks and its log lie in the user's own folder, which is the same in every session: there is one engine a root.
Its socket needs a short path in a folder that is the user's alone, and which one that is may differ: the file of the
engine's life tells it.
"""

import contextlib
import logging
import os
import tempfile
import time
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import platformdirs

from companion.errors import EngineUnavailableError
from companion.runtime.life import Life
from companion.runtime.private import private_folder, user_id

logger = logging.getLogger("companion.place")

LONGEST_SOCKET = 100
"""Bytes; the systems' own limits lie between 103 and 107."""
READY = b"!"
"""What a new engine tells the front that started it; anything else is a sentence about why it cannot serve."""
OLDEST_CODE = 14 * 86_400.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Place:
    """The files of one project root's engine.

    ``lock`` is held by a front while it starts an engine, ``life`` by the engine as long as it lives.
    """

    socket: Path
    lock: Path
    life: Life
    log: Path


def place_of(root: Path) -> Place:
    """The place for this root (absolute, links resolved). Raises EngineUnavailableError if none can be made."""
    name = blake2b(os.fsencode(root), digest_size=8).hexdigest()
    logs = _log_folder()
    socket = _socket_folder(name, logs.parent) / f"{name}.sock"
    return Place(socket, logs / f"{name}.lock", Life(logs / f"{name}.life", socket), logs / f"{name}.log")


def code_folder() -> str:
    """The user's own folder for compiled code by content; empty if there is none that only the user can write to.

    Whatever lies there is executed without a look at it.
    """
    home = Path(platformdirs.user_cache_path("companion"))
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return ""
    folder = private_folder(home / "code") if private_folder(home) else None
    if folder is None:
        logger.warning("compiled code is not kept: others can write to %s, or it cannot be made", home / "code")
        return ""
    return str(folder)


def remove_old_code(folder: str) -> None:
    """Remove what was written more than `OLDEST_CODE` ago from `code_folder`; it is made again if it is needed.

    Takes its time: for a thread of its own.
    """
    if not folder:
        return
    now = time.time()
    for entry in Path(folder).glob("[0-9a-f][0-9a-f]/*"):
        with contextlib.suppress(OSError):
            if now - entry.lstat().st_mtime > OLDEST_CODE:
                entry.unlink()


def _log_folder() -> Path:
    """The user's own; where nothing can be kept there (a home that is read-only) a temporary one."""
    try:
        folder = Path(platformdirs.user_log_path("companion", ensure_exists=True))
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
        reason = f"{folder} cannot be written"
    except OSError as error:
        reason = str(error)
    temporary = private_folder(Path(tempfile.gettempdir(), f"companion-{user_id()}-log"))
    if temporary is None:
        raise EngineUnavailableError(f"no folder for logs can be made ({reason}): set XDG_STATE_HOME")
    return temporary


def _socket_folder(name: str, state: Path) -> Path:
    """The same answer in every process of one session, whoever asks first."""
    session = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{user_id()}")
    candidates = [Path(tempfile.gettempdir(), f"companion-{user_id()}"), state / "run"]
    if session.is_absolute() and session.is_dir():
        candidates.insert(0, session / "companion")
    for candidate in candidates:
        folder = private_folder(candidate)
        if folder is not None and len(os.fsencode(folder / f"{name}.sock")) <= LONGEST_SOCKET:
            return folder
    raise EngineUnavailableError(
        f"no private folder for sockets can be made in {' or '.join(str(c.parent) for c in candidates)}: "
        "set XDG_RUNTIME_DIR to a folder of your own with a short path"
    )
