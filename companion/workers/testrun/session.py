"""The life of a spare, in either lane: get warm, run one pytest session, end.

This module also runs in the project's own Python (3.10 or later).
"""

import importlib
import os
import sys
import time
from collections.abc import Callable
from typing import Any, cast

from companion.core.lanes import needs_process
from companion.errors import CompanionError, EndOfChannel, WouldBlock
from companion.messages import (
    CancelRun,
    DebugItems,
    Foresee,
    Interrupt,
    ItemFinished,
    NeedsProcess,
    Outdated,
    Prepare,
    Release,
    RunItems,
    SessionFinished,
    Warm,
)
from companion.workers.testrun.ahead import look_ahead
from companion.workers.testrun.complaint import complaint
from companion.workers.testrun.environment import act_as_pytest, become, started_as_pytest
from companion.workers.testrun.failure import message_of
from companion.workers.testrun.foresight import Foresight, GivenUp
from companion.workers.testrun.freshness import Freshness
from companion.workers.testrun.guards import NOTHING_SHARED, Guards, Shared
from companion.workers.testrun.interrupt import Interrupter
from companion.workers.testrun.leavings import Leavings
from companion.workers.testrun.output import Output, capturing
from companion.workers.testrun.overlays import Overlays, no_overlays
from companion.workers.testrun.patches import Patches
from companion.workers.testrun.preload import preload
from companion.workers.testrun.reach import Reach
from companion.workers.testrun.stamps import loaded, outdated
from companion.workers.testrun.survivors import Survivors, call_exit_handlers

FINISHED = frozenset({0, 1, 5})
"""Exit codes of sessions that ran what they had collected, or collected nothing."""
INTERRUPTED, USAGE_ERROR = 2, 4


class Spare:
    """One pytest session for one project; ``send`` and ``receive`` are the ends of its channels to the runner.

    ``shared`` is what it does not have for itself.
    """

    def __init__(self, send: Any, receive: Any, shared: Shared = NOTHING_SHARED) -> None:
        self._send, self._receive, self._shared = send, receive, shared
        self._cancelled = False
        self._releases: list[Release] = []
        self._early: list[str] = []
        self._freshness: Freshness | None = None
        self._overlays = no_overlays()
        self._configuring, self._stops = Patches(), Patches()
        self._interrupter: Interrupter | None = None
        self._order: RunItems | None = None
        self._output: Output | None = None
        self._plugin: Any = None
        self._began = 0.0
        self._born = 0
        self._version = ""
        self._guards = Guards(refused=self._refused, touched=self._touched, shared=shared)
        self._survivors = Survivors(self._guards.children)
        self._leavings = Leavings(file=self._marked, mark=self._mark, keeper=lambda: self._survivors.keeper)
        self._warm_modules: frozenset[str] = frozenset()

    def live(self) -> None:
        """From the first message to the last; returns when there is nothing more to do."""
        try:
            prepare = cast("Prepare", self._receive.receive())
            if self._warm_up(prepare):
                self._run(prepare)
        except EndOfChannel:
            pass
        finally:
            self._leavings.settle()
            self._configuring.undo()
            self._stops.undo()
            self._guards.undo()
            if self._freshness is not None:
                self._freshness.undo()

    def _refused(self, reason: str) -> None:
        if self._plugin is None:
            self._early.append(reason)
        else:
            self._plugin.whereabouts.refused(reason)

    def _touched(self, reason: str) -> None:
        if self._plugin is None:
            self._early.append(reason)
        else:
            self._plugin.whereabouts.touched(reason)

    def _marked(self) -> str:
        return self._plugin.whereabouts.marked if self._plugin is not None else ""

    def _mark(self, file: str) -> None:
        if self._plugin is not None:
            self._plugin.whereabouts.mark(file)

    def _warm_up(self, prepare: Prepare) -> bool:
        self._began, self._born = time.perf_counter(), time.time_ns()
        os.chdir(prepare.root)
        if prepare.lane == "interpreter":
            problem = become(prepare.snapshot, prepare.root)
            if problem:
                return self._tell_warm(problem)
            self._guards.apply()
            self._leavings.apply()
        try:
            self._version = importlib.import_module("pytest").__version__
        except ImportError as error:
            return self._tell_warm(needs_process(str(error)) or f"pytest cannot be imported ({error})")
        act_as_pytest()
        self._guards.guard_capturing()
        self._freshness = Freshness(prepare.root, third_party(prepare), prepare.code_folder)
        self._freshness.apply()
        look_ahead(self._configuring)
        preload((*prepare.preload, "companion.workers.testrun.plugin"))
        return not self._early or self._tell_warm(self._early[0])

    def _tell_warm(self, problem: str) -> bool:
        self._warm_modules = frozenset(sys.modules)
        self._send.send(Warm(time.perf_counter() - self._began, self._version, problem))
        return not problem

    def _run(self, prepare: Prepare) -> None:
        with capturing() as self._output:
            try:
                exit_code = self._pytest(prepare)
                self._end_of_session(prepare)
            except CompanionError:
                raise
            except Exception as error:
                if self._order is not None:
                    raise  # a plugin's own
                self._tell_warm(f"pytest does not start ({message_of(error)})")
                return
        if self._order is None:
            return
        problem = self._complain(prepare, self._order, exit_code, self._output.getvalue())
        modules, loaded = self._imported()
        seconds, folders = time.perf_counter() - self._began, self._plugin.folders
        self._send.send(
            SessionFinished(
                self._order.generation, exit_code, seconds, modules, loaded, folders, problem, self._overlays.ran
            )
        )

    def _end_of_session(self, prepare: Prepare) -> None:
        """What a process does at its end, as far as tests can tell, and what it would not wait for."""
        if prepare.lane == "interpreter":
            for owner, left in self._survivors.find():
                self._send.send(NeedsProcess(owner or ".", left))
        call_exit_handlers()

    def _pytest(self, prepare: Prepare) -> int:
        """Its exit code. It is started before it is known what to run, and waits for that inside."""
        from companion.workers.testrun import debugger  # noqa: PLC0415 - needs pytest
        from companion.workers.testrun.cache import keep_cache_in_memory  # noqa: PLC0415 - needs pytest
        from companion.workers.testrun.entrance import Entrance, StartAgain  # noqa: PLC0415 - needs pytest

        keep_cache_in_memory(self._configuring)
        debugger.refuse(self._stops)
        try:
            return run_pytest(self._own_arguments(prepare), Entrance(lambda: self._begin(prepare)))
        except StartAgain as again:
            return run_pytest([*self._own_arguments(prepare), *again.arguments], again.plugin)
        except GivenUp as error:
            raise EndOfChannel("nobody wants what was foreseen") from error
        finally:
            if self._interrupter is not None:
                self._interrupter.end()
            if isinstance(self._order, DebugItems):
                debugger.detach()

    def _begin(self, prepare: Prepare) -> "tuple[list[str], object]":
        """Warm: wait for the order, and give pytest what it says. Raises EndOfChannel if there is none."""
        from companion.workers.testrun.overlays_marks import Marks  # noqa: PLC0415 - needs pytest
        from companion.workers.testrun.plugin import Streaming  # noqa: PLC0415 - needs pytest

        stamps = loaded(self._born)
        self._tell_warm("")
        if self._output is not None:
            self._output.renew()
            if not self._shared.descriptors:
                self._output.take_descriptors()
        stamps = {**loaded(), **stamps}  # a template may have imported more in the meantime
        order = self._receive.receive()
        if not isinstance(order, RunItems):
            raise EndOfChannel("there is nothing to run")
        if outdated(stamps):
            self._send.send(Outdated())
            raise EndOfChannel("what was imported ahead is another by now")
        further = self._debug(order) if isinstance(order, DebugItems) else ()
        freshness = cast("Freshness", self._freshness)
        send = self._send.send
        if isinstance(order, Foresee):
            foresight = Foresight(
                order, prepare.root, send=send, receive=self._receive.receive, accepted=self._accept
            )
            foresight.begin()
            freshness.tell(foresight.meet)
            send = foresight.send
        else:
            self._accept(order)
        marks = Marks(freshness.is_project)
        self._overlays = Overlays(prepare.root, order.overlays, marks.saw)
        freshness.lay(self._overlays)
        self._plugin = Streaming(
            send,
            prepare=prepare,
            order=order,
            locate=self._locate(prepare),
            configured=self._configuring.undo,
            cancelled=self._is_cancelled,
            releases=self._releases,
            marks=marks,
            over=self._survivors.note,
            shared_descriptors=self._shared.descriptors,
        )
        started_as_pytest()
        if prepare.lane == "interpreter":
            self._receive.release(order)  # the overlays have been copied
            self._interrupter = Interrupter(self._receive, self._cancel, self._releases.append)
            self._guards.hide_thread(self._interrupter.ident)
        else:
            Reach(prepare.root, self._plugin.whereabouts.reached).watch()
        return self._without_descriptors((*order.arguments, *further)), self._plugin

    def _accept(self, order: RunItems) -> None:
        self._began = time.perf_counter()
        self._order = order

    def _without_descriptors(self, arguments: "tuple[str, ...]") -> "list[str]":
        """pytest's capturing of descriptors would redirect the engine's, where they are shared."""
        asked = [word for word in arguments if word.startswith("--capture")]
        return [*arguments, "--capture=sys"] if asked and self._shared.descriptors else list(arguments)

    def _debug(self, order: DebugItems) -> "tuple[str, ...]":
        """A debugger's client is attached: further arguments for pytest. Raises EndOfChannel if there is none."""
        from companion.workers.testrun import debugger  # noqa: PLC0415 - needs pytest

        try:
            return debugger.attach(order.debugger, self._stops, self._send.send)
        except Exception as error:
            problem = f"the project's Python cannot debug: {error}"
            self._send.send(SessionFinished(order.generation, USAGE_ERROR, 0.0, (), (), (), problem))
            raise EndOfChannel(problem) from error

    def _complain(self, prepare: Prepare, order: RunItems, exit_code: int, text: str) -> str:
        """The session could not run, or was stopped: why, as one sentence; a broken conftest also as an item."""
        if exit_code in FINISHED or (exit_code == INTERRUPTED and self._cancelled):
            return ""
        reason = needs_process(text) if prepare.lane == "interpreter" else ""
        if reason:
            self._send.send(NeedsProcess(".", reason))
        found = complaint(text)
        path = self._locate(prepare)(found.conftest) if found.conftest else ""
        if not path:
            return found.message
        self._send.send(
            ItemFinished(
                generation=order.generation,
                id=path,
                outcome="error",
                seconds=0.0,
                lane=prepare.lane,
                message=found.message,
                path=path,
                line=found.line,
                frames=(),
                report=text[: prepare.largest_report],
                reports=("collect failed",),
            )
        )
        return f"{path} cannot be imported: {found.message}"

    def _own_arguments(self, prepare: Prepare) -> "list[str]":
        """Before an order's: later files run after a broken one, and what this lane cannot hold is left out."""
        own = ["--rootdir", prepare.root, "--continue-on-collection-errors"]
        if prepare.lane == "interpreter":
            own += ["-p", "no:faulthandler", "-p", "no:hypothesispytest"]
            if self._shared.descriptors:
                own.append("--capture=sys")
        return own

    def _locate(self, prepare: Prepare) -> Callable[[str], str]:
        freshness = cast("Freshness", self._freshness)
        root = prepare.root.rstrip("/") + "/"

        def locate(path: str) -> str:
            if path.startswith("<"):  # made at run time, or frozen
                return ""
            full = os.path.abspath(path)  # noqa: PTH100 - may be "<string>", and symlinks must stay
            return full[len(root) :] if freshness.is_project(full) else ""

        return locate

    def _imported(self) -> "tuple[tuple[str, ...], tuple[str, ...]]":
        """Names of modules that could be preloaded, and absolute files of the project's own.

        What only a test imported is left alone: tests ask what an import does, and whether it has happened.
        """
        freshness = cast("Freshness", self._freshness)
        collected = self._plugin.modules - self._warm_modules
        modules: list[str] = []
        loaded: list[str] = []
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None) or ""
            if path and freshness.is_project(path):
                loaded.append(path)
            elif name in collected and not name.startswith(("companion.", "__m")) and ahead(module):
                modules.append(name)
        return tuple(modules), tuple(loaded)

    def _cancel(self) -> None:
        self._cancelled = True

    def _is_cancelled(self) -> bool:
        if self._own_messages():
            self._cancelled = True
        return self._cancelled

    def _own_messages(self) -> bool:
        """In the process lane no helper thread listens (``fork`` would warn of it): look between two items."""
        if hasattr(self._receive, "handle"):
            return False
        try:
            while not isinstance(message := self._receive.receive_nowait(), CancelRun | Interrupt):
                if isinstance(message, Release):
                    self._releases.append(message)
        except WouldBlock:
            return False
        except CompanionError:
            pass
        return True


def run_pytest(arguments: "list[str]", plugin: object) -> int:
    """The exit code of a session in this interpreter."""
    import pytest  # noqa: PLC0415 - the project's own, importable only now

    try:
        return int(pytest.main(arguments, plugins=[plugin]))
    except SystemExit as error:  # argparse ends so on ``--help`` and ``--version``, and conftests do
        if not isinstance(error.code, int):
            print(f"SystemExit: {error.code}")  # noqa: T201 - as Python would
        return error.code if isinstance(error.code, int) else USAGE_ERROR


def third_party(prepare: Prepare) -> "tuple[str, ...]":
    """Folders inside the project that are not the project: its environments."""
    shown = dict(prepare.snapshot)
    folders = [str(shown["prefix"]), *cast("tuple[str, ...]", shown["sites"])]
    return tuple({*folders, *(os.path.realpath(folder) for folder in folders)})


def ahead(module: Any) -> bool:
    """Whether it may be imported ahead: not if pytest rewrites it, which is too late for what is imported."""
    return type(getattr(module, "__loader__", None)).__module__ != "_pytest.assertion.rewrite"
