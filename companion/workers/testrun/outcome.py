"""One item, several reports: what came of it.

pytest reports set-up, call, each subtest and teardown on their own, and the last is not the outcome: after a failed
subtest the call itself may say passed. Pure; also runs in the project's own Python (3.10 or later).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from companion.messages import Frame, Outcome


@dataclass(frozen=True, slots=True)
class Report:
    """One of pytest's reports of an item; ``path`` and ``line`` are where it failed."""

    when: str
    outcome: str
    expected_to_fail: bool
    seconds: float
    message: str
    path: str
    line: int
    frames: tuple[Frame, ...]
    text: str

    @property
    def label(self) -> str:
        """``call failed``, ``subtest passed``, ..."""
        return f"{self.when} {self.outcome}"


@dataclass(frozen=True, slots=True)
class Folded:
    """An item's outcome, and the report that decided it."""

    outcome: Outcome
    decided_by: Report
    labels: tuple[str, ...]


def fold(reports: Sequence[Report]) -> Folded:
    """The outcome of an item from all its reports (at least one), in the order in which they came."""
    failed = [report for report in reports if report.outcome == "failed"]
    labels = tuple(report.label for report in reports)
    if failed:
        first = failed[0]
        outcome: Outcome = "error" if first.when == "setup" else "failed"
        return Folded(outcome, first, labels)
    decisive = _decisive(reports)
    shown = labels if any(r.outcome != decisive.outcome for r in reports if r.when == "subtest") else ()
    return Folded(_kind(decisive), decisive, shown)


def _decisive(reports: Sequence[Report]) -> Report:
    """Nothing failed: the set-up that skipped, else the call."""
    for report in reports:
        if report.when in ("setup", "call") and (report.outcome == "skipped" or report.expected_to_fail):
            return report
    calls = [report for report in reports if report.when == "call"]
    return calls[-1] if calls else reports[-1]


def _kind(report: Report) -> Outcome:
    if report.expected_to_fail:
        return "xfailed" if report.outcome == "skipped" else "xpassed"
    return cast("Outcome", report.outcome)
