"""What pytest printed when it could not run at all, in one sentence.

This module also runs in the project's own Python (3.10 or later).
"""

import re

CONFTEST = re.compile(r"ImportError while loading conftest '([^']+)'")
ERROR = re.compile(r"^(?:ERROR|E  |INTERNALERROR> )\s*:?\s*(.*\S)", re.MULTILINE)
EXCEPTION = re.compile(r"^(?:E\s+|INTERNALERROR> )?(\w*(?:Error|Exception|Warning|Exit)\b.*)$", re.MULTILINE)


def complaint(output: str) -> str:
    """One sentence, from pytest's own output."""
    conftest = CONFTEST.search(output)
    exceptions = EXCEPTION.findall(output)
    if conftest:
        return f"{conftest.group(1)} cannot be imported: {exceptions[-1] if exceptions else 'see the report'}"
    errors = [line for line in ERROR.findall(output) if line]
    if errors:
        return f"pytest: {errors[0]}"
    return f"pytest: {exceptions[-1] if exceptions else 'ended without saying why'}"
