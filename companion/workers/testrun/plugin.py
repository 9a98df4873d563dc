"""The pytest plugin of a spare: every hook becomes a message, nothing is printed.

What is run is decided in `choosing`, what is said of it in `reporting`; `whereabouts` knows what is under way.
This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

import sys
from collections.abc import Callable, Generator
from typing import Any, Union

import pytest

from companion.core.lanes import CLAUSE, needs_process
from companion.messages import (
    Collected,
    ItemStarted,
    Message,
    NeedsProcess,
    Prepare,
    Release,
    Released,
    RunItems,
)
from companion.workers.testrun.alone import keep_alone
from companion.workers.testrun.choosing import Choosing, file_of
from companion.workers.testrun.contained import Contained, contain_collecting
from companion.workers.testrun.debugger import never_ask
from companion.workers.testrun.failure import full_text, root_cause
from companion.workers.testrun.outcome import final
from companion.workers.testrun.overlays_marks import Marks
from companion.workers.testrun.quiet import quieten
from companion.workers.testrun.reporting import Location, Reporting, defined_at, failures, keep_parameters
from companion.workers.testrun.sharing import ties_of, undivided
from companion.workers.testrun.tracing_plugin import Following
from companion.workers.testrun.tracing_values import FollowingValues
from companion.workers.testrun.whereabouts import Whereabouts

CAPTURING = frozenset({"capfd", "capfdbinary"})
"""Fixtures that redirect descriptors."""


class Streaming:
    """Sends what the session does.

    ``configured`` is called before any test is imported, ``over`` when an item or the import of a file is over (in
    the interpreter lane); between two items ``cancelled`` is asked, and ``releases`` are looked at. ``running`` is
    the item that is under way, whatever hook that is in; ``following`` traces what it does, if that is asked for.
    """

    def __init__(  # noqa: PLR0913 - all that a session has of its spare
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
        following: "Union[Following, FollowingValues, None]" = None,
        settle: Callable[[], None],
    ) -> None:
        self._send, self._generation, self._lane = send, order.generation, prepare.lane
        self.whereabouts = Whereabouts(send, prepare, order.generation, order.ledger)
        self._choosing = Choosing(order, locate, settle)
        self._reporting = Reporting(
            order.generation, prepare.lane, prepare.largest_report, locate=locate, disk_reads=marks.take
        )
        self._beside: list[object] = [self._choosing, Contained(), *([marks] if order.overlays else [])]
        self._beside += [following] if following is not None else []
        self._following = following
        self._configured, self._cancelled, self._releases = configured, cancelled, releases
        self._over = over if prepare.lane == "interpreter" else _ignore
        self._capturing = CAPTURING if shared_descriptors else frozenset[str]()
        self._reports: dict[str, list[Any]] = {}
        self._session: Any = None
        self.running = ""
        self.folders: tuple[str, ...] = ()
        self.modules: frozenset[str] = frozenset()

    def accept(self, order: RunItems) -> None:
        """The order has come: somebody waits for it from now on."""
        self._choosing.accept(order)
        self.whereabouts.ledger.begin()

    def pytest_addoption(self, parser: Any) -> None:
        """An interpreter does without pytest's faulthandler, but a project may have settings for it."""
        if self._lane == "interpreter":
            for name in ("faulthandler_timeout", "faulthandler_exit_on_timeout"):
                parser.addini(name, "of no effect in an interpreter")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_cmdline_main(self, config: Any) -> "Generator[None]":
        """Before other plugins act on the options."""
        keep_alone(config)
        never_ask(config)
        yield

    def pytest_sessionstart(self, session: Any) -> None:
        """Remember what can be stopped."""
        self._session = session
        for plugin in self._beside:
            session.config.pluginmanager.register(plugin)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """pytest knows its plugins and what it was asked for."""
        self._configured()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: Any) -> "Generator[None, Any, None]":
        """A module that cannot be imported is an item of its own, with outcome ``error``."""
        contain_collecting(collector)
        outcome = yield
        report = outcome.get_result()
        call = getattr(report, "call", None)
        elsewhere = _is_module(collector) and self._choosing.is_elsewhere(report.nodeid)
        if report.outcome == "failed" and not elsewhere and call is not None and call.excinfo is not None:
            error = call.excinfo.value
            self._notice(report.nodeid or ".", lambda: full_text(root_cause(error)))
            self._send(self._reporting.collect_error(collector, error, report))

    def pytest_collectstart(self, collector: Any) -> None:
        """To import a test file may take the engine along, or never end, as well as to run it."""
        if _is_module(collector):
            self.whereabouts.importing(file_of(collector.nodeid))
        elif not isinstance(collector, pytest.Class):  # a folder, whose conftest comes first
            self.whereabouts.importing("")

    @pytest.hookimpl(trylast=True)
    def pytest_collectreport(self, report: Any) -> None:
        """A file has been imported."""
        self._over(report.nodeid or ".")

    def pytest_collection_finish(self, session: Any) -> None:
        """Tell what will run. pytest takes its ``pythonpath`` off again at the end: remember it now.

        Remember also what has been imported so far: tests may import for a purpose.
        """
        self.whereabouts.running("")
        self.folders = tuple(folder for folder in sys.path if folder)
        self.modules = frozenset(sys.modules)
        self._send(
            Collected(
                self._generation,
                tuple(item.nodeid for item in session.items),
                tuple(session.config.getini("python_files")),
                tuple(session.config.getini("testpaths")),
                self._choosing.deselected,
                ties_of(session.items),
                undivided(session.config),
                self._choosing.left,
            )
        )
        for item in session.items:
            for fixture in self._capturing.intersection(getattr(item, "fixturenames", ())):
                self._send(NeedsProcess(item.nodeid, f"{fixture} {CLAUSE}"))
        quieten(session.config)
        if self._cancelled():
            session.items.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: Any) -> None:
        """Others may end the session before they say that an item starts."""
        self.running = item.nodeid
        if self._following is not None:
            self._following.meet(item)

    def pytest_runtest_logstart(self, nodeid: str, location: Location) -> None:
        """Tell what is running now."""
        if self._following is not None:
            self._following.begin(nodeid)
        self._reports[nodeid] = []
        self.whereabouts.running(file_of(nodeid))
        self._send(ItemStarted(self._generation, nodeid, *defined_at(location)))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> "Generator[None]":
        """What a fixture does for a whole session, or a package, is not its first test's doing."""
        before, self.whereabouts.shared = self.whereabouts.shared, fixturedef.scope in ("session", "package")
        yield
        self.whereabouts.shared = before

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, call: Any) -> "Generator[None, Any, None]":
        """Keep where it failed with the report, while the exception is at hand."""
        outcome = yield
        if call.excinfo is not None:
            self._reporting.remember(outcome, call.excinfo.value)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Gather the reports of one item."""
        keep_parameters(report)
        self._reports.setdefault(report.nodeid, []).append(report)

    def pytest_runtest_logfinish(self, nodeid: str, location: Location) -> None:
        """All reports are there: the item's outcome goes out. Between two items is where a session can stop."""
        if self._following is not None:
            self._following.end()
        reports = final(self._reports.pop(nodeid, []))
        if reports:
            self._notice(nodeid, lambda: failures(reports))
            self._send(self._reporting.item(nodeid, location, reports))
        self.running = ""
        self.whereabouts.tell_reached()
        self._over(nodeid)
        if self._cancelled() and self._session is not None:
            self._session.shouldstop = "cancelled"
        while self._releases and self._session is not None:
            self._send(Released(self._choosing.release(self._session.items, self._releases.pop(0).files)))

    def pytest_sessionfinish(self) -> None:
        """Nothing runs any more."""
        self.whereabouts.tell_reached()
        self.whereabouts.running("")

    def _notice(self, nodeid: str, text: "Callable[[], str]") -> None:
        """In an interpreter: what failed may say that it needs a process."""
        reason = needs_process(text()) if self._lane == "interpreter" else ""
        if reason:
            self._send(NeedsProcess(nodeid, reason))


def _ignore(_: str) -> None: ...


def _is_module(collector: Any) -> bool:
    return isinstance(collector, pytest.Module) and not isinstance(collector, pytest.Package)
