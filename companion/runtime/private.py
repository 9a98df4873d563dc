"""Folders that are the user's alone: what lies in them is believed, connected to and executed."""

import os
import stat
from pathlib import Path


def private_folder(path: Path) -> Path | None:
    """This folder, made if need be, with links resolved; None if others can write to it or put one in its place.

    Others who may read a folder of the user's own are locked out. One that they may write to is refused, for nobody
    knows what they have put there, and so is one that is not the user's. The folder's parent must exist.
    """
    try:
        folder = path.parent.resolve(strict=True) / path.name
        folder.mkdir(mode=0o700, exist_ok=True)
        if not _is_ours_alone(folder):
            return None
        if folder.lstat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError:
        return None
    return folder


def is_private(folder: Path) -> bool:
    """Whether there is this folder, without links on the way, and only this user can write to it or replace it."""
    try:
        return folder == folder.resolve(strict=True) and _is_ours_alone(folder)
    except OSError:
        return False


def is_mine(status: os.stat_result) -> bool:
    """It is this user's, and others cannot write to it."""
    return status.st_uid == user_id() and not _others_write(status)


def user_id() -> int:
    """The owner of what this process makes."""
    return os.geteuid() if hasattr(os, "geteuid") else 0


def _is_ours_alone(folder: Path) -> bool:
    status = folder.lstat()
    return stat.S_ISDIR(status.st_mode) and is_mine(status) and all(map(_keeps_what_is_mine, folder.parents))


def _keeps_what_is_mine(folder: Path) -> bool:
    """Others cannot rename or remove what this user has in it."""
    status = folder.lstat()
    owners = {0, user_id(), Path(folder.anchor).stat().st_uid}  # in a container root may have another number
    return status.st_uid in owners and (not _others_write(status) or bool(status.st_mode & stat.S_ISVTX))


def _others_write(status: os.stat_result) -> bool:
    return bool(status.st_mode & 0o022)
