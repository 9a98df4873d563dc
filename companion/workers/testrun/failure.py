"""From an exception to the place in the project where a person should look.

This module also runs in the project's own Python (3.10 or later).
"""

import linecache
import traceback
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Union

from companion.messages import Frame

Locate = Callable[[str], str]
"""A file's path relative to the project; empty if it is not the project's own."""
Place = tuple[str, int]

MOST_FRAMES = 30


def frames_of(error: BaseException, locate: Locate) -> tuple[Frame, ...]:
    """The traceback's entries in the project's own files, outermost first, of the error and what caused it."""
    found: list[Frame] = []
    for cause in _chain(error):
        found = [*_frames(cause.__traceback__, locate), *found]
        if isinstance(cause, SyntaxError) and cause.filename and locate(cause.filename):
            found.append(Frame(locate(cause.filename), cause.lineno or 1, (cause.text or "").strip()))
    return tuple(found[-MOST_FRAMES:])


def place_of(error: BaseException, locate: Locate) -> Place:
    """Where it happened: the deepest frame in the project of the error that a person reads last; ("", 0) if none."""
    if isinstance(error, SyntaxError) and error.filename and locate(error.filename):
        return locate(error.filename), error.lineno or 1
    frames = list(_frames(error.__traceback__, locate))
    if frames:
        return frames[-1].path, frames[-1].line
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return place_of(cause, locate) if cause is not None else ("", 0)


def message_of(error: BaseException) -> str:
    """One line: the exception's kind, where it tells something, and the beginning of its text."""
    text = str(error).strip().split("\n")[0]
    kind = type(error).__name__
    if isinstance(error, AssertionError):
        return text if text.startswith("assert ") or not text else f"AssertionError: {text}"
    return f"{kind}: {text}" if text else kind


def root_cause(error: BaseException) -> BaseException:
    """The exception that pytest's CollectError speaks of."""
    while type(error).__name__ == "CollectError" and error.__cause__ is not None:
        error = error.__cause__
    return error


def full_text(error: BaseException) -> str:
    """The whole traceback with its causes, as Python prints it."""
    return "".join(traceback.format_exception(type(error), error, error.__traceback__))


def _chain(error: Union[BaseException, None]) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _frames(trace: Union[TracebackType, None], locate: Locate) -> Iterator[Frame]:
    for frame, line in traceback.walk_tb(trace):
        path = frame.f_code.co_filename
        relative = locate(path)
        if relative:
            yield Frame(relative, line, linecache.getline(path, line).strip())
