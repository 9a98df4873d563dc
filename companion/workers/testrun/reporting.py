"""What pytest reports of an item, or of a file that cannot be collected, as a message.

This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from companion.messages import Frame, ItemFinished, Lane
from companion.workers.testrun.doctests import FailedExample, failed_example
from companion.workers.testrun.failure import frames_of, message_of, place_of, root_cause
from companion.workers.testrun.outcome import SUBTEST, Report, fold

LOCATION = "_companion_location"
"""Attribute under which a report carries ``(message, path, line, frames)``; survives pytest's own serialising."""
PARAMETERS = "_companion_parameters"
"""Attribute under which a subtest's report carries how pytest names it."""
MOST_OF_PARAMETERS = 500
"""Characters of that; a parameter may be of any size."""

Location = tuple[str, "int | None", str]
"""pytest's: the file, the line from zero on, the item's name in it."""
Found = tuple[str, str, int, "tuple[tuple[str, int, str], ...]"]
"""What `LOCATION` names."""


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
            report = outcome.get_result()
            example = failed_example(error)
            found = self._location(error) if example is None else self._location_of_example(example)
            setattr(report, LOCATION, (_own_words(report) or found[0], *found[1:]))

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
        path, line = defined_at(location)
        return ItemFinished(
            generation=self._generation,
            id=nodeid,
            outcome=folded.outcome,
            seconds=sum(report.seconds for report in reports),
            lane=self._lane,
            message=folded.message,
            path=cause.path or path,
            line=cause.line or line,
            frames=cause.frames,
            report=shorten(failures(said), self._largest),
            reports=folded.labels,
            disk_reads=self._disk_reads(),
        )

    def _location(self, error: BaseException) -> Found:
        path, line = place_of(error, self._locate)
        frames = tuple((f.path, f.line, f.text) for f in frames_of(error, self._locate))
        return message_of(error), path, line, frames

    def _location_of_example(self, example: FailedExample) -> Found:
        """Where it failed, or in the code that it called."""
        path, line = self._locate(example.path), example.line
        here = ((path, line, example.source),) if path and line else ()
        if example.cause is not None:
            _, deeper, its_line, frames = self._location(example.cause)
            return example.message, deeper or path, its_line if deeper else line, (*here, *frames)
        return example.message, path, line, here

    def _report(self, report: Any) -> Report:
        message, path, line, frames = getattr(report, LOCATION, ("", "", 0, ()))
        failed = report.outcome == "failed"
        return Report(
            when=SUBTEST if _is_subtest(report) else report.when,
            outcome=report.outcome,
            expected_to_fail=hasattr(report, "wasxfail"),
            seconds=report.duration,
            message=message or _reason(report),
            path=path if failed else "",
            line=line if failed else 0,
            frames=tuple(Frame(*frame) for frame in frames) if failed else (),
            about=_about(report),
        )


def keep_parameters(report: Any) -> None:
    """A subtest's message and parameters in pytest's words, as ``[even] (i=3)``, as long as they are what they were.

    pytest-subtests, and pytest 9.0, keep the objects themselves.
    """
    if _is_subtest(report) and report.outcome != "passed":
        with contextlib.suppress(Exception):  # of the test's own making
            words = cast("str", report.head_line).removeprefix(f"{report.location[2]} ")
            setattr(report, PARAMETERS, shortened(" ".join(words.splitlines()), MOST_OF_PARAMETERS))


def failures(reports: "Sequence[Any]") -> str:
    """The whole texts of those that failed, and what was captured; each under a heading if there are several."""
    failed = [report for report in reports if report.outcome == "failed"]
    texts = [_headed(report) if len(failed) > 1 else cast("str", report.longreprtext) for report in failed]
    sections = (f"\n----- {name} -----\n{content}" for report in failed for name, content in report.sections)
    return "\n".join(texts) + "".join(dict.fromkeys(sections))  # later reports repeat those of earlier ones


def _simply_passed(report: Any) -> bool:
    return report.outcome == "passed" and not hasattr(report, "wasxfail") and not hasattr(report, LOCATION)


def shorten(text: str, most: int) -> str:
    """The text, or its beginning and its end where it is longer than ``most`` characters."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}\n... {len(text) - most} characters left out ...\n{text[-(most // 2) :]}"


def shortened(line: str, most: int) -> str:
    """The line, or its beginning where it is longer than ``most`` characters."""
    return line if len(line) <= most else line[: most - 3] + "..."


def _headed(report: Any) -> str:
    return f"_____ {_about(report) or report.when} _____\n{report.longreprtext}"


def _is_subtest(report: Any) -> bool:
    """pytest's own, or those of pytest-subtests for a pytest older than 9."""
    return type(report).__name__ in ("SubtestReport", "SubTestReport")


def _about(report: Any) -> str:
    return str(getattr(report, PARAMETERS, ""))


def _own_words(report: Any) -> str:
    """What the item itself makes of its failure, as those of custom collectors do: the first line."""
    longrepr = report.longrepr
    return next(iter(longrepr.strip().splitlines()), "") if isinstance(longrepr, str) else ""


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
