"""Which example of a doctest failed, and how: what is raised for it names neither.

This module also runs in the project's own Python (3.10 or later).
"""

import sys
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Union

from companion.workers.testrun.failure import message_of


@dataclass(frozen=True, slots=True)
class FailedExample:
    """``path`` as the doctest names its file; ``line`` is 0 where it is not known. It may have raised ``cause``."""

    message: str
    path: str
    line: int
    source: str
    cause: Union[BaseException, None]


def failed_example(error: BaseException) -> Union[FailedExample, None]:
    """Of what pytest raises for a doctest, the first; None for every other exception."""
    doctest: Any = sys.modules.get("doctest")
    failures = getattr(error, "failures", None) if type(error).__name__ == "MultipleDoctestFailures" else None
    first: Any = failures[0] if failures else error
    if doctest is None or not isinstance(first, (doctest.DocTestFailure, doctest.UnexpectedException)):
        return None
    line = 0 if first.test.lineno is None else first.test.lineno + first.example.lineno + 1
    cause = first.exc_info[1] if hasattr(first, "exc_info") else None
    message = message_of(cause) if cause is not None else _difference(first)
    return FailedExample(message, str(first.test.filename), line, first.example.source.strip(), cause)


def _difference(failure: Any) -> str:
    """Of the first lines that are not the same."""
    pairs = zip_longest(failure.example.want.splitlines(), failure.got.splitlines(), fillvalue="")
    want, got = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
    return f"expected {want.strip() or 'nothing'}, got {got.strip() or 'nothing'}"
