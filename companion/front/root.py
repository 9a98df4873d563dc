"""Which folder is the project."""

import os
from collections.abc import Callable, Sequence
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


def find_with(paths: Sequence[str]) -> tuple[Path, tuple[str, ...]]:
    """As `find`; what lies in a project are arguments for pytest: Python files, node ids, folders without a marker.

    Raises UsageError, too, if they are not of one project.
    """
    roots, chosen = set[Path](), list[str]()
    for path in paths:
        name, colons, item = path.partition("::")
        folder = os.path.isdir(name)  # noqa: PTH112 - also of what cannot be a path
        if not folder and not (os.path.isfile(name) and (colons or name.endswith(".py"))):  # noqa: PTH113
            roots.add(find(path))
            continue
        place = Path(name).resolve()
        root = _nearest(place if folder else place.parent)
        roots.add(find(str(root)))
        if place != root:
            chosen.append(f"{place.relative_to(root).as_posix()}{colons}{item}")
    if len(roots) > 1:
        raise UsageError(f"these are of several projects: {', '.join(sorted(map(str, roots)))}")
    return next(iter(roots), None) or find(None), tuple(chosen)


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
