"""What pytest's session says at its end, as a status of its own. Pure."""

import re

from companion.messages import Status

SOURCE = "session"
OPEN = Status(SOURCE, "ok", "pytest's session has not ended yet")
"""All outcomes are known; what pytest itself will say is not."""
GOOD = Status(SOURCE, "ok", "pytest has nothing to add to its tests")
_BAD = re.compile(r"pytest ended with exit code (\d+)")


def bad(exit_code: int, said: str) -> Status:
    """The session ended with a code that no item explains."""
    because = f": {said}" if said else ""
    return Status(SOURCE, "error", f"pytest ended with exit code {exit_code} although no test failed{because}")


def exit_code(status: Status | None) -> int:
    """The code that this status tells of, or 0."""
    told = _BAD.match(status.message) if status is not None and status.health == "error" else None
    return int(told[1]) if told is not None else 0
