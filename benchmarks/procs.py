"""Processes: their descendants, their memory, and waiting until they are idle. Linux; elsewhere guesses."""

import os
import time
from pathlib import Path

from companion.runtime.memory import proportional

QUIET = 0.3
"""Seconds without work after which a process counts as idle."""


def family(pid: int) -> list[int]:
    """The process and all that descend from it."""
    parents = {child: int(stat[1]) for child, stat in _stats().items()}
    found = [pid]
    for member in found:
        found += [child for child, parent in parents.items() if parent == member]
    return found


def memory(pids: list[int]) -> int:
    """Bytes that these processes hold, what they share with others divided among all (PSS)."""
    return sum(map(proportional, pids))


def busy(pid: int) -> float:
    """Seconds of processor time that the process and its living descendants have taken so far."""
    return sum(map(_clock, family(pid)))


def alone(pid: int) -> float:
    """Seconds of processor time that this process has taken so far, without its descendants."""
    return _clock(pid)


def wakings(pid: int) -> int:
    """How often its threads gave up the processor to wait, and so have to be woken: all of their lives so far."""
    return sum(_waits(path) for path in Path(f"/proc/{pid}/task").glob("*/status"))


def descriptors(pid: int) -> int:
    """How many it has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def threads(pid: int) -> int:
    """How many it has."""
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


def settle(pid: int, *, longest: float = 20.0) -> None:
    """Wait until the process and its descendants do nothing: spares are warm then, and nothing disturbs a peer."""
    end = time.monotonic() + longest
    quiet_since, before = time.monotonic(), -1
    while time.monotonic() < end and time.monotonic() - quiet_since < QUIET:
        now = _ticks(family(pid))
        if now > before + 1:
            quiet_since, before = time.monotonic(), now
        time.sleep(0.05)


def asleep(pid: int, *, longest: float = 60.0) -> None:
    """Wait until this process waits, for nothing that comes by itself."""
    end = time.monotonic() + longest
    before, since = ["?"], time.monotonic()
    while time.monotonic() < end and time.monotonic() - since < QUIET / 2:
        now = _stats().get(pid, ["Z"])
        if now[0] != "S" or now[11:13] != before[11:13]:
            before, since = now, time.monotonic()
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return _stats().get(pid, ["Z"])[0] != "Z"


def wait_gone(pid: int, *, longest: float = 10.0) -> None:
    """Wait for the end of a process that is not our child."""
    end = time.monotonic() + longest
    while alive(pid):
        if time.monotonic() > end:
            raise TimeoutError(f"process {pid} did not end")
        time.sleep(0.01)


def _clock(pid: int) -> float:
    """Another process's CPU clock, as the C library's ``clock_getcpuclockid`` numbers it on Linux."""
    try:
        return time.clock_gettime(~pid << 3 | 2)
    except OSError:
        return 0.0


def _waits(status: Path) -> int:
    try:
        lines = status.read_text("utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))


def _ticks(pids: list[int]) -> int:
    stats = _stats()
    return sum(int(stats[pid][11]) + int(stats[pid][12]) for pid in pids if pid in stats)


def _stats() -> dict[int, list[str]]:
    """Of each process what follows its name: state, parent, ..."""
    found: dict[int, list[str]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text("utf-8", "replace")
        except OSError:
            continue
        found[int(path.parent.name)] = text.rpartition(")")[2].split()
    return found
