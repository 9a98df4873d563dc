"""A pytest plugin for the oracle: pytest's own summary, by item, as JSON into the file that OUTCOMES names."""

import json
import os
from pathlib import Path
from typing import Any

KINDS = ("passed", "skipped", "xfailed", "xpassed", "failed", "error")
"""The worse comes later and wins."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    found = {
        report.nodeid: kind
        for kind in KINDS
        for report in terminalreporter.stats.get(kind, [])
        if getattr(report, "nodeid", "")
    }
    Path(os.environ["OUTCOMES"]).write_text(json.dumps(found), "utf-8")
