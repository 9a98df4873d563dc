"""The peer that selects: ``pytest --testmon``, started by a watcher of files."""

import os
import queue
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, override

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from benchmarks.stands import NO_XDIST
from benchmarks.suites import Prepared

DEADLINE = 120.0
"""Seconds that anything may take."""
TRACING = {"COVERAGE_CORE": "ctrace"}
"""On Python 3.14 coverage would take another way by itself, on which testmon misses what a test depends on."""


class Watched:
    """As context manager: its database knows the whole suite, and the watcher listens.

    The watcher waits for no silence, which is in the peer's favour: those that people use wait 200 ms and more.
    """

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._heard: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._observer = Observer()
        self._observer.schedule(_Handler(self._heard.put), str(prepared.root), recursive=True)

    def __enter__(self) -> Self:
        (self._prepared.root / ".testmondata").unlink(missing_ok=True)
        self._run()
        self._observer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._observer.stop()
        self._observer.join()

    def save(self, write: Callable[[], None], place: Path) -> tuple[float, int]:
        """Seconds from the save to the end of the run that it started, and how many items that ran."""
        while not self._heard.empty():
            self._heard.get()
        start = time.perf_counter()
        write()
        while self._heard.get(timeout=DEADLINE) != str(place):
            pass
        ran = self._run()
        return time.perf_counter() - start, ran

    def _run(self) -> int:
        done = subprocess.run(
            [self._prepared.python, "-m", "pytest", "-q", "--testmon", *NO_XDIST],
            cwd=self._prepared.root, env={**os.environ, **TRACING},
            capture_output=True, text=True, timeout=DEADLINE, check=False,
        )  # fmt: skip
        if done.returncode not in (0, 1, 5):
            raise RuntimeError(f"testmon ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return sum(map(int, re.findall(r"(\d+) (?:passed|failed|xfailed|xpassed|skipped)", done.stdout)))


class _Handler(FileSystemEventHandler):
    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    @override
    def on_any_event(self, event: FileSystemEvent) -> None:
        if event.event_type in ("created", "modified", "moved"):
            self._tell(os.fsdecode(event.dest_path or event.src_path))
