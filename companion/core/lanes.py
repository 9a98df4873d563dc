"""Which lane can hold a test: the texts by which an isolated subinterpreter says that it cannot.

Measured on CPython 3.14; some packages hide these behind a fallback, so a green run is no proof of the lane.
This module also runs in the project's own Python (3.10 or later).
"""

import re

NEEDS_PROCESS = re.compile(
    r"(?:fork|exec) not supported for (?:isolated )?subinterpreters"
    r"|preexec_fn not supported within subinterpreters"
    r"|daemon threads are disabled in this (?:\(sub\))?interpreter"
    r"|only works in main thread of the main interpreter"
    r"|does not support loading in subinterpreters"
    r"|PyO3 modules do not yet support subinterpreters"
    r"|Interpreter change detected"
    r"|cannot load module more than once per process"
    r"|is not supported within a subinterpreter"
)


def needs_process(text: str) -> str:
    """The telling part of an exception's, a report's or an output's text; empty if nothing in it tells."""
    match = NEEDS_PROCESS.search(text)
    return match.group() if match else ""
