"""The peer: ``python -m pytest FILES`` in a new process."""

import resource
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LEAN = ("-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "no:hypothesispytest")
"""Without the plugins that companion's spares do without, too."""


@dataclass(frozen=True, slots=True)
class Cold:
    """One run's seconds, and its seconds of processor time."""

    wall: float
    cpu: float


def cold(root: Path, files: Iterable[str], *options: str, python: str = sys.executable) -> Cold:
    """From its start to its end. Raises RuntimeError if it could not run the tests."""
    start, before = time.perf_counter(), _cpu()
    done = subprocess.run(
        [python, "-m", "pytest", *options, *files], cwd=root, capture_output=True, text=True, check=False
    )
    taken = Cold(time.perf_counter() - start, _cpu() - before)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"pytest ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return taken


def _cpu() -> float:
    """Of all children that have ended; one at a time does here."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
