"""How many spares this machine has room for just now."""

import os
from pathlib import Path

RESERVED = 512 * 2**20
"""Bytes that stay free for everything else."""
EACH = 256 * 2**20
"""Bytes that a spare may come to need while it runs tests."""


def room() -> int:
    """One for each core, as long as there is memory for that many; at least one."""
    cores = os.process_cpu_count() or 1
    free = available()
    return cores if free is None else max(1, min(cores, (free - RESERVED) // EACH))


def is_short() -> bool:
    """Whether what is left is needed for everything else: nothing that only may be needed is to be kept."""
    free = available()
    return free is not None and free < RESERVED


def available() -> int | None:
    """Bytes of memory that can be had without swapping, or None if this system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    kilobytes = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return None if kilobytes is None else int(kilobytes) * 1024
