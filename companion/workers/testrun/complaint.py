"""What pytest printed when it could not run, or was stopped: one sentence, and the place to look at.

This module also runs in the project's own Python (3.10 or later).
"""

import re
from dataclasses import dataclass

CONFTEST = re.compile(r"ImportError while loading conftest '([^']+)'")
PLACE = re.compile(r"^(\S[^:\n]*):(\d+): ", re.MULTILINE)
USAGE = re.compile(r"^[^\n]*?: error: (.*\S)", re.MULTILINE)
ERROR = re.compile(r"^ERROR:?\s+(.*\S)", re.MULTILINE)
INTERNAL = re.compile(r"^INTERNALERROR> (\S.*)\n(?:INTERNALERROR> \S.*\n)*", re.MULTILINE)
STOPPED = re.compile(r"^!{2,} (?:_pytest\.outcomes\.)?(\S.*\S) !{2,}$|^(Exit: .*\S)", re.MULTILINE)
"""What ended a session before its end: somebody's ``pytest.exit``, or an exception that no test may catch."""
WITHIN = re.compile(r'^INTERNALERROR>\s+File "([^"]+)", line (\d+)', re.MULTILINE)
RAISED = re.compile(r"(?:^E.*\n?)+", re.MULTILINE)
EXCEPTION = re.compile(r"^(?:E {3})?([A-Za-z_][\w.]*(?:Error|Exception|Warning|Exit)\b.*)$", re.MULTILINE)
"""An exception as Python prints it; between others, which say where it was raised."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """``conftest`` is the absolute path of a conftest that cannot be imported, or empty; ``line`` its line, or 0."""

    message: str
    conftest: str = ""
    line: int = 0


def complaint(output: str) -> Complaint:
    """What pytest's own output says."""
    conftest = CONFTEST.search(output)
    if conftest:
        path = conftest.group(1)
        lines = [int(line) for name, line in PLACE.findall(output) if path.endswith(name.lstrip("./"))]
        rest = output[conftest.end() :].partition("\n")[2]
        return Complaint(_raised(rest) or "cannot be imported", path, lines[-1] if lines else 1)
    internal, said = INTERNAL.findall(output), USAGE.findall(output) or ERROR.findall(output)
    stopped = STOPPED.search(output)
    if internal:
        places = [place for place in WITHIN.findall(output) if "-packages" not in place[0]]
        told = internal[-1] + (f" ({places[-1][0]}:{places[-1][1]})" if places else "")
    elif stopped:
        told = stopped[1] or stopped[2]
        where = re.search(rf"^(\S[^:\n]*:\d+): {re.escape(told)}", output, re.MULTILINE)
        told += f" ({where[1]})" if where else ""
    else:
        told = said[0] if said else _raised(output)
    return Complaint(f"pytest: {told or 'ended without saying why'}")


def _raised(output: str) -> str:
    """The first line of the exception that came last."""
    blocks = RAISED.findall(output)
    lines = [line[4:] for line in blocks[-1].split("\n") if re.match(r"E {3}\S", line)] if blocks else []
    exceptions = EXCEPTION.findall(output)
    return str(lines[0] if lines else exceptions[-1] if exceptions else "").strip()
