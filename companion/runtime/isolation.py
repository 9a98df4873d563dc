"""What of the process a thread can have for itself: Linux unshares it, where no seccomp profile refuses.

Where it does not, spares of the interpreter lane share the working directory, the umask and the descriptors with
each other and with the engine; see `available`.
"""

import enum
import os
import threading

SWITCH = "COMPANION_UNSHARE"
"""Environment variable; ``off`` does as if the system refused, for tests and where unsharing misbehaves."""


class Isolation(enum.Flag):
    """What of the process a worker has for itself, where the system allows it (Linux)."""

    NOTHING = 0
    FILESYSTEM = enum.auto()
    """Working directory, root and umask."""
    DESCRIPTORS = enum.auto()
    """The table of file descriptors: a copy of the process's at the worker's start."""


COMPLETE = ~Isolation.NOTHING


def unshare(wanted: Isolation) -> Isolation:
    """Give the calling thread its own share of the process; returns what the system granted."""
    if not hasattr(os, "unshare") or os.environ.get(SWITCH) == "off":
        return Isolation.NOTHING
    flags = {Isolation.FILESYSTEM: os.CLONE_FS, Isolation.DESCRIPTORS: os.CLONE_FILES}
    granted = Isolation.NOTHING
    for part in wanted:
        try:
            os.unshare(flags[part])
        except OSError:  # a container's seccomp profile may refuse it
            continue
        granted |= part
    return granted


def available() -> Isolation:
    """What the system would grant, tried in a thread that ends; callable in any interpreter.

    Less than `COMPLETE` means: run one spare of the interpreter lane at a time. Its guards refuse what would reach
    the others all the same.
    """
    granted: list[Isolation] = []
    thread = threading.Thread(target=lambda: granted.append(unshare(COMPLETE)), name="companion-isolation")
    thread.start()
    thread.join()
    return granted[0]
