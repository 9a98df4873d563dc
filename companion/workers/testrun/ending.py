"""What a session comes to: whether it ran what it was to run, and why not.

This module also runs in the project's own Python (3.10 or later).
"""

from collections.abc import Callable

from companion.core.lanes import needs_process
from companion.messages import ItemFinished, Message, NeedsProcess, Prepare, RunItems
from companion.workers.testrun.complaint import Complaint, complaint

FINISHED = frozenset({0, 1, 5})
"""Exit codes of sessions that ran what they had collected, or collected nothing."""
INTERRUPTED, USAGE_ERROR = 2, 4


class Ending:
    """Of the session of one order; ``locate`` gives a path in the project by an absolute one."""

    def __init__(
        self, send: Callable[[Message], None], prepare: Prepare, order: RunItems, locate: Callable[[str], str]
    ) -> None:
        self._send, self._prepare, self._order, self._locate = send, prepare, order, locate

    def problem(self, exit_code: int, output: str, running: str) -> str:
        """Why the session could not run, or was stopped, as one sentence, or empty; a broken conftest is told.

        ``running`` is the item that was, if any; ``output`` is what pytest printed.
        """
        if exit_code in FINISHED:
            return ""
        reason = needs_process(output) if self._prepare.lane == "interpreter" else ""
        if reason:
            self._send(NeedsProcess(".", reason))
        found = complaint(output)
        path = self._locate(found.conftest) if found.conftest else ""
        if not path:
            return f"{found.message}, while {running} ran" if running else found.message
        self._send(self._broken(path, found, output))
        return f"{path} cannot be imported: {found.message}"

    def _broken(self, path: str, found: Complaint, output: str) -> ItemFinished:
        """A conftest that cannot be imported is an item."""
        return ItemFinished(
            generation=self._order.generation,
            id=path,
            outcome="error",
            seconds=0.0,
            lane=self._prepare.lane,
            message=found.message,
            path=path,
            line=found.line,
            frames=(),
            report=output[: self._prepare.largest_report],
            reports=("collect failed",),
        )
