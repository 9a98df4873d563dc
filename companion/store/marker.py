"""Which test files have taken a whole engine along, remembered in ``.companion/`` across restarts.

``running/`` holds an entry for each spare of the interpreter lane that runs something: a file named by the spare's
serial. The spare adds to it each test file that it turns to, one a line, and removes it when its session is over; so
the last line is what to suspect, wherever the process has ended. ``quarantine`` holds a line for each file that
belongs in the process lane: the hash of its content, a space, its path. Either is missing where it cannot be written.
"""

import contextlib
import re
from collections.abc import Mapping
from pathlib import Path

from companion.store.folder import file_hash

REASON = "an engine ended while it ran"
QUARANTINED = re.compile(r"(?:([0-9a-f]{32}) )?(.+)")
"""Written without a hash by earlier versions, which also had one file ``running`` for all spares."""


class Marker:
    """What spares of the interpreter lane run, and the list of what was found there after an engine had ended."""

    def __init__(self, root: str) -> None:
        self._root = Path(root)
        self._running = self._root / ".companion" / "running"
        self._quarantine = self._root / ".companion" / "quarantine"

    def entry(self, spare: int) -> str:
        """For `Prepare.marker`: this spare's own; empty where there is no place for it."""
        with contextlib.suppress(OSError):
            self._running.mkdir(exist_ok=True)
            return str(self._running / str(spare))
        return ""

    def running(self, spare: int) -> str:
        """The test file that this spare runs or imports; empty if that is not known."""
        return _last(self._running / str(spare))

    def ended(self, spare: int) -> None:
        """This spare is gone, and has harmed nobody."""
        with contextlib.suppress(OSError):
            (self._running / str(spare)).unlink()

    def clear(self) -> None:
        """The engine ends in order: nobody is to blame, and what still runs finds no place to say so."""
        for entry in self._entries():
            with contextlib.suppress(OSError):
                entry.unlink()
        with contextlib.suppress(OSError):
            self._running.rmdir()

    def suspect(self) -> None:
        """The engine was told to end, perhaps by a test that is running: those that are go into quarantine."""
        with contextlib.suppress(OSError):
            self._keep({**self._known(), **self._suspects()})

    def take_suspects(self) -> None:
        """At an engine's start: what the one before ran when it ended goes into quarantine.

        What was there and is gone or was changed since leaves it: it may run as any other, until it is found again.
        """
        known = {
            file: now
            for file, then in self._known().items()
            if (now := file_hash(self._root, file)) and then in ("", now)
        }
        with contextlib.suppress(OSError):
            self._keep({**known, **self._suspects()})
            self.clear()  # only now: if this process ends meanwhile, the next finds them still

    def quarantined(self) -> frozenset[str]:
        """Files that belong in the process lane."""
        return frozenset(self._known())

    def _suspects(self) -> dict[str, str]:
        files = map(_last, self._entries())
        return {file: now for file in files if file and (now := file_hash(self._root, file))}

    def _entries(self) -> list[Path]:
        with contextlib.suppress(OSError):
            return sorted(self._running.iterdir()) if self._running.is_dir() else [self._running]
        return []

    def _known(self) -> dict[str, str]:
        """The files in quarantine, each with the hash that it had; without one by an earlier version."""
        found = (QUARANTINED.fullmatch(line) for line in _lines(self._quarantine))
        return {match[2]: match[1] or "" for match in found if match}

    def _keep(self, known: Mapping[str, str]) -> None:
        """Write it, whole or not at all. Raises OSError."""
        if known == self._known():
            return
        beside = self._quarantine.with_name("quarantine.new")
        text = "".join(f"{digest} {file}".lstrip() + "\n" for file, digest in sorted(known.items()))
        beside.write_text(text, "utf-8", "surrogateescape")
        beside.replace(self._quarantine)


def _last(entry: Path) -> str:
    return ["", *_lines(entry)][-1]


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text("utf-8", "surrogateescape")
    except OSError:
        return []
    return [line for line in text.split("\n") if line]
