"""The files that fronts print to: they grow with what an engine tells, which must not come back to it as a change."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from companion.messages import FilesChanged

STREAMS = (1, 2)


class Outputs:
    """Of the fronts in these processes, as far as they lie in the project; known from the first change on that a
    front sees. Where the system does not tell what a process has open, there are none."""

    def __init__(self, root: Path, pids: Callable[[], Iterable[int]]) -> None:
        self._root, self._pids = root, pids
        self._paths: set[str] = set()

    def without(self, message: FilesChanged) -> FilesChanged:
        """What somebody else changed; perhaps nothing."""
        for pid in self._pids():
            self._paths |= set(_printed_to(pid, self._root))
        if self._paths.isdisjoint(change.path for change in message.changes):
            return message
        return replace(message, changes=tuple(c for c in message.changes if c.path not in self._paths))


def _printed_to(pid: int, root: Path) -> Iterator[str]:
    for number in STREAMS:
        try:
            path = Path(f"/proc/{pid}/fd/{number}").readlink()
        except OSError:  # it has ended, or this is no Linux
            continue
        if path.is_relative_to(root):
            yield path.relative_to(root).as_posix()
