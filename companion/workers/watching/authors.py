"""Who wrote what has changed: what tests themselves write starts no run; see `companion.core.habits`."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from companion.core.habits import Habits
from companion.messages import FileChange, FilesChanged
from companion.store.ledger import Reader
from companion.workers.watching.project import Change


class Authors:
    """Turns what was read into the message that tells it."""

    def __init__(self, root: str) -> None:
        self._reader, self._habits = Reader(root), Habits()
        self._own: dict[str, FileChange] = {}

    def told_by_disk(self, changes: Sequence[Change]) -> FilesChanged | None:
        """Nobody has said that it is a person's."""
        sessions = self._reader.sessions()
        whose = {seen.path: self._habits.whose(seen, sessions) for _, seen in changes}
        for change, _ in changes:
            if whose[change.path] == "run" and change.kind != "deleted":
                self._own[change.path] = replace(change, edits=(), data=None)
            else:
                self._own.pop(change.path, None)
        own = tuple(path for path, author in whose.items() if author == "run")
        unclear = tuple(path for path, author in whose.items() if author == "unclear")
        return _message(changes, FilesChanged((), "disk", own, unclear))

    def announced(self, paths: Iterable[str], changes: Sequence[Change]) -> FilesChanged | None:
        """A front has: also of what was taken for a run's because the disk told of it first."""
        paths, changed = tuple(paths), {change.path for change, _ in changes}
        self._habits.announced(paths)
        before = {path: own for path in paths if (own := self._own.pop(path, None)) and path not in changed}
        again = tuple(before.values())
        message = _message(changes, FilesChanged((), "save"))
        if not again:
            return message
        return FilesChanged((*(message.changes if message else ()), *again), "save")


def _message(changes: Sequence[Change], empty: FilesChanged) -> FilesChanged | None:
    return replace(empty, changes=tuple(change for change, _ in changes)) if changes else None
