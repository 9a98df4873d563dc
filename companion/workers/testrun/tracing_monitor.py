"""What is executed, told by Python itself: `sys.monitoring`, which Python 3.12 and later have.

Only code of the project has events. Each line is told once until the owner is another; so is a function that is
called often. To have all of them told anew would take longer than to hear of some again: every function that is
called afterwards, of pytest as well, would be looked at by Python.
This module also runs in the project's own Python (3.10 or later), where it is used if that can.
"""

import sys
from collections.abc import Callable, Iterable
from types import CodeType, FrameType
from typing import Any, Union

from companion.workers.testrun.patches import Patches
from companion.workers.testrun.tracing_codes import Codes
from companion.workers.testrun.tracing_owners import Owner, Owners

NAME = "companion"
IDS = (4, 3, 5, 1, 2)
"""Those first that belong to no kind of tool; never a debugger's."""
HOT = 32
"""Calls of a function after which its owner is told no more of it: to have it told anew takes as long as so many."""
Looked = Callable[[FrameType], None]


class Monitor:
    """Between `begin` and `end`. ``lines``: those are told, too.

    ``looked`` are functions of others, by the identity of their code, with what is to be told of each call.
    """

    def __init__(
        self, codes: Codes, owners: Owners, looked: "dict[int, tuple[CodeType, Looked]]", *, lines: bool
    ) -> None:
        self._monitoring: Any = getattr(sys, "monitoring", None)
        self._codes, self._owners, self._looked, self._lines = codes, owners, looked, lines
        self._tool = -1
        self._use: Any = None
        self._importing: list[tuple[CodeType, Owner]] = []
        self._patches = Patches()

    @property
    def is_intact(self) -> bool:
        """Whether it is still this that is told."""
        return self._tool >= 0 and self._monitoring.get_tool(self._tool) == NAME

    def begin(self) -> bool:
        """Whether there is a tool's place for it."""
        if self._monitoring is None:
            return False
        self._use = self._monitoring.use_tool_id
        if not self._take():
            return False
        use = self._use

        def use_tool_id(tool_id: int, name: str, /) -> None:
            if tool_id == self._tool:
                self._give_way()
            use(tool_id, name)

        self._patches.replace(self._monitoring, "use_tool_id", use_tool_id)
        return True

    def renew(self) -> None:
        """Begin again where a test has taken the place."""
        if not self.is_intact:
            self._take()

    def follow(self, codes: "Iterable[CodeType]") -> None:
        """From now on these tell."""
        if self.is_intact:
            self._set(codes, on=True)

    def end(self) -> None:
        """Leave nothing behind."""
        self._patches.undo()
        self._free()
        self._importing.clear()

    def _take(self, wanted: int = -1) -> bool:
        """Whether there is a place that nobody has, or wants."""
        free = (tool for tool in IDS if tool != wanted and self._monitoring.get_tool(tool) is None)
        self._tool = next(free, -1)
        if self._tool < 0:
            return False
        self._use(self._tool, NAME)
        self._register()
        self._set(self._codes.kept, on=True)
        for code, _ in self._looked.values():
            self._monitoring.set_local_events(self._tool, code, self._monitoring.events.PY_START)
        return True

    def _give_way(self) -> None:
        """A test wants this place: what is told goes on in another."""
        if self.is_intact:
            wanted = self._tool
            self._free()
            self._take(wanted)

    def _free(self) -> None:
        if not self.is_intact:
            return
        monitoring, events = self._monitoring, self._monitoring.events
        monitoring.set_events(self._tool, 0)
        self._set(self._codes.kept, on=False)  # or whoever has this place next would be told
        for code, _ in self._looked.values():
            monitoring.set_local_events(self._tool, code, 0)
        for event in (events.PY_START, events.PY_RESUME, events.PY_RETURN, events.PY_UNWIND, events.LINE):
            monitoring.register_callback(self._tool, event, None)
        monitoring.free_tool_id(self._tool)
        self._tool = -1

    def _set(self, codes: "Iterable[CodeType]", *, on: bool) -> None:
        events, modules = self._monitoring.events, self._codes.modules
        all_of_it = events.PY_START | events.PY_RESUME | (events.LINE if self._lines else 0)
        for code in codes:
            wanted = all_of_it | (events.PY_RETURN if id(code) in modules else 0)
            self._monitoring.set_local_events(self._tool, code, wanted if on else 0)

    def _register(self) -> None:
        """Callbacks are closures: they are called more often than anything else of ours."""
        number_of, bases, disable = self._codes.functions.get, self._codes.bases, self._monitoring.DISABLE
        other, restart, lines = self._other_started, self._monitoring.restart_events, self._lines
        calls, mark = self._owners.current.codes, self._owners.current.lines.add
        hot: list[CodeType] = []
        last: Union[CodeType, None] = None
        base = 0

        def started(code: CodeType, _: int) -> object:
            number = number_of(id(code))
            if number is None:
                return other(code)
            calls[number] = times = calls.get(number, 0) + 1
            if times < HOT:
                return None
            hot.append(code)
            return disable

        def line(code: CodeType, number: int) -> object:
            nonlocal last, base
            if code is not last:
                base = bases[id(code)]
                last = code  # another thread's turn comes with a call, so never between these two
            mark(base + number)
            return disable

        def switch(owner: Owner) -> None:
            nonlocal calls, mark
            calls, mark = owner.codes, owner.lines.add
            if lines:
                restart()
            elif hot:
                self._set(hot, on=False)
                self._set(hot, on=True)
                hot.clear()

        events = self._monitoring.events
        for event, callback in (
            (events.PY_START, started), (events.PY_RESUME, started), (events.PY_RETURN, self._returned),
            (events.PY_UNWIND, self._unwound), (events.LINE, line),
        ):  # fmt: skip
            self._monitoring.register_callback(self._tool, event, callback)
        self._owners.switch = switch

    def _other_started(self, code: CodeType) -> None:
        """A module's code, which is what its import executes; or a function that is looked at."""
        module = self._codes.modules.get(id(code))
        if module is None:
            looked = self._looked.get(id(code))
            if looked is not None:
                looked[1](_caller())
            return
        path, number = module
        owner = self._owners.importing(path)
        self._importing.append((code, owner))
        self._owners.push(owner)
        owner.codes[number] = 1
        if len(self._importing) == 1:
            self._tell_of_unwinding(on=True)

    def _returned(self, code: CodeType, *_: object) -> None:
        for at in range(len(self._importing) - 1, -1, -1):
            if self._importing[at][0] is code:
                self._owners.drop(self._importing.pop(at)[1])
                break
        if not self._importing:
            self._tell_of_unwinding(on=False)

    def _unwound(self, code: CodeType, *_: object) -> None:
        if id(code) in self._codes.modules:
            self._returned(code)

    def _tell_of_unwinding(self, *, on: bool) -> None:
        """That cannot be asked for of single code objects: so only while a module is executed."""
        if self.is_intact:
            self._monitoring.set_events(self._tool, self._monitoring.events.PY_UNWIND if on else 0)


def _caller() -> FrameType:
    """The frame whose start is told."""
    frame: FrameType = sys._getframe(3)  # pyright: ignore[reportPrivateUsage]
    return frame
