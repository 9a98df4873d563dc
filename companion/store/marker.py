"""Which test files have taken a whole engine along, remembered in ``.companion/`` across restarts.

``running/`` holds an entry for each spare of the interpreter lane that runs something: a file named by the spare's
serial. The spare adds to it each test file that it turns to, one a line, and removes it when its session is over; so
the last line is what to suspect, wherever the process has ended. ``quarantine`` holds a line for each file that
belongs in the process lane: the hash of its content, a space, its path. ``told-to-end`` lists in the same way what
ran when somebody last told an engine to end. Any of them is missing where it cannot be written.
"""

import contextlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from companion.store.folder import file_hash

REASON = "an engine ended while it ran"
LISTED = re.compile(r"(?:([0-9a-f]{32}) )?(.+)")
"""Written without a hash by earlier versions, which also had one file ``running`` for all spares."""


class Marker:
    """What spares of the interpreter lane run, and the list of what was found there after an engine had ended."""

    def __init__(self, root: str) -> None:
        self._root = Path(root)
        self._running = self._root / ".companion" / "running"
        self._quarantine = self._root / ".companion" / "quarantine"
        self._told = self._root / ".companion" / "told-to-end"

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

    def suspect(self, spares: Iterable[int] | None = None) -> None:
        """What these spares run, or all of them, is to blame for the engine's end: it goes into quarantine."""
        entries = self._entries() if spares is None else [self._running / str(spare) for spare in spares]
        with contextlib.suppress(OSError):
            self._keep({**self._known(), **self._suspects(entries)})

    def told_to_end(self) -> None:
        """Somebody has told the engine to end: as a rule from outside, but it may be a test that is running.

        What runs goes into quarantine if it ran the last time, too, and has not changed since.
        """
        suspects = self._suspects(self._entries())
        before = _read(self._told)
        again = {file: digest for file, digest in suspects.items() if before.get(file) == digest}
        with contextlib.suppress(OSError):
            self._keep({**self._known(), **again})
            _write(self._told, suspects)

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
            self._keep({**known, **self._suspects(self._entries())})
            self.clear()  # only now: if this process ends meanwhile, the next finds them still

    def quarantined(self) -> frozenset[str]:
        """Files that belong in the process lane."""
        return frozenset(self._known())

    def _suspects(self, entries: Iterable[Path]) -> dict[str, str]:
        files = map(_last, entries)
        return {file: now for file in files if file and (now := file_hash(self._root, file))}

    def _entries(self) -> list[Path]:
        with contextlib.suppress(OSError):
            return sorted(self._running.iterdir()) if self._running.is_dir() else [self._running]
        return []

    def _known(self) -> dict[str, str]:
        """The files in quarantine, each with the hash that it had; without one by an earlier version."""
        return _read(self._quarantine)

    def _keep(self, known: Mapping[str, str]) -> None:
        """Write it, whole or not at all. Raises OSError."""
        if known != self._known():
            _write(self._quarantine, known)


def _read(path: Path) -> dict[str, str]:
    found = (LISTED.fullmatch(line) for line in _lines(path))
    return {match[2]: match[1] or "" for match in found if match}


def _write(path: Path, files: Mapping[str, str]) -> None:
    """Whole or not at all. Raises OSError."""
    beside = path.with_name(f"{path.name}.new")
    text = "".join(f"{digest} {file}".lstrip() + "\n" for file, digest in sorted(files.items()))
    beside.write_text(text, "utf-8", "surrogateescape")
    beside.replace(path)


def _last(entry: Path) -> str:
    return ["", *_lines(entry)][-1]


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text("utf-8", "surrogateescape")
    except OSError:
        return []
    return [line for line in text.split("\n") if line]
