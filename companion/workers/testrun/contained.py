"""What would end pytest's session, raised by one test or one file: that test fails, that file cannot be collected.

``pytest.exit``, KeyboardInterrupt, a debugger's prompt that nobody answers, ``sys.exit`` while a file is imported:
pytest lets each end everything that was still to run. Here it becomes an ordinary exception where it comes out of the
test, so all that follows is pytest's own: the teardown, the report, and the other tests.
This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

from collections.abc import Callable, Generator
from typing import Any

import pytest

PROMPT = "Quitting debugger"
"""What pytest says when a debugger's input has come to its end."""
NOBODY = "a prompt waits for somebody, and nobody is there"


class SessionEnded(Exception):  # noqa: N818 - as pytest names what it stands for
    """In the place of what a test raised to end the session, with its traceback; a subclass has the name of that."""


class Contained:
    """A plugin for pytest: no test ends the session."""

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> "Generator[None, Any, None]":
        """Around all that other plugins do."""
        contain((yield))

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> "Generator[None, Any, None]":
        """As `pytest_runtest_setup`."""
        contain((yield))

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> "Generator[None, Any, None]":
        """As `pytest_runtest_setup`."""
        contain((yield))


def contain(outcome: Any) -> None:
    """Replace what ends a session in this result of a hook."""
    raised = outcome.excinfo
    if raised is not None and isinstance(raised[1], (pytest.exit.Exception, KeyboardInterrupt)):
        error = _ordinary(raised[1])
        if hasattr(outcome, "force_exception"):
            outcome.force_exception(error)
        else:  # pluggy before 1.1
            outcome._excinfo = (type(error), error, error.__traceback__)


def contain_collecting(collector: Any) -> None:
    """The same for what this collector imports."""
    collector.collect = _containing(collector.collect)


def _containing(collect: Callable[[], Any]) -> "Callable[[], list[Any]]":
    def contained() -> "list[Any]":
        try:
            return list(collect())
        except (KeyboardInterrupt, SystemExit, pytest.exit.Exception) as error:
            raise _ordinary(error) from None

    return contained


def _ordinary(error: BaseException) -> SessionEnded:
    name, text = type(error).__name__, str(error)
    if text == PROMPT:
        name, text = "breakpoint()", NOBODY
    elif isinstance(error, pytest.exit.Exception):
        name = "pytest.exit"

    class Named(SessionEnded): ...

    call(Named, name)
    return Named(*([text] if text else [])).with_traceback(error.__traceback__)


def call(kind: "type[BaseException]", name: str) -> None:
    """Let what prints exceptions of this kind print this name, and no module."""
    kind.__module__, kind.__name__, kind.__qualname__ = "builtins", name, name
