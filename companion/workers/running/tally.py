"""Counting a run's outcomes. Pure."""

from companion.core.board import RED
from companion.messages import ItemFinished, RunFinished


class Tally:
    """The last outcome of each item counts."""

    def __init__(self) -> None:
        self._outcomes: dict[str, str] = {}

    def add(self, message: ItemFinished) -> None:
        """Count this item; a later result of it replaces this one."""
        self._outcomes[message.id] = message.outcome

    @property
    def counted(self) -> int:
        """How many items there are."""
        return len(self._outcomes)

    def forget(self, node_id: str) -> None:
        """This item runs again, if it is still there."""
        self._outcomes.pop(node_id, None)

    def finished(
        self,
        generation: int,
        *,
        selected: int,
        seconds: float,
        unfinished: tuple[str, ...],
        cancelled: bool,
        stopped: int,
        problem: str,
        deselected: int = 0,
    ) -> RunFinished:
        """The run's end, with the exit code that pytest would give; ``stopped``: that of a session which a test ended
        itself, or 0."""
        outcomes = list(self._outcomes.values())
        return RunFinished(
            generation=generation,
            selected=max(selected, len(outcomes)),
            passed=outcomes.count("passed"),
            failed=outcomes.count("failed"),
            errors=outcomes.count("error"),
            skipped=outcomes.count("skipped"),
            seconds=seconds,
            cancelled=cancelled,
            exit_code=self._exit_code(stopped=2 if cancelled else stopped, problem=problem),
            unfinished=unfinished,
            problem=problem,
            xfailed=outcomes.count("xfailed"),
            xpassed=outcomes.count("xpassed"),
            deselected=deselected,
        )

    def _exit_code(self, *, stopped: int, problem: str) -> int:
        if stopped:
            return stopped
        if RED & set(self._outcomes.values()):
            return 1
        if problem:
            return 4
        return 0 if self._outcomes else 5
