"""When to start an agent again that has ended. Pure."""

from dataclasses import dataclass

WINDOW = 60.0
"""Seconds over which restarts are counted."""
DELAYS = (0.0, 0.1, 0.5, 2.0, 5.0)
"""Seconds to wait before the first restart within the window, the second, ...; after the last: give up."""


@dataclass(frozen=True, slots=True)
class Restarts:
    """When an agent was restarted, on one clock."""

    times: tuple[float, ...] = ()

    def after_end(self, now: float) -> tuple[Restarts, float | None]:
        """An agent has ended: the history with its restart, and the seconds to wait; None if it is given up."""
        recent = tuple(time for time in self.times if now - time < WINDOW)
        if len(recent) >= len(DELAYS):
            return Restarts(recent), None
        return Restarts((*recent, now)), DELAYS[len(recent)]
