"""A spare that is traced while it lives: the entry of a `Worker`, in the place of the real one."""

import sys
from typing import Any

from companion.workers.testrun.main import interpreter_main

TOOL = 4
CALLED = """
import sys
calls = []
def called(code, offset):
    calls.append(code)
    return sys.monitoring.DISABLE
"""
"""Executed in a module of its own: the session clears the names of the interpreter's first one."""


def traced_main(name: str, settings: object, inbox: object, outbox: object, isolated: object) -> None:
    """As the real one, with every call and every file that is opened noted; undone before the interpreter ends."""
    names: dict[str, Any] = {"__name__": "tracing"}
    exec(CALLED, names)  # noqa: S102 - our own text
    noting, opened = [True], list[object]()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and noting:
            opened.append(arguments[0])

    sys.monitoring.use_tool_id(TOOL, "stand-in")
    sys.monitoring.register_callback(TOOL, sys.monitoring.events.PY_START, names["called"])
    sys.monitoring.set_events(TOOL, sys.monitoring.events.PY_START)
    sys.addaudithook(hook)
    try:
        interpreter_main(name, settings, inbox, outbox, isolated)
        assert len(names["calls"]) > 1000
        assert opened
    finally:
        sys.monitoring.set_events(TOOL, 0)
        sys.monitoring.register_callback(TOOL, sys.monitoring.events.PY_START, None)
        sys.monitoring.free_tool_id(TOOL)
        noting.clear()
        opened.clear()
