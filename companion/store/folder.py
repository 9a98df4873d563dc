"""``.companion/`` in the project: what companion remembers of it between two starts."""

import contextlib
from pathlib import Path

from companion.core.text import content_hash


def own_folder(root: Path) -> Path:
    """Made where it can be, for nobody else to look into, and hidden from all version control; without it less is
    remembered."""
    folder = root / ".companion"
    with contextlib.suppress(OSError):
        folder.mkdir(0o700, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", "utf-8")
    return folder


def file_hash(root: Path, file: str) -> str:
    """The content hash of what is on the disk now; empty if nothing is, or if this is no path of a file."""
    try:
        return content_hash((root / file).read_bytes())
    except OSError, ValueError:
        return ""
