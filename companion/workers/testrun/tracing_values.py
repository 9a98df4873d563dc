"""What watched lines did, step by step: see `companion.messages.values`. Only for looking into a few items.

By `sys.monitoring`, so where Python is older than 3.12 nothing is told. Only the thread that the tests run in is
followed: what others do at the same time comes in another order each time.
This module also runs in the project's own Python (3.10 or later).
"""

import sys
import threading
import time
from collections.abc import Callable, Iterable
from types import CodeType, FrameType
from typing import Any

from companion.messages import Message, Moment, ValuesRun, Watched
from companion.workers.testrun.tracing_codes import OPTIMIZED
from companion.workers.testrun.tracing_story import (
    Activation,
    Followed,
    Kind,
    Story,
    Values,
    bound_above,
    names_of,
    namespace_of,
    text_of_error,
)
from companion.workers.testrun.tracing_texts import described_as

NAME = "companion values"
IDS = (3, 4, 5, 1, 2)


class Watching:
    """Of one session, between `begin` and `undo`; ``locate`` tells a file's path in the project, or nothing."""

    def __init__(
        self,
        send: "Callable[[Message], None]",
        *,
        generation: int,
        watched: "Iterable[Watched]",
        locate: "Callable[[str], str]",
    ) -> None:
        self._send, self._generation, self._locate = send, generation, locate
        self._lines: dict[str, frozenset[int]] = {}
        for one in watched:
            span = frozenset(range(one.first, one.last + 1))
            self._lines[one.path] = self._lines.get(one.path, frozenset()) | span
        self._monitoring: Any = getattr(sys, "monitoring", None)
        self._tool = -1
        self._followed: dict[int, Followed] = {}
        self._active: dict[int, Activation] = {}
        self._story = Story("")
        self._thread = threading.get_ident()

    def begin(self) -> None:
        """Nothing of the project has been imported."""
        if self._monitoring is None:
            return
        free = (tool for tool in IDS if self._monitoring.get_tool(tool) is None)
        self._tool = next(free, -1)
        if self._tool < 0:
            return
        self._monitoring.use_tool_id(self._tool, NAME)
        events = self._monitoring.events
        for event, heard in (
            (events.PY_START, self._started), (events.LINE, self._line), (events.PY_RETURN, self._returned),
            (events.PY_YIELD, self._yielded), (events.PY_UNWIND, self._unwound),
        ):  # fmt: skip
            self._monitoring.register_callback(self._tool, event, heard)
        self._monitoring.set_events(self._tool, events.PY_UNWIND)  # cannot be asked for of single code objects

    def undo(self) -> None:
        """Leave nothing behind."""
        if self._is_intact:
            events = self._monitoring.events
            self._monitoring.set_events(self._tool, 0)
            for followed in self._followed.values():
                self._monitoring.set_local_events(self._tool, followed.code, 0)
            for event in (events.PY_START, events.LINE, events.PY_RETURN, events.PY_YIELD, events.PY_UNWIND):
                self._monitoring.register_callback(self._tool, event, None)
            self._monitoring.free_tool_id(self._tool)
        self._tool = -1
        self._followed.clear()
        self._active.clear()

    def made(self, code: CodeType, path: str, _source: object) -> None:
        """This code, which is about to be executed perhaps, was made of this file's text."""
        located = self._locate(path) if self._is_intact else ""
        lines = self._lines.get(located)
        if lines:
            self._follow(code, located, lines, within=False)

    def begin_item(self, node_id: str) -> None:
        """It begins."""
        self._tell()
        self._story = Story(node_id)
        if self._is_intact:
            self._monitoring.set_events(self._tool, self._monitoring.events.PY_UNWIND)
            self._monitoring.restart_events()

    def end_item(self) -> None:
        """What follows is nobody's."""
        self._tell()
        self._story = Story("")

    def finish(self) -> None:
        """Tell of what has not been told."""
        self._tell()

    # ------------------------------------------------------------------------------------------------------

    @property
    def _is_intact(self) -> bool:
        return self._tool >= 0 and self._monitoring.get_tool(self._tool) == NAME

    def _tell(self) -> None:
        if self._story.moments or not self._story.whole:
            moments = tuple(self._story.moments)
            self._send(ValuesRun(self._generation, self._story.owner, moments, self._story.whole))
        self._story = Story(self._story.owner)

    def _follow(self, code: CodeType, path: str, lines: "frozenset[int]", *, within: bool) -> None:
        """A function that begins on such a line; what is inside of one is followed with it."""
        is_function = bool(code.co_flags & OPTIMIZED)
        is_followed = within or (is_function and code.co_firstlineno in lines)
        if is_followed or not is_function:
            self._followed[id(code)] = Followed(code, path, lines)
            events = self._monitoring.events
            wanted = events.PY_START | events.LINE | events.PY_RETURN | events.PY_YIELD
            self._monitoring.set_local_events(self._tool, code, wanted)
        for inner in code.co_consts:
            if isinstance(inner, CodeType):
                self._follow(inner, path, lines, within=is_followed)

    def _find(self, code: CodeType) -> "Followed | None":
        if threading.get_ident() != self._thread:
            return None
        return self._followed.get(id(code))

    def _started(self, code: CodeType, _: int) -> object:
        followed = self._find(code)
        if followed is None:
            return None
        if not self._story.whole:
            return self._enough()
        since = time.perf_counter()
        frame = _watched_frame()
        activation = self._active[id(frame)] = Activation()
        if followed.is_function:
            activation.known = names_of(frame)
            values = tuple(sorted(activation.known.items()))
            self._add("call", followed, code.co_firstlineno, values)
        self._story.seconds += time.perf_counter() - since
        return None

    def _line(self, code: CodeType, line: int) -> object:
        followed = self._find(code)
        if followed is None:
            return None
        if not self._story.whole:
            return self._enough()
        since = time.perf_counter()
        frame = _watched_frame()
        activation = self._settled(frame, followed)
        activation.line = line
        if followed.is_function or line in followed.lines:
            self._add("line", followed, line)
            activation.namespace = None if followed.is_function else namespace_of(frame)
        self._story.seconds += time.perf_counter() - since
        return None

    def _returned(self, code: CodeType, _: int, value: object) -> object:
        return self._left(code, value, is_over=True)

    def _yielded(self, code: CodeType, _: int, value: object) -> object:
        return self._left(code, value, is_over=False)

    def _left(self, code: CodeType, value: object, *, is_over: bool) -> object:
        followed = self._find(code)
        if followed is None:
            return None
        if not self._story.whole:
            return self._enough()
        since = time.perf_counter()
        frame = _watched_frame(3)
        activation = self._settled(frame, followed)
        if followed.is_function:
            self._add("return", followed, activation.line, (("", described_as(code.co_name, value)),))
        if is_over:
            self._active.pop(id(frame), None)
        self._story.seconds += time.perf_counter() - since
        return None

    def _unwound(self, code: CodeType, _: int, error: BaseException) -> object:
        followed = self._find(code)
        if followed is None or not self._story.whole:
            return None
        frame = _watched_frame()
        activation = self._settled(frame, followed)
        is_wanted = not issubclass(type(error), GeneratorExit)  # else nobody wanted more of it
        if is_wanted and (followed.is_function or activation.line in followed.lines):
            self._add("raise", followed, activation.line, (("", text_of_error(error)),))
        self._active.pop(id(frame), None)
        return None

    def _enough(self) -> object:
        """Until the next item nothing is told any more: it shall take no longer than it must."""
        if self._is_intact:
            self._monitoring.set_events(self._tool, 0)
        return self._monitoring.DISABLE

    def _settled(self, frame: FrameType, followed: Followed) -> Activation:
        """Tell what its last line has bound."""
        activation = self._active.get(id(frame))
        if activation is None:
            activation = self._active[id(frame)] = Activation()
            activation.known = names_of(frame) if followed.is_function else {}
        values = self._bound(frame, activation) if followed.is_function else bound_above(frame, activation)
        if values:
            self._add("bound", followed, activation.line, values)
        return activation

    def _bound(self, frame: FrameType, activation: Activation) -> Values:
        now, before = names_of(frame), activation.known
        activation.known = now
        return tuple(sorted([pair for pair in now.items() if before.get(pair[0]) != pair[1]]))

    def _add(self, kind: Kind, followed: Followed, line: int, values: Values = ()) -> None:
        self._story.add(Moment(kind, followed.path, followed.function, line, values))


def _watched_frame(depth: int = 2) -> FrameType:
    """Of the code of which something is told."""
    frame: FrameType = sys._getframe(depth)  # pyright: ignore[reportPrivateUsage]
    return frame


class FollowingValues:
    """As `companion.workers.testrun.tracing_plugin.Following`, a plugin of a session that is looked into."""

    def __init__(self, watching: Watching) -> None:
        self._watching = watching

    def meet(self, item: Any) -> None:
        """This one is next."""

    def begin(self, node_id: str) -> None:
        """It begins."""
        self._watching.begin_item(node_id)

    def end(self) -> None:
        """It is over: before that is told, what it did is."""
        self._watching.end_item()
