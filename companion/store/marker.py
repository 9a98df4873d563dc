"""Which test files have taken a whole engine along, remembered in ``.companion/`` across restarts."""

import contextlib
from pathlib import Path

REASON = "an engine ended while it ran"


class Marker:
    """The file that spares of the interpreter lane write what they run to, and the list of what was found in it."""

    def __init__(self, root: str) -> None:
        folder = Path(root, ".companion")
        self._running = folder / "running"
        self._quarantine = folder / "quarantine"

    @property
    def path(self) -> str:
        """For `Prepare.marker`; empty where the folder is missing, because it could not be made."""
        return str(self._running) if self._running.parent.is_dir() else ""

    def suspect(self) -> None:
        """The engine was told to end, perhaps by the test that is running: the next one will find it suspect."""
        running = _lines(self._running)
        if running:
            with contextlib.suppress(OSError), self._quarantine.open("a", encoding="utf-8") as out:
                out.writelines(f"{file}\n" for file in running)

    def take_suspects(self) -> None:
        """What the engine before this one ran when it ended goes into quarantine: once, at an engine's start."""
        known = self.quarantined() | set(_lines(self._running))
        with contextlib.suppress(OSError):
            self._quarantine.write_text("".join(f"{file}\n" for file in sorted(known)), "utf-8")
            self._running.write_text("", "utf-8")

    def quarantined(self) -> frozenset[str]:
        """Files that belong in the process lane."""
        return frozenset(_lines(self._quarantine))


def _lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text("utf-8").split("\n") if line]
    except OSError, UnicodeDecodeError:
        return []
