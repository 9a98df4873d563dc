"""Does listening work here? A file is written, and its event has to come.

Some file systems (gVisor's, several user-space ones) take a watch without an error and never report anything.
"""

from pathlib import Path

FOLDER = ".companion"
"""companion's own folder in the project; with an ignore file of its own, so that nobody's repository sees it."""
NAME = f"{FOLDER}/probe"
PATIENCE = 1.0
"""Seconds in which the event has to come."""


def make_folder(root: str) -> Path:
    """Companion's folder, there from now on. Raises OSError."""
    folder = Path(root, FOLDER)
    folder.mkdir(exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", "utf-8")
    return folder


def write(root: str) -> None:
    """Make the event that is waited for. Raises OSError."""
    Path(root, NAME).write_bytes(b"Is this seen?\n")


def remove(root: str) -> None:
    """Take the probe away. Raises OSError."""
    Path(root, NAME).unlink(missing_ok=True)
