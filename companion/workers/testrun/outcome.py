"""One item, several reports: what came of it.

pytest reports set-up, call, each subtest and teardown on their own, and the last is not the outcome: after a failed
subtest the call itself may say passed. Pure; also runs in the project's own Python (3.10 or later).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile
from typing import Any, cast

from companion.messages import Frame, Outcome

SUBTEST = "subtest"
"""In the place of the phase in which a subtest was run."""
COUNTED = re.compile(r"contains \d+ failed subtests?")
"""What pytest says of a call in which nothing else has failed."""
MOST_LISTED = 100
"""Subtests of one item that are listed one by one."""


@dataclass(frozen=True, slots=True)
class Report:
    """One of pytest's reports of an item; ``path`` and ``line`` are where it failed.

    ``about`` are a subtest's message and parameters in pytest's own words, as ``[even] (i=3)``; else empty.
    """

    when: str
    outcome: str
    expected_to_fail: bool
    seconds: float
    message: str
    path: str
    line: int
    frames: tuple[Frame, ...]
    about: str = ""

    @property
    def said(self) -> str:
        """The message, and which subtest says so."""
        return ": ".join(filter(None, (self.about, self.message)))

    @property
    def label(self) -> str:
        """``call failed``, ``subtest [even] (i=3) failed``, ..."""
        outcome = _kind(self) if self.about else self.outcome
        return " ".join(filter(None, (self.when, self.about, outcome)))


@dataclass(frozen=True, slots=True)
class Folded:
    """An item's outcome, the report that decided it, and what that says, in one line with how many others failed.

    ``labels`` are what each said, where they differ; of subtests only those that did not pass.
    """

    outcome: Outcome
    decided_by: Report
    message: str
    labels: tuple[str, ...]


def final(reports: "Sequence[Any]") -> "Sequence[Any]":
    """pytest's reports without those of attempts that were given up; empty if a further attempt is to follow.

    Whoever runs an item again reports the failure as ``rerun``. What an attempt's phases say may come after all that
    its subtests do.
    """
    given_up = [at for at, report in enumerate(reports) if report.outcome == "rerun"]
    if not given_up:
        return reports
    rest = tuple(dropwhile(lambda report: report.when == "teardown", reports[given_up[-1] + 1 :]))
    return rest if any(report.when == "setup" for report in rest) else ()


def fold(reports: Sequence[Report]) -> Folded:
    """The outcome of an item from all its reports (at least one), in the order in which they came."""
    failed = [report for report in reports if report.outcome == "failed"]
    if failed:
        first = failed[0]
        outcome: Outcome = "error" if first.when == "setup" else "failed"
        return Folded(outcome, first, first.said + _others(failed), _labels(reports, first))
    decisive = _decisive(reports)
    differ = any(r.outcome != decisive.outcome for r in reports if r.when == SUBTEST)
    return Folded(_kind(decisive), decisive, decisive.said, _labels(reports, decisive) if differ else ())


def _others(failed: Sequence[Report]) -> str:
    """How many failed beside the first."""
    number = len([report for report in failed if not COUNTED.fullmatch(report.message)]) - 1
    return f" (and {number} more failure{'s' * (number > 1)})" if number > 0 else ""


def _labels(reports: Sequence[Report], decisive: Report) -> "tuple[str, ...]":
    """With their messages, where the item's own does not say it."""
    subtests = [report for report in reports if report.when == SUBTEST and report.outcome != "passed"]
    left_out = {id(report) for report in subtests[MOST_LISTED:]}
    told = [r for r in reports if r.when != SUBTEST or r.outcome != "passed"]
    labels = [_label(report, decisive) for report in told if id(report) not in left_out]
    return (*labels, f"{len(left_out)} more subtests") if left_out else tuple(labels)


def _label(report: Report, decisive: Report) -> str:
    beside = report is not decisive and (report.when == SUBTEST or report.outcome == "failed")
    said = report.message.removeprefix("Skipped: ").removeprefix("XFailed: ")  # the label says so
    return f"{report.label}: {said}" if beside and said and not COUNTED.fullmatch(said) else report.label


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
