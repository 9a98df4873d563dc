"""The project as the watcher knows it: which files to read after a report, and what reading them shows."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from companion.config import Config
from companion.core.complaints import Complaints
from companion.core.ignore import RULE_FILES
from companion.core.writes import Sighting
from companion.messages import FileChange, Status
from companion.store.ledger import now
from companion.workers.watching.content import UnsettledError, read
from companion.workers.watching.knowledge import Knowledge, dated
from companion.workers.watching.rules import Rules
from companion.workers.watching.sweep import Sweeper

type Change = tuple[FileChange, Sighting]
"""What is to be told, and what was seen."""


class Project:
    """Reads the disk; knows neither clock nor host. Paths are relative to the root, with forward slashes."""

    def __init__(self, config: Config, *, watch: Callable[[str], None], unwatch: Callable[[str], None]) -> None:
        """``watch`` and ``unwatch`` are told which folders (relative paths) are of interest; as `Source`'s."""
        self._root, self._limit = config.root, config.largest_file
        self._identity = _identity(config.root)
        self._rules = Rules(config.root, config.ignore)
        self._known = Knowledge()
        self._complaints = Complaints()
        self._sweeper = Sweeper(
            config.root, self._rules, self._known, self._complaints, watch=watch, unwatch=unwatch
        )  # fmt: skip

    @property
    def size(self) -> str:
        """How much is known, in a few words."""
        return f"{len(self._known.files)} files in {len(self._known.folders)} folders"

    def exists(self) -> bool:
        """Whether the root is still there, and no other folder in its place.

        Of a folder that a waiting process works in, Linux does not tell that it was deleted.
        """
        return Path(self._root).is_dir() and _identity(self._root) == self._identity

    def learn(self) -> list[str]:
        """Take the whole project as it is now; files that were being written meanwhile are to be read again."""
        return [path for paths in self.sweep("") for path in paths if not self._learn(path)]

    def sweep(self, folder: str) -> Iterator[list[str]]:
        """See `Sweeper.sweep`."""
        return self._sweeper.sweep(folder)

    def news(self) -> Status | None:
        """What is to be said of unreadable files and folders, if that has changed."""
        return self._complaints.news()

    def suspects(self, path: str, *, is_new_folder: bool) -> Iterator[str]:
        """The files to read after a report on ``path``: none if it is ignored, or neither is there nor was known."""
        kind = self._look(path)
        if path in self._known.folders and kind != "folder":
            yield from self._sweeper.leave(path)
        if path in self._known.files or (kind == "file" and not self._rules.ignored(path, folder=False)):
            yield path
        if kind == "folder" and (is_new_folder or path not in self._known.folders):
            yield from self._suspects_inside(path)

    def changes(
        self, paths: Iterable[str], closed: Mapping[str, int] | None = None
    ) -> tuple[list[Change], list[str]]:
        """Read these files: what has changed, and which of them are being written right now, to be read later.

        ``closed`` is when (ns) it was told that who wrote a file had closed it; None: nobody tells of that.
        """
        wanted = self._known.with_links(paths)
        if any(path.rpartition("/")[2] in RULE_FILES for path in wanted):
            wanted |= self._reload_rules()
        changes: list[Change] = []
        unsettled: list[str] = []
        for path in sorted(wanted):
            try:
                change = self._change(path, closed=None if closed is None else closed.get(path, 0))
            except UnsettledError:
                unsettled.append(path)
            else:
                changes += [change] if change is not None else []
        return changes, unsettled

    def _change(self, path: str, *, closed: int | None) -> Change | None:
        if self._rules.ignored(path, folder=False):
            self._known.forget(path)
            return None
        try:
            reading = read(f"{self._root}/{path}", self._limit)
        except OSError as error:
            self._complaints.add(path, error.strerror or str(error))
            return None
        self._complaints.drop(path)
        before, after = self._known.settled(path), now() if reading is None else dated(reading)
        whole = closed is None or (reading is not None and after <= closed)
        change = self._known.update(path, reading, whole=whole)
        return None if change is None else (change, Sighting(path, change.kind, before, after, whole))

    def _learn(self, path: str) -> bool:
        try:
            self._known.learn(path, read(f"{self._root}/{path}", self._limit))
        except UnsettledError:
            return False
        except OSError as error:
            self._complaints.add(path, error.strerror or str(error))
        return True

    def _suspects_inside(self, folder: str) -> Iterator[str]:
        self._rules.forget(folder)
        if not self._rules.ignored(folder, folder=True):
            for paths in self.sweep(folder):
                yield from paths

    def _reload_rules(self) -> set[str]:
        """Other files may count now: those that do and did not, and those that no longer do."""
        self._rules.reload()
        return {path for paths in self.sweep("") for path in paths}

    def _look(self, path: str) -> str:
        """What is there: a folder, a file or a link (``file``), or nothing (empty)."""
        try:
            mode = os.lstat(f"{self._root}/{path}").st_mode
        except OSError:
            self._complaints.drop(path)
            return ""
        if stat.S_ISLNK(mode):
            self._sweeper.remember_link(path)
        return "folder" if stat.S_ISDIR(mode) else "file"


def _identity(folder: str) -> tuple[int, int] | None:
    """What no other folder at this path has while this one is listened to."""
    try:
        status = os.stat(folder)  # noqa: PTH116 - as above
    except OSError:
        return None
    return status.st_dev, status.st_ino
