"""The pytest plugin of a spare: every hook becomes a message, nothing is printed.

This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, cast

import pytest

from companion.core.lanes import CLAUSE, needs_process
from companion.messages import (
    Collected,
    Frame,
    Importing,
    ItemFinished,
    ItemStarted,
    Lane,
    Message,
    NeedsProcess,
    Prepare,
    Reached,
    Release,
    Released,
    RunItems,
)
from companion.workers.testrun.alone import keep_alone
from companion.workers.testrun.contained import contain, contain_collecting
from companion.workers.testrun.debugger import never_ask
from companion.workers.testrun.failure import frames_of, full_text, message_of, place_of, root_cause
from companion.workers.testrun.outcome import Report, fold
from companion.workers.testrun.overlays_marks import Marks
from companion.workers.testrun.quiet import quieten
from companion.workers.testrun.sharing import ties_of, undivided

CAPTURING = frozenset({"capfd", "capfdbinary"})
"""Fixtures that redirect descriptors."""
LOCATION = "_companion_location"
"""Attribute under which a report carries ``(message, path, line, frames)``; survives pytest's own serialising."""

Location = tuple[str, "int | None", str]
"""pytest's: the file, the line from zero on, the item's name in it."""


class Streaming:
    """Sends what the session does; ``configured`` is called before any test is imported, ``cancelled`` asked between
    two items, ``releases`` looked at, ``over`` called when an item or the import of a file is over (in the
    interpreter lane).
    """

    def __init__(
        self,
        send: Callable[[Message], None],
        *,
        prepare: Prepare,
        order: RunItems,
        locate: Callable[[str], str],
        configured: Callable[[], None],
        cancelled: Callable[[], bool],
        releases: "list[Release]",
        marks: Marks,
        over: Callable[[str], None],
        shared_descriptors: bool,
    ) -> None:
        self._send = send
        self._marks = marks
        self._overlaid = bool(order.overlays)
        self._generation = order.generation
        self._lane: Lane = prepare.lane
        self._locate = locate
        self._deselect = frozenset(order.deselect)
        self._first = frozenset(order.first)
        self._left_out, self._only = frozenset(order.left_out), frozenset(order.only)
        self._largest = prepare.largest_report
        self._marker = prepare.marker
        self.marked = self._imported = self._running = ""
        self._reached: dict[tuple[str, str], bool] = {}
        self._configured = configured
        self._cancelled = cancelled
        self._releases = releases
        self._begun = 0
        self._over = over if prepare.lane == "interpreter" else _ignore
        self._capturing = CAPTURING if shared_descriptors else frozenset[str]()
        self._reports: dict[str, list[Any]] = {}
        self._session: Any = None
        self.folders: tuple[str, ...] = ()
        self.modules: frozenset[str] = frozenset()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_cmdline_main(self, config: Any) -> "Generator[None]":
        """Before other plugins act on the options."""
        keep_alone(config)
        never_ask(config)
        yield

    def pytest_sessionstart(self, session: Any) -> None:
        """Remember what can be stopped."""
        self._session = session
        if self._overlaid:
            session.config.pluginmanager.register(self._marks)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """pytest knows its plugins and what it was asked for."""
        self._configured()

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> "bool | None":
        """Files that other sessions of the same run see to. A package's own file is part of its package's node."""
        if not self._left_out and not self._only:
            return None
        if collection_path.name == "__init__.py" or collection_path.is_dir():
            return None
        return self._is_elsewhere(self._locate(str(collection_path))) or None

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: Any) -> "Generator[None, Any, None]":
        """A module that cannot be imported is an item of its own, with outcome ``error``."""
        contain_collecting(collector)
        outcome = yield
        report = outcome.get_result()
        call = getattr(report, "call", None)
        failed = report.outcome == "failed" and not (_is_module(collector) and self._is_elsewhere(report.nodeid))
        if failed and call is not None and call.excinfo is not None:
            self._collect_error(collector, call.excinfo.value, report)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: Any, items: "list[Any]") -> None:
        """Leave out exactly the ids that were named (pytest's own ``--deselect`` takes prefixes); some go first.

        Also those of other sessions' files: what pytest is told to collect by path, it never ignores.
        """
        gone = [i for i in items if i.nodeid in self._deselect or self._is_elsewhere(_file(i.nodeid))]
        if gone:
            without = set(gone)
            items[:] = [item for item in items if item not in without]
            config.hook.pytest_deselected(items=gone)
        if self._first:
            items.sort(key=lambda item: _file(item.nodeid) not in self._first)  # the order is kept otherwise

    def pytest_collectstart(self, collector: Any) -> None:
        """To import a test file may take the engine along, or never end, as well as to run it."""
        if _is_module(collector):
            self._importing(_file(collector.nodeid))
        elif not isinstance(collector, pytest.Class):  # a folder, whose conftest comes first
            self._importing("")

    @pytest.hookimpl(trylast=True)
    def pytest_collectreport(self, report: Any) -> None:
        """A file has been imported."""
        self._over(report.nodeid or ".")

    def pytest_collection_finish(self, session: Any) -> None:
        """Tell what will run. pytest takes its ``pythonpath`` off again at the end: remember it now.

        Remember also what has been imported so far: tests may import for a purpose.
        """
        self._imported = ""
        self.mark("")
        self.folders = tuple(folder for folder in sys.path if folder)
        self.modules = frozenset(sys.modules)
        self._send(
            Collected(
                self._generation,
                tuple(item.nodeid for item in session.items),
                tuple(session.config.getini("python_files")),
                tuple(session.config.getini("testpaths")),
                len(self._deselect),
                ties_of(session.items),
                undivided(session.config),
            )
        )
        for item in session.items:
            for fixture in self._capturing.intersection(getattr(item, "fixturenames", ())):
                self._send(NeedsProcess(item.nodeid, f"{fixture} {CLAUSE}"))
        quieten(session.config)
        if self._cancelled():
            session.items.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self) -> None:
        """The next item of the session begins; it may be the same one once more."""
        self._begun += 1

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Tell what is running now."""
        self._reports[nodeid] = []
        self._running = _file(nodeid)
        self.mark(self._running)
        self._send(ItemStarted(self._generation, nodeid))

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> "Generator[None, Any, None]":
        """No test ends the session: around all that other plugins do."""
        contain((yield))

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> "Generator[None, Any, None]":
        """As `pytest_runtest_setup`."""
        contain((yield))

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> "Generator[None, Any, None]":
        """As `pytest_runtest_setup`."""
        contain((yield))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, call: Any) -> "Generator[None, Any, None]":
        """Keep where it failed with the report, while the exception is at hand."""
        outcome = yield
        if call.excinfo is not None:
            with contextlib.suppress(Exception):  # the test's patches are still in place: anything may be a mock
                setattr(outcome.get_result(), LOCATION, self._location(call.excinfo.value))

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Gather the reports of one item."""
        self._reports.setdefault(report.nodeid, []).append(report)

    def pytest_runtest_logfinish(self, nodeid: str, location: Location) -> None:
        """All reports are there: the item's outcome goes out. Between two items is where a session can stop."""
        reports = self._reports.pop(nodeid, [])
        if reports and not any(report.outcome == "rerun" for report in reports):  # else a further attempt follows
            finished = self._passed if all(map(_simply_passed, reports)) else self._finished
            self._send(finished(nodeid, location, reports))
        self._tell_reached()
        self._over(nodeid)
        if self._cancelled() and self._session is not None:
            self._session.shouldstop = "cancelled"
        while self._releases:
            self._release(self._releases.pop(0).files)

    def pytest_sessionfinish(self) -> None:
        """Nothing runs any more."""
        self._tell_reached()
        self._running = ""
        self.mark("")

    def _is_elsewhere(self, file: str) -> bool:
        """Whether other sessions of the same run see to this file."""
        return file in self._left_out or (bool(self._only) and file not in self._only)

    def refused(self, reason: str) -> None:
        """An extension refuses to load. Whoever asks for it later is not heard of, so this concerns all files."""
        self._send(NeedsProcess(".", reason))

    def touched(self, reason: str) -> None:
        """The file that is running touched what is the whole process's."""
        self._send(NeedsProcess(self._running or ".", reason))

    def _release(self, files: "tuple[str, ...]") -> None:
        """Leave out what has not begun of these files. The next item is as good as begun: its fixtures are kept."""
        items = self._session.items
        begun = {_file(item.nodeid) for item in items[: self._begun + 1]}
        given_up = set(files) - begun
        gone = [item.nodeid for item in items if _file(item.nodeid) in given_up]
        items[:] = [item for item in items if _file(item.nodeid) not in given_up]
        self._send(Released(tuple(gone)))

    def reached(self, reason: str) -> None:
        """The file that is running, or imported, reached outside; in whatever thread that was."""
        self._reached.setdefault((self._running or self._imported, reason), True)

    def _tell_reached(self) -> None:
        for (file, reason), is_news in list(self._reached.items()):
            if is_news and file:
                self._send(Reached(file, reason))
            self._reached[file, reason] = False

    def _importing(self, file: str) -> None:
        if self._lane == "process" and file != self._imported:
            self._imported = file
            self._send(Importing(self._generation, file))
        self.mark(file)

    def mark(self, file: str) -> None:
        """Written before this file is imported, and before its first item runs: what is sent then may not arrive.

        See `companion.store.marker`; empty: what was begun has ended.
        """
        if file == self.marked or not self._marker:
            return
        self.marked = file
        with contextlib.suppress(OSError):
            if not file:
                os.unlink(self._marker)  # noqa: PTH108 - quicker, for each file
                return
            with open(self._marker, "a", encoding="utf-8", errors="surrogateescape") as out:  # noqa: PTH123
                out.write(f"{file}\n")

    def _passed(self, nodeid: str, location: Location, reports: "list[Any]") -> ItemFinished:
        """What `_finished` makes of reports that have nothing to say, sooner: most items are like that."""
        return ItemFinished(
            generation=self._generation,
            id=nodeid,
            outcome="passed",
            seconds=sum(report.duration for report in reports),
            lane=self._lane,
            message="",
            path=_module_path(location[0]),
            line=(location[1] or 0) + 1,
            frames=(),
            report="",
            reports=(),
            disk_reads=self._marks.take(),
        )

    def _finished(self, nodeid: str, location: Location, said: "list[Any]") -> ItemFinished:
        reports = [self._report(report) for report in said]
        folded = fold(reports)
        cause = folded.decided_by
        if folded.outcome in ("failed", "error"):
            self._notice(nodeid, "\n".join(report.text for report in reports))
        text = "\n".join(report.text for report in reports if report.text and report.outcome == cause.outcome)
        return ItemFinished(
            generation=self._generation,
            id=nodeid,
            outcome=folded.outcome,
            seconds=sum(report.seconds for report in reports),
            lane=self._lane,
            message=cause.message,
            path=cause.path or _module_path(location[0]),
            line=cause.line or (location[1] or 0) + 1,
            frames=cause.frames,
            report=shorten(text, self._largest),
            reports=folded.labels,
            disk_reads=self._marks.take(),
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

    def _collect_error(self, collector: Any, error: BaseException, report: Any) -> None:
        cause = root_cause(error)
        path, line = place_of(cause, self._locate)
        nodeid = report.nodeid or "."
        self._notice(nodeid, full_text(cause))
        self._send(
            ItemFinished(
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
                disk_reads=self._marks.take(),
            )
        )

    def _notice(self, nodeid: str, text: str) -> None:
        reason = needs_process(text) if self._lane == "interpreter" else ""
        if reason:
            self._send(NeedsProcess(nodeid, reason))


def _simply_passed(report: Any) -> bool:
    return report.outcome == "passed" and not hasattr(report, "wasxfail") and not hasattr(report, LOCATION)


def _ignore(_: str) -> None: ...


def _is_module(collector: Any) -> bool:
    return isinstance(collector, pytest.Module) and not isinstance(collector, pytest.Package)


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


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


def _module_path(path: str) -> str:
    return Path(path).as_posix()
