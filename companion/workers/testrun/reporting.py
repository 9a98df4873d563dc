"""What pytest reports of an item, or of a file that cannot be collected, as a message.

This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from companion.messages import Frame, ItemFinished, Lane
from companion.workers.testrun.failure import frames_of, message_of, place_of, root_cause
from companion.workers.testrun.outcome import Report, fold

LOCATION = "_companion_location"
"""Attribute under which a report carries ``(message, path, line, frames)``; survives pytest's own serialising."""

Location = tuple[str, "int | None", str]
"""pytest's: the file, the line from zero on, the item's name in it."""


class Reporting:
    """``disk_reads`` takes what the item has read of the disk; see `ItemFinished`."""

    def __init__(
        self,
        generation: int,
        lane: Lane,
        largest: int,
        *,
        locate: Callable[[str], str],
        disk_reads: "Callable[[], tuple[str, ...]]",
    ) -> None:
        self._lane: Lane = lane
        self._generation, self._largest = generation, largest
        self._locate, self._disk_reads = locate, disk_reads

    def remember(self, outcome: Any, error: BaseException) -> None:
        """Keep where it failed with the report that is this hook's outcome."""
        with contextlib.suppress(Exception):  # the test's patches are still in place: anything may be a mock
            setattr(outcome.get_result(), LOCATION, self._location(error))

    def item(self, nodeid: str, location: Location, reports: "Sequence[Any]") -> ItemFinished:
        """What came of an item, from all its reports."""
        made = self._passed if all(map(_simply_passed, reports)) else self._finished
        return made(nodeid, location, reports)

    def collect_error(self, collector: Any, error: BaseException, report: Any) -> ItemFinished:
        """A module that cannot be imported is an item of its own, with outcome ``error``."""
        cause = root_cause(error)
        path, line = place_of(cause, self._locate)
        nodeid = report.nodeid or "."
        return ItemFinished(
            generation=self._generation,
            id=nodeid,
            outcome="error",
            seconds=0.0,
            lane=self._lane,
            message=message_of(cause),
            path=path or self._locate(str(getattr(collector, "path", ""))) or nodeid,
            line=line or 1,
            frames=frames_of(cause, self._locate),
            report=shorten(report.longreprtext, self._largest),
            reports=("collect failed",),
            disk_reads=self._disk_reads(),
        )

    def _passed(self, nodeid: str, location: Location, reports: "Sequence[Any]") -> ItemFinished:
        """What `_finished` makes of reports that have nothing to say, sooner: most items are like that."""
        path, line = defined_at(location)
        return ItemFinished(
            generation=self._generation,
            id=nodeid,
            outcome="passed",
            seconds=sum(report.duration for report in reports),
            lane=self._lane,
            message="",
            path=path,
            line=line,
            frames=(),
            report="",
            reports=(),
            disk_reads=self._disk_reads(),
        )

    def _finished(self, nodeid: str, location: Location, said: "Sequence[Any]") -> ItemFinished:
        reports = [self._report(report) for report in said]
        folded = fold(reports)
        cause = folded.decided_by
        text = "\n".join(report.text for report in reports if report.text and report.outcome == cause.outcome)
        path, line = defined_at(location)
        return ItemFinished(
            generation=self._generation,
            id=nodeid,
            outcome=folded.outcome,
            seconds=sum(report.seconds for report in reports),
            lane=self._lane,
            message=cause.message,
            path=cause.path or path,
            line=cause.line or line,
            frames=cause.frames,
            report=shorten(text, self._largest),
            reports=folded.labels,
            disk_reads=self._disk_reads(),
        )

    def _location(self, error: BaseException) -> "tuple[str, str, int, tuple[tuple[str, int, str], ...]]":
        path, line = place_of(error, self._locate)
        frames = tuple((f.path, f.line, f.text) for f in frames_of(error, self._locate))
        return message_of(error), path, line, frames

    def _report(self, report: Any) -> Report:
        message, path, line, frames = getattr(report, LOCATION, ("", "", 0, ()))
        failed = report.outcome == "failed"
        return Report(
            when="subtest" if type(report).__name__ == "SubtestReport" else report.when,
            outcome=report.outcome,
            expected_to_fail=hasattr(report, "wasxfail"),
            seconds=report.duration,
            message=message or _reason(report),
            path=path if failed else "",
            line=line if failed else 0,
            frames=tuple(Frame(*frame) for frame in frames) if failed else (),
            text=_full_report(report) if failed else "",
        )


def failures(reports: "Sequence[Any]") -> str:
    """The whole texts of those that failed."""
    return "\n".join(_full_report(report) for report in reports if report.outcome == "failed")


def _simply_passed(report: Any) -> bool:
    return report.outcome == "passed" and not hasattr(report, "wasxfail") and not hasattr(report, LOCATION)


def shorten(text: str, most: int) -> str:
    """The text, or its beginning and its end where it is longer than ``most`` characters."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}\n... {len(text) - most} characters left out ...\n{text[-(most // 2) :]}"


def _full_report(report: Any) -> str:
    sections = "".join(f"\n----- {name} -----\n{content}" for name, content in report.sections)
    return cast("str", report.longreprtext) + sections


def _reason(report: Any) -> str:
    """Why a test was skipped, or was expected to fail."""
    if getattr(report, "wasxfail", ""):
        return str(report.wasxfail)
    longrepr = getattr(report, "longrepr", None)
    if report.outcome == "skipped" and isinstance(longrepr, tuple):
        return str(cast("tuple[object, ...]", longrepr)[-1])
    return str(longrepr).strip().split("\n")[-1] if report.outcome == "failed" else ""


def defined_at(location: Location) -> "tuple[str, int]":
    """The file and the line, from one on."""
    return Path(location[0]).as_posix(), (location[1] or 0) + 1
