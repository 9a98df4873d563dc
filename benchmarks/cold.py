"""The peer: ``python -m pytest FILES`` in a new process."""

import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

LEAN = ("-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "no:hypothesispytest")
"""Without the plugins that companion's spares do without, too."""


def cold(root: Path, files: Iterable[str], *options: str) -> float:
    """Seconds from its start to its end. Raises RuntimeError if it could not run the tests."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *files], cwd=root, capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise RuntimeError(f"pytest ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return taken
