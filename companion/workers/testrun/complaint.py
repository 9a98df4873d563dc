"""What pytest printed when it could not run at all: one sentence, and the place to look at.

This module also runs in the project's own Python (3.10 or later).
"""

import re
from dataclasses import dataclass

CONFTEST = re.compile(r"ImportError while loading conftest '([^']+)'")
PLACE = re.compile(r"^(\S[^:\n]*):(\d+): ", re.MULTILINE)
ERROR = re.compile(r"^(?:ERROR|E  |INTERNALERROR> )\s*:?\s*(.*\S)", re.MULTILINE)
EXCEPTION = re.compile(r"^(?:E\s+|INTERNALERROR> )?(\w*(?:Error|Exception|Warning|Exit)\b.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Complaint:
    """``conftest`` is the absolute path of a conftest that cannot be imported, or empty; ``line`` its line, or 0."""

    message: str
    conftest: str = ""
    line: int = 0


def complaint(output: str) -> Complaint:
    """What pytest's own output says."""
    conftest = CONFTEST.search(output)
    exceptions = EXCEPTION.findall(output)
    last = exceptions[-1] if exceptions else "ended without saying why"
    if conftest:
        path = conftest.group(1)
        lines = [int(line) for name, line in PLACE.findall(output) if path.endswith(name.lstrip("./"))]
        return Complaint(last if exceptions else "cannot be imported", path, lines[-1] if lines else 1)
    errors = [line for line in ERROR.findall(output) if line]
    return Complaint(f"pytest: {errors[0] if errors else last}")
