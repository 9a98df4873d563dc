"""The git repository around a project: what it says of ignored files outside the project's own folder."""

from dataclasses import dataclass
from pathlib import Path

from companion.workers.watching.patterns import Patterns, parse


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """An ignore file as it is asked about paths below the project's root."""

    patterns: Patterns
    cut: int = 0
    """How many leading characters of the path (relative to the root) are the ignore file's own folder."""
    prefix: str = ""
    """The root's path relative to the ignore file's folder where that lies above, with a slash at its end."""

    def judge(self, path: str, *, folder: bool) -> bool | None:
        """Whether the entry is ignored; None if the file does not speak of it."""
        return self.patterns.judge(self.prefix + path[self.cut :], folder=folder)


def outer_rules(root: Path) -> tuple[IgnoreFile, ...]:
    """The ignore files above the root up to the repository's top, innermost first, then its own exclusions.

    Nothing if they ignore the root itself: somebody watches it all the same, so they are not meant for that.
    """
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), None)
    if top is None:
        return ()
    above = [folder for folder in root.parents if folder.is_relative_to(top)]
    files = [IgnoreFile(read_patterns(folder / ".gitignore"), 0, _way(folder, root)) for folder in above]
    files.append(IgnoreFile(read_patterns(_shared_folder(top) / "info" / "exclude"), 0, _way(top, root)))
    return () if _is_ignored(root, [*above, top], files) else tuple(file for file in files if file.patterns)


def read_patterns(path: Path) -> Patterns:
    """The patterns of an ignore file; none if it cannot be read."""
    return parse(_text(path))


def _is_ignored(root: Path, folders: list[Path], files: list[IgnoreFile]) -> bool:
    """``folders`` belong to ``files``."""
    return any(
        file.patterns.judge(each.relative_to(folder).as_posix(), folder=True)
        for folder, file in zip(folders, files, strict=True)
        for each in (root, *root.parents)
        if each != folder and each.is_relative_to(folder)
    )


def _way(folder: Path, root: Path) -> str:
    return "" if folder == root else f"{root.relative_to(folder).as_posix()}/"


def _shared_folder(top: Path) -> Path:
    """Where the repository keeps what all its work trees share."""
    git = top / ".git"
    link = _text(git) if git.is_file() else ""  # a work tree's or a submodule's names the folder
    if link.startswith("gitdir:"):
        git = top / link.removeprefix("gitdir:").strip()
    return git / _text(git / "commondir").strip()


def _text(path: Path) -> str:
    """A small file's text, decoded like file names; empty if it cannot be read, as git takes it."""
    try:
        return path.read_text("utf-8", "surrogateescape", newline="")
    except OSError:
        return ""
