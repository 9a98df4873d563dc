"""The files that fronts print to: they grow with what an engine tells, which must not come back to it as a change."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from companion.messages import FilesChanged

STREAMS = (1, 2)
LAST_WORDS = 2.0
"""Seconds after a front was seen for the last time in which its file still may change because of it."""


class Outputs:
    """Of the fronts in these processes, as far as they lie in the project. Where the system does not tell what a
    process has open, there are none."""

    def __init__(self, root: Path, pids: Callable[[], Iterable[int]]) -> None:
        self._root, self._pids = root, pids
        self._seen: dict[str, float] = {}

    def without(self, message: FilesChanged) -> FilesChanged:
        """What somebody else changed; perhaps nothing. What an editor says that a person has saved always counts."""
        now = time.monotonic()
        self._seen |= {path: now for pid in self._pids() for path in _printed_to(pid, self._root)}
        self._seen = {path: at for path, at in self._seen.items() if now - at < LAST_WORDS}
        if message.trigger == "save" or self._seen.keys().isdisjoint(change.path for change in message.changes):
            return message
        return replace(message, changes=tuple(c for c in message.changes if c.path not in self._seen))


def _printed_to(pid: int, root: Path) -> Iterator[str]:
    for number in STREAMS:
        try:
            path = Path(f"/proc/{pid}/fd/{number}").readlink()
        except OSError:  # it has ended, or this is no Linux
            continue
        if path.is_relative_to(root):
            yield path.relative_to(root).as_posix()
