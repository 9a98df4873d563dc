"""Which files of a project count: all but those that its ignore files, the configuration or their names rule out."""

import os
from dataclasses import dataclass

from companion.core.ignore import VIRTUAL_ENVIRONMENT, is_noise
from companion.workers.watching.patterns import Patterns, parse


@dataclass(frozen=True, slots=True)
class _Source:
    """An ignore file as it is asked about paths below the project root."""

    patterns: Patterns
    cut: int
    """How many leading characters of the path (relative to the root) are the ignore file's own folder."""
    prefix: str = ""
    """The root's path relative to the ignore file's folder, where that lies above; with a slash at its end."""

    def judge(self, path: str, *, folder: bool) -> bool | None:
        return self.patterns.judge(self.prefix + path[self.cut :], folder=folder)


class Rules:
    """Answers from ignore files read when first needed and kept until `reload`.

    In git's order: ``[tool.companion] ignore`` first, then each ``.gitignore`` from the innermost folder to the
    repository's, then ``info/exclude``. What git tracks although a rule matches it is ignored all the same.
    """

    def __init__(self, root: str, extra: tuple[str, ...]) -> None:
        self._root = root
        self._extra = Patterns(extra)
        self.reload()

    def reload(self) -> None:
        """Read the ignore files anew, each when it is needed."""
        first = (_Source(self._extra, 0),) if self._extra else ()
        self._first, self._last = first, _above(self._root)
        self._chains: dict[str, tuple[_Source, ...]] = {}
        self._verdicts: dict[str, bool] = {"": False}

    def ignored(self, path: str, *, folder: bool) -> bool:
        """Whether an entry, by its path relative to the root, or any folder above it, is ignored."""
        if folder:
            return self._folder_ignored(path)
        parent, _, name = path.rpartition("/")
        return self._folder_ignored(parent) or is_noise(name, folder=False) or self._judge(path, parent, folder=False)

    def _folder_ignored(self, path: str) -> bool:
        verdict = self._verdicts.get(path)
        if verdict is None:
            parent, _, name = path.rpartition("/")
            verdict = (
                self._folder_ignored(parent)
                or is_noise(name, folder=True)
                or os.path.lexists(os.path.join(self._root, path, VIRTUAL_ENVIRONMENT))
                or self._judge(path, parent, folder=True)
            )
            self._verdicts[path] = verdict
        return verdict

    def _judge(self, path: str, parent: str, *, folder: bool) -> bool:
        for source in (*self._first, *self._chain(parent), *self._last):
            verdict = source.judge(path, folder=folder)
            if verdict is not None:
                return verdict
        return False

    def _chain(self, folder: str) -> tuple[_Source, ...]:
        """The ignore files of this folder and those above up to the root, innermost first."""
        chain = self._chains.get(folder)
        if chain is None:
            above = self._chain(folder.rpartition("/")[0]) if folder else ()
            patterns = _read(os.path.join(self._root, folder, ".gitignore"))
            chain = (_Source(patterns, len(folder) + bool(folder)), *above) if patterns else above
            self._chains[folder] = chain
        return chain


def _above(root: str) -> tuple[_Source, ...]:
    """What the repository says that holds the project: ignore files above the root, and its own exclusions.

    Nothing if it ignores the root itself: somebody watches it all the same, so these rules are not meant for that.
    """
    top = _repository(root)
    if top is None:
        return ()
    sources: list[_Source] = []
    folder = root
    while folder != top:
        folder = os.path.dirname(folder)
        sources.append(_Source(_read(os.path.join(folder, ".gitignore")), 0, _inside(folder, root)))
    sources.append(_Source(_read(os.path.join(_git_folder(top), "info", "exclude")), 0, _inside(top, root)))
    return () if _is_root_ignored(sources, _inside(top, root)) else tuple(s for s in sources if s.patterns)


def _is_root_ignored(sources: list[_Source], way: str) -> bool:
    parts = way.split("/")[:-1]
    ways = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    return any(
        source.patterns.judge(each[len(way) - len(source.prefix) :], folder=True)
        for source in sources
        for each in ways
        if len(each) > len(way) - len(source.prefix)
    )


def _inside(folder: str, root: str) -> str:
    way = os.path.relpath(root, folder).replace(os.sep, "/")
    return "" if way == "." else f"{way}/"


def _repository(root: str) -> str | None:
    folder = root
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent
    return folder


def _git_folder(top: str) -> str:
    """Where the repository keeps what all its work trees share."""
    git = os.path.join(top, ".git")
    link = _text(git)  # of a work tree or a submodule it is a file that names the folder
    if link.startswith("gitdir:"):
        git = os.path.join(top, link.removeprefix("gitdir:").strip())
    return os.path.join(git, _text(os.path.join(git, "commondir")).strip())


def _read(path: str) -> Patterns:
    return parse(_text(path))


def _text(path: str) -> str:
    """A small file's text as file names are decoded; empty if it cannot be read, like git takes it."""
    try:
        with open(path, "rb") as file:
            return os.fsdecode(file.read())
    except OSError:
        return ""
