"""Which folder is the project."""

import os
from collections.abc import Callable
from pathlib import Path

from companion.errors import UsageError

MARKERS = ("pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini", "setup.py", ".git")


def find(path: str | None, *, entries: Callable[[Path], object] = os.listdir) -> Path:
    """The project's root, absolute, symlinks resolved.

    A folder that was named is the root itself. Without one it is the nearest folder with a marker, from the current
    one upwards; the current one if there is none. ``entries`` lists a folder. Raises UsageError with one sentence.
    """
    try:
        root = _nearest(Path.cwd()) if path is None else Path(path).resolve(strict=True)
        entries(root)
    except FileNotFoundError as error:
        raise UsageError(_missing(path)) from error
    except NotADirectoryError as error:
        raise UsageError(f"{path} is a file: name the project's folder instead") from error
    except PermissionError as error:
        raise UsageError(f"{path or 'the current folder'} may not be read: its permissions forbid it") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be used as the project's folder ({error})") from error
    return root


def find_with(path: str | None) -> tuple[Path, tuple[str, ...]]:
    """As `find`; a Python file or a node id is an argument for pytest, the root is found from the file's folder."""
    name, colons, item = (path or "").partition("::")
    if not (Path(name).is_file() and (colons or name.endswith(".py"))):
        return find(path), ()
    file = Path(name).resolve()
    root = find(str(_nearest(file.parent)))
    return root, (f"{file.relative_to(root).as_posix()}{colons}{item}",)


def _nearest(start: Path) -> Path:
    folder = start.resolve()
    marked = (f for f in (folder, *folder.parents) if any(_exists(f / marker) for marker in MARKERS))
    return next(marked, folder)


def _exists(path: Path) -> bool:
    """False, too, where a parent folder may not be looked into."""
    try:
        return path.exists()
    except OSError:
        return False


def _missing(path: str | None) -> str:
    if path is None:
        return "the current folder no longer exists: change to one that does"
    return f"{path} does not exist: name the project's folder"
