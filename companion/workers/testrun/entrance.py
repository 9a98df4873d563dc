"""pytest started ahead: its plugins are loaded and its options declared before it is known what to run.

This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

from collections.abc import Callable
from typing import Any

import pytest

from companion.workers.testrun.ending import USAGE_ERROR

Order = tuple["list[str]", object]
"""Further arguments for pytest, and the plugin that follows the session."""


def run_pytest(arguments: "list[str]", wait: Callable[[], Order]) -> int:
    """The exit code of a session in this interpreter; ``wait`` as in `Entrance`. Raises what that raises."""
    try:
        return _main(arguments, Entrance(wait))
    except StartAgain as again:
        order = again.order
    return _main([*arguments, *order[0]], order[1])  # out of the handler: tests would meet its exception


def _main(arguments: "list[str]", plugin: object) -> int:
    try:
        return int(pytest.main(arguments, plugins=[plugin]))
    except SystemExit as error:  # argparse ends so on ``--help`` and ``--version``, and conftests do
        if not isinstance(error.code, int):
            print(f"SystemExit: {error.code}")  # noqa: T201 - as Python would
        return error.code if isinstance(error.code, int) else USAGE_ERROR


class StartAgain(BaseException):
    """The order's arguments have to be known from the first: which plugins are loaded, or that nothing is to run."""

    def __init__(self, order: Order) -> None:
        super().__init__("pytest was started with other arguments")
        self.order = order


class Entrance:
    """A plugin for `pytest.main`, and the only one; ``wait`` returns what to run, in its own time.

    Afterwards pytest is where it would be, had it been called with that from the first. `StartAgain`, and what
    ``wait`` raises, come out of `pytest.main`.
    """

    def __init__(self, wait: Callable[[], Order]) -> None:
        self._wait = wait

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_parse(self, pluginmanager: Any, args: "list[str]") -> None:
        """The last moment at which the arguments do not matter."""
        order = further, plugin = self._wait()
        if any(argument.startswith("-p") or argument in ("-V", "--version") for argument in further):
            raise StartAgain(order)
        args += further
        config = pluginmanager.get_plugin("pytestconfig")
        before = config.invocation_params
        config.invocation_params = type(before)(args=args, plugins=[plugin], dir=before.dir)
        pluginmanager.unregister(self)
        pluginmanager.register(plugin)
