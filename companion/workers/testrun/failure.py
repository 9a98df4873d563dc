"""From an exception to the place in the project where a person should look.

This module also runs in the project's own Python (3.10 or later).
"""

import linecache
import traceback
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Union, cast

from companion.messages import Frame

Locate = Callable[[str], str]
"""A file's path relative to the project; empty if it is not the project's own."""
Place = tuple[str, int]

MOST_FRAMES = 30


def frames_of(error: BaseException, locate: Locate) -> tuple[Frame, ...]:
    """The traceback's entries in the project's own files, outermost first, of the error and what caused it."""
    found: list[Frame] = []
    for cause in _chain(error):
        own = list(_frames(cause.__traceback__, locate))
        if isinstance(cause, SyntaxError) and cause.filename and locate(cause.filename):
            own.append(Frame(locate(cause.filename), cause.lineno or 1, (cause.text or "").strip()))
        found = [*own, *found]
    return tuple(found[-MOST_FRAMES:])


def place_of(error: BaseException, locate: Locate) -> Place:
    """Where it happened: the deepest frame in the project of the error that a person reads last; ("", 0) if none."""
    for cause in _chain(error):
        if isinstance(cause, SyntaxError) and cause.filename and locate(cause.filename):
            return locate(cause.filename), cause.lineno or 1
        frames = list(_frames(cause.__traceback__, locate))
        if frames:
            return frames[-1].path, frames[-1].line
    return "", 0


def message_of(error: BaseException) -> str:
    """One line: the exception's kind, where it tells something, and the beginning of its text."""
    kind = type(error).__name__
    try:
        lines = str(error).strip().splitlines()
    except Exception:  # noqa: BLE001 - the user's own __str__ is broken
        return f"{kind}: <its text cannot be made>"
    text = lines[0].rstrip() if lines else ""
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
        hidden = error.__suppress_context__
        error = error.__cause__ if error.__cause__ is not None else None if hidden else error.__context__


def _frames(trace: Union[TracebackType, None], locate: Locate) -> Iterator[Frame]:
    for frame, number in traceback.walk_tb(trace):
        path = frame.f_code.co_filename
        relative = locate(path)
        line = cast("Union[int, None]", number) or frame.f_code.co_firstlineno  # code may be made without lines
        if relative:
            yield Frame(relative, line, linecache.getline(path, line).strip())
