"""What pytest's session says at its end, as a status of its own. Pure."""

from companion.messages import SessionStatus, Status

SOURCE = "session"
OPEN = SessionStatus(SOURCE, "ok", "pytest's session has not ended yet", 0)
"""All outcomes are known; what pytest itself will say is not."""
GOOD = SessionStatus(SOURCE, "ok", "pytest's sessions have no complaint", 0)


def bad(exit_code: int, said: str) -> SessionStatus:
    """The session ended with a code that no item explains."""
    because = f": {said}" if said else ""
    text = f"pytest ended with exit code {exit_code} although no test failed{because}"
    return SessionStatus(SOURCE, "error", text, exit_code)


def exit_code(status: Status | None) -> int:
    """The code that this status tells of, or 0."""
    return status.exit_code if isinstance(status, SessionStatus) else 0
