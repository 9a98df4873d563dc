"""Linux: one inotify watch per folder of interest, through watchdog's `InotifyFD`, on one thread.

Watchdog's own observers watch a folder either alone, with a thread for each, or with everything below it, which
spends the user's watches on ``node_modules`` and virtual environments and hides that they are used up. `InotifyFD`,
the layer beneath them, does neither; nor does it hold back moves for half a second to pair them.
"""

import os
from itertools import count

from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchCallback,
    WatchDescriptor,
)

from companion.workers.watching.inbox import Report, Sign
from companion.workers.watching.joined import Joined

_EVENTS = Mask(
    # No opening, reading or closing of what was only read: our own reading would come back as events.
    InotifyConstants.IN_CREATE
    | InotifyConstants.IN_DELETE
    | InotifyConstants.IN_MODIFY
    | InotifyConstants.IN_CLOSE_WRITE
    | InotifyConstants.IN_ATTRIB
    | InotifyConstants.IN_MOVE
    | InotifyConstants.IN_DELETE_SELF
    | InotifyConstants.IN_MOVE_SELF
    | InotifyConstants.IN_ONLYDIR
    | InotifyConstants.IN_DONT_FOLLOW
    | InotifyConstants.IN_EXCL_UNLINK
)
_APPEARS = InotifyConstants.IN_CREATE | InotifyConstants.IN_MOVED_TO
_IS_WHOLE = InotifyConstants.IN_CLOSE_WRITE | InotifyConstants.IN_MOVED_TO
_LEAVES = InotifyConstants.IN_DELETE_SELF | InotifyConstants.IN_MOVE_SELF | InotifyConstants.IN_UNMOUNT


class InotifySource:
    """See `companion.workers.watching.source.Source`."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._ids = count(1)
        self._watched: dict[str, tuple[WatchDescriptor, CallbackId]] = {}
        self._reader = _Reader()
        self._reader.start()

    def watch(self, folder: str) -> None:
        # A folder that was moved keeps its kernel watch: the new path's callback joins the old one's until that goes.
        callback = CallbackId(next(self._ids))
        found = self._reader.add_callback(os.fsencode(folder), _EVENTS, _Folder(folder, self._report), callback)
        self.unwatch(folder)
        self._watched[folder] = found, callback

    def unwatch(self, folder: str) -> None:
        if folder in self._watched:
            self._reader.remove_callbacks([self._watched.pop(folder)])

    def close(self) -> None:
        self._reader.stop()
        self._reader.join()


class _Reader(Joined, InotifyFD):  # pyright: ignore[reportIncompatibleVariableOverride] - on purpose
    """The thread that reads the kernel's events."""


class _Folder(WatchCallback):
    """Turns one folder's events into reports; called by the reader's thread."""

    def __init__(self, path: str, report: Report) -> None:
        self._path = path
        self._report = report

    def on_event(self, event: InotifyEvent) -> None:
        if not event.name:
            self._report(self._path, "left" if event.mask & _LEAVES else "seen")
            return
        self._report(f"{self._path}/{os.fsdecode(event.name)}", _sign(event.mask))

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """Its folder is gone, which `on_event` was told before."""

    def on_queue_overflow(self) -> None:
        self._report(self._path, "lost")


def _sign(mask: int) -> Sign:
    """What happened to an entry of a folder."""
    if mask & InotifyConstants.IN_ISDIR:
        return "appeared" if mask & _APPEARS else "seen"
    return "whole" if mask & _IS_WHOLE else "seen"
