"""URIs and paths. Only ``file:`` URIs of this machine name a path; every other one is none of our business."""

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote


def path_of(uri: str) -> Path | None:
    """The absolute path that a URI names, ``..`` resolved but no symlinks; None for anything else (``untitled:``)."""
    # Clients that forget to encode these two in a path mean the path, never a query or a fragment.
    whole = uri.replace("#", "%23").replace("?", "%3F")
    try:
        path = Path.from_uri(whole)
    except ValueError:
        return None
    return None if "\0" in str(path) else Path(os.path.normpath(path))


def uri_of(path: Path) -> str:
    """The URI of an absolute path."""
    return path.as_uri()


@dataclass(frozen=True, slots=True)
class Root:
    """A workspace folder: as the editor writes it, and where it really is."""

    uri: str
    path: Path
    real: Path

    @classmethod
    def of(cls, uri: str) -> Root | None:
        """None if the URI names no folder that exists."""
        path = path_of(uri)
        if path is None or not path.is_dir():
            return None
        return cls(uri.rstrip("/"), path, path.resolve())

    def relative(self, path: Path) -> str | None:
        """The path from this root, with forward slashes; None if it lies outside. A file's own symlink is kept."""
        for candidate, base in ((path, self.path), (path.parent.resolve() / path.name, self.real)):
            if candidate != base and candidate.is_relative_to(base):
                return candidate.relative_to(base).as_posix()
        return None

    def contains(self, path: Path) -> bool:
        """True for the root itself, too."""
        return path in {self.path, self.real} or self.relative(path) is not None

    def absolute(self, path: str) -> Path:
        """Where a path that the engine names is; those outside the root are absolute already."""
        return self.real / path

    def uri_for(self, path: str) -> str:
        """The URI of a path that the engine names, below the root's own as the editor writes it."""
        if PurePosixPath(path).is_absolute() or Path(path).is_absolute():
            return uri_of(Path(path))
        return f"{self.uri}/{quote(os.fsencode(path), safe='/~')}"
