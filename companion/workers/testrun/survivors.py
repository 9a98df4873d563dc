"""What tests leave behind that would outlive their session: threads, programs, exit handlers.

A process would wait for its threads and call its exit handlers at its end. Here threads get a moment; what goes on is
told, for no interpreter can be ended under a thread. Exit handlers are called while the spare is still what it was.
This module also runs in the project's own Python (3.10 or later).
"""

import _thread
import atexit
import contextlib
import threading
import time
from typing import Any, cast
from weakref import WeakKeyDictionary

from companion.core.lanes import CLAUSE
from companion.workers.testrun.children import Children

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
        deadline, left = time.monotonic() + patience, alive()
        if left:
            cast("Any", _thread).start_joinable_thread(release_workers, daemon=False)
        for thread in left:
            thread.join(max(0.0, deadline - time.monotonic()))
        self.keeper = next((file for thread in left if thread.is_alive() and (file := self._file(thread))), "")
        threads = [
            (self._owners.get(thread, ""), f"the thread {thread.name!r}, which goes on, {CLAUSE}")
            for thread in left
            if thread.is_alive()
        ]
        return threads + self._children.end(max(0.0, deadline - time.monotonic()))

    def _file(self, thread: threading.Thread) -> str:
        return self._owners.get(thread, "").partition("::")[0]


def alive() -> "list[threading.Thread]":
    """Threads beside the main one."""
    main = threading.main_thread()
    return [thread for thread in threading.enumerate() if thread is not main]


def release_workers() -> None:
    """What a process calls before it waits for its threads: executors let theirs go.

    In a thread of its own, for it waits for those that are busy.
    """
    for function in reversed(cast("Any", threading)._threading_atexits):
        with contextlib.suppress(Exception):
            function()


def call_exit_handlers() -> None:
    """Those that tests have registered, finalizers of objects among them."""
    with contextlib.suppress(Exception, SystemExit):
        cast("Any", atexit)._run_exitfuncs()
