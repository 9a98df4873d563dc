"""Memory of processes, in bytes; 0 where the system does not tell."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def resident() -> int:
    """Resident memory of this process."""
    return resident_of("self")


def resident_of(pid: int | str) -> int:
    """Resident memory of a process, with what it shares with others."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * PAGE
    except OSError, ValueError, IndexError:
        return 0


def proportional(pid: int) -> int:
    """Resident memory of a process, what it shares with others divided among them (PSS)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def exceeds(pid: int, limit: int) -> bool:
    """Whether a process and all that it started take more than this; what they share counts once.

    That takes long to find out, so it is asked for only where the sum would be too much if they shared nothing.
    """
    return _sum(resident_of, pid) > limit and _sum(proportional, pid) > limit


def give_back() -> None:
    """Hand to the system what was freed by C code, as far as the C library can.

    Without it each arena of glibc's keeps what an interpreter has left in it, a tenth of a megabyte a run.
    """
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - 10 ms that a start does not need

        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)


def of_machine() -> int:
    """What this machine has, or as much of it as this container may take."""
    try:
        all_of_it = os.sysconf("SC_PHYS_PAGES") * PAGE
    except AttributeError, ValueError, OSError:
        return 0
    with contextlib.suppress(OSError, ValueError):  # no such limit, or "max"
        return min(all_of_it, int(Path("/sys/fs/cgroup/memory.max").read_text("ascii")))
    return all_of_it


def _sum(measure: Callable[[int], int], pid: int) -> int:
    return sum(map(measure, (pid, *_descendants(pid))))


def _descendants(pid: int) -> Iterator[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - only the names, many times a second
    except OSError:
        return
    for thread in threads:
        with contextlib.suppress(OSError):
            for child in Path(f"/proc/{pid}/task/{thread}/children").read_text("ascii").split():
                yield int(child)
                yield from _descendants(int(child))
