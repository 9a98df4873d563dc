"""The port to the operating system's notification of changes, and which implementation this platform has."""

import sys
from collections.abc import Callable
from typing import Protocol

from companion.workers.watching.inbox import Report


class Source(Protocol):
    """Reports what happens in folders. All calls come from the loop's thread, reports from the source's own."""

    def watch(self, folder: str) -> None:
        """Report what happens to the direct entries of this folder (absolute path) from now on.

        Watching again is harmless, and needed for a folder that was deleted and made anew. Raises OSError.
        """

    def unwatch(self, folder: str) -> None:
        """Report no more of this folder; harmless if it is not watched."""

    def close(self) -> None:
        """Stop reporting, join every thread, release every descriptor."""


type OpenSource = Callable[[str, Report], Source]
"""Opens a source for a project root (absolute path). Raises OSError where there is none, or no more of them."""


def native(root: str, report: Report) -> Source:
    """The platform's own notification. Raises OSError."""
    if sys.platform == "linux":
        from companion.workers.watching.inotify import InotifySource  # noqa: PLC0415 - exists on Linux only

        return InotifySource(report)
    if sys.platform == "win32":
        from watchdog.observers.read_directory_changes import WindowsApiEmitter  # noqa: PLC0415 - on Windows only

        from companion.workers.watching.recursive import RecursiveSource  # noqa: PLC0415 - not needed on Linux

        return RecursiveSource(root, report, WindowsApiEmitter)
    # FSEvents comes as an extension that isolated interpreters refuse; kqueue opens a descriptor for every file.
    raise OSError(f"no notification of changes works inside the engine on {sys.platform}")
