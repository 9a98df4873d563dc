"""Plain pytest, asked again and again: a process that has imported nothing but pytest, and forks for each question.

Runs in a project's own Python, without companion; lines on standard input are lists of arguments (JSON), those on
standard output the outcomes by node id, or null where there are none after as many seconds as the command says.
Nothing caches bytecode: a ``.pyc`` stands for any text of the same size that was written in the same second.
"""

import json
import os
import signal
import sys
from typing import Any

KINDS = ("passed", "skipped", "xfailed", "xpassed", "failed", "error")
"""The worse comes later and wins."""


class Keeper:
    """A plugin that keeps pytest's own summary, by item."""

    def __init__(self) -> None:
        self.outcomes: dict[str, str] = {}

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """See pytest."""
        for kind in KINDS:
            for report in terminalreporter.stats.get(kind, []):
                self.outcomes[getattr(report, "nodeid", "")] = kind


def main() -> None:
    """Answer until there are no more questions."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    import pytest  # noqa: PLC0415 - the project's own

    sys.dont_write_bytecode = True
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    for line in sys.stdin:
        if os.fork() == 0:
            signal.alarm(seconds)
            sys.path.insert(0, "")  # as `python -m pytest`
            keeper = Keeper()
            pytest.main(["-q", "-p", "no:cacheprovider", *json.loads(line)], plugins=[keeper])
            keeper.outcomes.pop("", None)
            out.write(f"{json.dumps(keeper.outcomes)}\n")
            out.flush()
            os._exit(0)
        if os.wait()[1]:
            out.write("null\n")


if __name__ == "__main__":
    main()
