"""pytest's terminal reporter without what it writes of items that pass; nobody reads that here.

It stays what plugins look up, and its statistics are the same. A reporter of another class is left alone, and so is
pytest's own where a plugin or a conftest has a say in what a report counts as.
This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

from typing import Any

import pytest
from _pytest.terminal import TerminalReporter


def quieten(config: Any) -> None:
    """Once all conftests are loaded, before the first item runs."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if type(reporter) is not TerminalReporter or _has_others(config.hook.pytest_report_teststatus):
        return
    quiet = Quiet(reporter)
    for name in ("pytest_runtest_logstart", "pytest_runtest_logreport", "pytest_runtest_logfinish"):
        for implementation in getattr(config.hook, name).get_hookimpls():
            if implementation.plugin is reporter:  # in its place among the others
                implementation.function = getattr(quiet, name)


class Quiet:
    """In the place of a reporter's hooks."""

    def __init__(self, reporter: Any) -> None:
        self._reporter = reporter
        self._write = reporter.pytest_runtest_logreport
        self._plain = True

    def pytest_runtest_logstart(self, *_: object) -> None:
        """Where pytest writes the file's or the item's name."""
        self._plain = True

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A report counts as what pytest's own hooks would say that it is, if that needs no asking."""
        if type(report) is not pytest.TestReport or not report.passed or hasattr(report, "wasxfail"):
            self._plain = False  # subtests change what their item counts as
        if self._plain:
            self._reporter._tests_ran = True
            self._reporter._add_stats("passed" if report.when == "call" else "", [report])
        else:
            self._write(report)

    def pytest_runtest_logfinish(self, *_: object) -> None:
        """Where pytest writes how far it has come."""


def _has_others(hook: Any) -> bool:
    plugins = [implementation.plugin for implementation in hook.get_hookimpls()]
    return any(not (getattr(p, "__name__", None) or type(p).__module__).startswith("_pytest.") for p in plugins)
