"""Looking at folders for what is not as known: at first, in new folders, when polling, when events were lost."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from companion.core.complaints import Complaints
from companion.workers.watching.content import signature_of
from companion.workers.watching.knowledge import Knowledge
from companion.workers.watching.rules import Rules

type ListFolder = Callable[[str], AbstractContextManager[Iterator[os.DirEntry[str]]]]
"""As `os.scandir`: entries of a folder by its absolute path; raises OSError."""


class Sweeper:
    """Walks folders and names the files to be read. Symbolic links to folders are not followed, as in git."""

    def __init__(
        self,
        root: str,
        rules: Rules,
        known: Knowledge,
        complaints: Complaints,
        *,
        watch: Callable[[str], None],
        unwatch: Callable[[str], None],
        list_folder: ListFolder = os.scandir,
    ) -> None:
        self._root, self._rules, self._known, self._complaints = root, rules, known, complaints
        self._watch, self._unwatch, self._list_folder = watch, unwatch, list_folder

    def sweep(self, top: str) -> Iterator[list[str]]:
        """For each folder from ``top`` down (relative path, not ignored): its files that differ from what is known.

        Each folder is listened to before it is listed, so that nothing falls between.
        """
        pending = [top]
        while pending:
            folder = pending.pop()
            try:
                entries = self._list(folder)
            except FileNotFoundError, NotADirectoryError:
                yield self.leave(folder) if folder in self._known.folders else []
            except OSError as error:  # what was known of it is not known to be gone
                self._complaints.add(folder, error.strerror or str(error))
            else:
                self._complaints.drop(folder)
                yield self._compare(folder, entries, pending)

    def leave(self, folder: str) -> list[str]:
        """A folder is gone, or is ignored now: the files that were known in it."""
        folders, files = self._known.leave(folder)
        for each in folders:
            self._unwatch(each)
            self._complaints.drop(each)
        return files

    def remember_link(self, path: str) -> None:
        """``path`` is a symbolic link: what happens to the file that it leads to happens to it too."""
        target = Path(self._root, path).resolve()
        if target.is_relative_to(self._root):
            self._known.links.setdefault(target.relative_to(self._root).as_posix(), set()).add(path)

    def _list(self, folder: str) -> list[os.DirEntry[str]]:
        self._watch(folder)
        with self._list_folder(f"{self._root}/{folder}") as entries:
            return list(entries)

    def _compare(self, folder: str, entries: list[os.DirEntry[str]], pending: list[str]) -> list[str]:
        self._known.enter(folder)
        missing = set(self._known.folders[folder])
        differing: list[str] = []
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if self._rules.ignored(path, folder=is_folder):
                continue
            if is_folder:
                pending.append(path)
                differing += self._turned_into_folder(path)
                missing.discard(path)
            elif self._is_file(entry, path):
                differing += self._turned_into_file(path)
                missing.discard(path)
                if self._differs(entry, path):
                    differing.append(path)
        for path in missing:
            differing += self.leave(path)
        return differing

    def _differs(self, entry: os.DirEntry[str], path: str) -> bool:
        try:
            return self._known.differs(path, signature_of(entry.stat()))
        except OSError:  # gone by now, which reading will tell
            return True

    def _turned_into_folder(self, path: str) -> list[str]:
        return [path] if path in self._known.files else []

    def _turned_into_file(self, path: str) -> list[str]:
        return self.leave(path) if path in self._known.folders else []

    def _is_file(self, entry: os.DirEntry[str], path: str) -> bool:
        try:
            if not entry.is_file():
                return False
        except OSError:  # a symbolic link that leads to itself
            return False
        if entry.is_symlink():
            self.remember_link(path)
        return True
