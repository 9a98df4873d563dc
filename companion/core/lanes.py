"""Which lane can hold a test: the texts by which an isolated subinterpreter says that it cannot.

Measured on CPython 3.14; some packages hide these behind a fallback, so a green run is no proof of the lane.
This module also runs in the project's own Python (3.10 or later).
"""

import re

CLAUSE = "needs a process of its own"
"""How every reason ends: a clause that reads well after a colon, and that is recognised again."""
REASONS = {
    rf"(?:^|(?<=\s))([^\s:][^:\n]*) {CLAUSE}": "{}",
    r"(fork|exec) not supported for (?:isolated )?subinterpreters": "{}",
    r"(preexec_fn) not supported within subinterpreters": "{}",
    r"(daemon thread)s are disabled in this (?:\(sub\))?interpreter": "a {}",
    r"\b(\w+) only works in main thread of the main interpreter": "signal handling ({})",
    r"\bmodule (\S+) does not support loading in subinterpreters": "the extension {}",
    r"(PyO3) modules do not yet support subinterpreters": "an extension made with {}",
    r"(Interpreter change detected|cannot load module more than once per process)": "an extension ({})",
}
"""The texts, and what they are about."""
NEEDS_PROCESS = {re.compile(text): about for text, about in REASONS.items()}


def needs_process(text: str) -> str:
    """What an exception's, a report's or an output's text says as a reason, for people; empty if nothing in it tells.

    A reason says itself.
    """
    for pattern, about in NEEDS_PROCESS.items():
        match = pattern.search(text)
        if match:
            return f"{about.format(match[1])} {CLAUSE}"
    return ""
