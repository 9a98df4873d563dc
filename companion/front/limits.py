"""How much a terminal is asked to show."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Above each of these the rest is a count."""

    detailed: int = 10
    """Failures shown with their source."""
    brief: int = 20
    """Further failures, or earlier ones, shown in one line each."""
    same: int = 5
    """Further failures with the same cause, shown in one line each."""
    around: int = 3
    """Lines of source before and after the failing one."""
    explanation: int = 16
    """Lines of pytest's explanation of one failure."""
    output: int = 10
    """Last lines of each captured output of one failure."""
    frames: int = 6
    """Innermost calls in the project that led to a failure."""
    reasons: int = 40
    """Lines of why tests were selected."""
    live: int = 4
    """Lines of failures under the progress bar, and of statuses."""


LIMITS = Limits()
