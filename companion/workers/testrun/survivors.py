"""What tests leave behind that would outlive their session: threads and programs.

A process would wait for its threads at its end. Here they get a moment; what goes on in an interpreter is told, for
none can be ended under a thread. What tests want to be called at the end is `leavings`' business.
This module also runs in the project's own Python (3.10 or later).
"""

import threading
import time
from weakref import WeakKeyDictionary

from companion.core.lanes import CLAUSE
from companion.workers.testrun.children import Children
from companion.workers.testrun.leavings import call_before_threads_end

PATIENCE = 0.5
"""Seconds that threads and programs get together to end by themselves."""


class Survivors:
    """Knows which item left what; used in the interpreter lane. ``keeper`` is a file whose thread goes on."""

    def __init__(self, children: Children) -> None:
        self._children = children
        self._owners: WeakKeyDictionary[threading.Thread, str] = WeakKeyDictionary()
        self.keeper = ""

    def note(self, owner: str) -> None:
        """This item, or the import of this file, is over: what is new is its own."""
        for thread in alive():
            self._owners.setdefault(thread, owner)
        self._children.note(owner)

    def find(self, patience: float = PATIENCE) -> "list[tuple[str, str]]":
        """By owner (or empty): what does not end, in a few words. Waits only if there is something."""
        deadline = time.monotonic() + patience
        left = wait_for_threads(patience)
        self.keeper = next((file for thread in left if (file := self._file(thread))), "")
        threads = [
            (self._owners.get(thread, ""), f"the thread {thread.name!r}, which goes on, {CLAUSE}") for thread in left
        ]
        return threads + self._children.end(max(0.0, deadline - time.monotonic()))

    def _file(self, thread: threading.Thread) -> str:
        return self._owners.get(thread, "").partition("::")[0]


def alive() -> "list[threading.Thread]":
    """Threads beside the main one that a process would wait for."""
    main = threading.main_thread()
    return [thread for thread in threading.enumerate() if thread is not main and not thread.daemon]


def wait_for_threads(patience: float = PATIENCE) -> "list[threading.Thread]":
    """What a process does before it calls exit handlers, but for so long at most; returns those that go on."""
    deadline, left = time.monotonic() + patience, alive()
    call_before_threads_end(aside=bool(left))
    return [thread for thread in left if not _ends(thread, max(0.0, deadline - time.monotonic()))]


def _ends(thread: threading.Thread, seconds: float) -> bool:
    try:
        thread.join(seconds)
        return not thread.is_alive()
    except RuntimeError:  # `threading` knows of it, but has not started it
        return thread not in threading.enumerate()
