"""Which entries of a project count: all but those that ignore files, the configuration or their names rule out."""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from companion.core.ignore import RULE_FILES, VIRTUAL_ENVIRONMENT, is_executed, is_noise
from companion.workers.watching.patterns import Patterns
from companion.workers.watching.repository import IgnoreFile, outer_rules, read_patterns

ANY = "-"
"""A name that no rule speaks of by itself."""
MOST = 100_000
"""Files whose verdict is kept."""


class Rules:
    """Answers from ignore files, each read when first needed and kept until `reload`.

    They are asked in git's order, the first that speaks of an entry deciding: ``[tool.companion] ignore``, then each
    ``.gitignore`` from the innermost folder to the repository's, then ``info/exclude``. What a rule matches is
    ignored even if git tracks it.
    """

    def __init__(self, root: str, extra: tuple[str, ...]) -> None:
        self._root = Path(root)
        self._first = (IgnoreFile(Patterns(extra)),) if extra else ()
        self._last: tuple[IgnoreFile, ...] = ()
        self._chains: dict[str, tuple[IgnoreFile, ...]] = {}
        self._folders: dict[str, bool] = {}
        self._files: dict[str, bool] = {}
        self.reload()

    def reload(self) -> None:
        """Read the ignore files anew."""
        self._last = outer_rules(self._root)
        self._chains = {}
        self._folders = {"": False}
        self._files = {}

    def forget(self, folder: str) -> None:
        """This folder is another one than before: judge it and what is in it anew."""
        if folder in self._folders:
            inside = f"{folder}/"
            self._folders = {
                path: verdict
                for path, verdict in self._folders.items()
                if path != folder and not path.startswith(inside)
            }
            self._files = {}

    def ignored(self, path: str, *, folder: bool) -> bool:
        """Whether an entry, by its path relative to the root, or any folder above it, is ignored.

        Rule files themselves never are where their folder is not, so that a change of them is noticed. What tests may
        execute is ignored only with all that is in its folder, or by the configuration.
        """
        if folder:
            return self._folder_ignored(path)
        known = self._files.get(path)
        if known is None:
            if len(self._files) >= MOST:
                self._files = {}  # names of files that came and went; those that are there are judged anew
            known = self._files[path] = self._file_ignored(path)
        return known

    def _file_ignored(self, path: str) -> bool:
        parent, _, name = path.rpartition("/")
        if self._folder_ignored(parent) or is_noise(name, folder=False):
            return True
        if name in RULE_FILES or not self._judge(path, self._all(parent)):
            return False
        if not is_executed(name) or self._judge(path, self._first):
            return True
        return self._judge(f"{parent}/{ANY}".removeprefix("/"), self._all(parent))  # all that is in its folder

    def _folder_ignored(self, path: str) -> bool:
        known = self._folders.get(path)
        if known is not None:
            return known
        parent, _, name = path.rpartition("/")
        verdict = (
            self._folder_ignored(parent)
            or is_noise(name, folder=True)
            or (self._root / path / VIRTUAL_ENVIRONMENT).is_file()
            or self._judge(path, self._all(parent), folder=True)
        )
        self._folders[path] = verdict
        return verdict

    def _all(self, parent: str) -> Iterable[IgnoreFile]:
        return chain(self._first, self._chain(parent), self._last)

    def _judge(self, path: str, files: Iterable[IgnoreFile], *, folder: bool = False) -> bool:
        for file in files:
            verdict = file.judge(path, folder=folder)
            if verdict is not None:
                return verdict
        return False

    def _chain(self, folder: str) -> tuple[IgnoreFile, ...]:
        """The ignore files of this folder and those above it up to the root, innermost first."""
        known = self._chains.get(folder)
        if known is not None:
            return known
        above = self._chain(folder.rpartition("/")[0]) if folder else ()
        patterns = read_patterns(self._root / folder / ".gitignore")
        self._chains[folder] = (IgnoreFile(patterns, len(folder) + bool(folder)), *above) if patterns else above
        return self._chains[folder]
