"""`companion ... --json` as a process: its lines as they come, with deadlines."""

import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 60.0
"""Seconds; only a broken product uses them up."""

type Event = dict[str, Any]


class JsonTerminal:
    """A front that a person started with ``--json``."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "companion.cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.seen: list[Event] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def until(self, name: str, fits: Callable[[Event], bool] = lambda _: True) -> Event:
        """The next event of this name that fits."""
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE)
            except queue.Empty:
                raise AssertionError(f"no {name} came; the last: {self.seen[-5:]}") from None
            assert line is not None, f"the process ended before {name} came: {self.errors()}"
            event = json.loads(line)
            self.seen.append(event)
            if event["event"] == name and fits(event):
                return event  # type: ignore[no-any-return]

    def verdict(self) -> Event:
        """The next run's end that is not a cancelled one's."""
        return self.until("run", lambda run: not run["cancelled"])

    def outcomes(self) -> dict[str, str]:
        """Each item's last outcome, from the lines alone."""
        found: dict[str, str] = {}
        for event in self.seen:
            if event["event"] == "item":
                found[event["id"]] = event["outcome"]
            elif event["event"] == "gone":
                for node_id in event["ids"]:
                    found.pop(node_id, None)
        return found

    def errors(self) -> str:
        assert self._process.stderr is not None
        return self._process.stderr.read()

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def wait(self) -> int:
        return self._process.wait(PATIENCE)

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)


def break_function(path: Path, function: str) -> Callable[[], None]:
    """Let this function raise when it is called; what is returned undoes that."""
    before = path.read_text("utf-8")
    lines = before.splitlines(keepends=True)
    start = next(i for i, line in enumerate(lines) if line.lstrip().startswith(f"def {function}("))
    end = next(i for i in range(start, len(lines)) if lines[i].rstrip().endswith(":"))
    indent = len(lines[start]) - len(lines[start].lstrip()) + 4
    lines.insert(end + 1, " " * indent + 'raise RuntimeError("edited by a test")\n')
    path.write_text("".join(lines), "utf-8")

    def undo() -> None:
        path.write_text(before, "utf-8")

    return undo
