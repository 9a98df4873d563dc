"""pytest started ahead: its plugins are loaded and its options declared before it is known what to run.

This module also runs in the project's own Python (3.10 or later) with pytest 7 or later.
"""

from collections.abc import Callable
from typing import Any

import pytest

Order = tuple["list[str]", object]
"""Further arguments for pytest, and the plugin that follows the session."""


class StartAgain(BaseException):
    """The order's arguments have to be known from the first: which plugins are loaded, or that nothing is to run."""

    def __init__(self, order: Order) -> None:
        super().__init__("pytest was started with other arguments")
        self.arguments, self.plugin = order


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
