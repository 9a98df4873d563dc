"""What cannot be read, collected: many troubles make one message, and one that has passed is taken back."""

from companion.messages import Status

SOURCE = "files"
"""What these statuses speak of."""
_NAMED = 3


class Complaints:
    """Paths that could not be read, each with its reason."""

    def __init__(self) -> None:
        self._open: dict[str, str] = {}
        self._told: dict[str, str] = {}

    def add(self, path: str, reason: str) -> None:
        """``path`` cannot be read now."""
        self._open[path] = reason

    def drop(self, path: str) -> None:
        """``path`` can be read, or is gone; harmless if it never was a trouble."""
        self._open.pop(path, None)

    def news(self) -> Status | None:
        """The status to send: None if it would say what the last one said."""
        if self._open == self._told:
            return None
        self._told = dict(self._open)
        if not self._told:
            return Status(SOURCE, "ok", "All files can be read again.")
        return Status(SOURCE, "warning", _sentence(self._told))


def _sentence(troubles: dict[str, str]) -> str:
    named = [f"{path or 'the project folder'} ({reason})" for path, reason in sorted(troubles.items())[:_NAMED]]
    more = [f"{len(troubles) - _NAMED} more"] if len(troubles) > _NAMED else []
    return (
        f"Not watched, because unreadable: {', '.join(named + more)}; allow reading, or ignore in [tool.companion]."
    )
