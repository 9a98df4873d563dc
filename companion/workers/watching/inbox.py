"""From the threads that listen to the disk to the loop's thread: raw paths, and a bell."""

from collections import deque
from collections.abc import Callable
from typing import Literal

from companion.runtime.doorbell import Doorbell

type Sign = Literal["seen", "whole", "appeared", "left", "lost"]
"""What happened to a path.

``seen``: anything. ``whole``: whoever wrote the file has closed it, or moved it here. ``appeared``: it is a folder
that was not here before, and nobody listened inside. ``left``: this folder, which was listened to, was deleted or
moved. ``lost``: events were dropped, so anything may have happened.
"""

type Report = Callable[[str, Sign], None]
"""Takes an absolute path; may be called by any thread."""


class Inbox:
    """A queue without bound (the kernel's own is bounded) whose descriptor is readable while it holds something."""

    def __init__(self) -> None:
        self._bell = Doorbell.create()
        self._reports: deque[tuple[str, Sign]] = deque()

    def fileno(self) -> int:
        """For the loop."""
        return self._bell.fileno()

    def put(self, path: str, sign: Sign) -> None:
        """From any thread, until `close`."""
        self._reports.append((path, sign))
        self._bell.ring()

    def take(self) -> list[tuple[str, Sign]]:
        """All that came so far, each report once, in order of last arrival."""
        self._bell.clear()
        taken: dict[tuple[str, Sign], None] = {}
        while self._reports:
            report = self._reports.popleft()
            taken.pop(report, None)
            taken[report] = None
        return list(taken)

    def close(self) -> None:
        """Only after every thread that puts has been joined."""
        self._bell.close()
