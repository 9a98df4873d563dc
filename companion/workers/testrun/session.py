"""The life of a spare, in either lane: get warm, run one pytest session, end.

This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import importlib
import importlib.util
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from typing import Any, cast

from companion.core.lanes import needs_process
from companion.errors import CompanionError, EndOfChannel, WouldBlock
from companion.messages import (
    CancelRun,
    Interrupt,
    ItemFinished,
    NeedsProcess,
    Prepare,
    RunItems,
    SessionFinished,
    Warm,
)
from companion.workers.testrun.complaint import complaint
from companion.workers.testrun.environment import act_as_pytest, become, cut_environment
from companion.workers.testrun.freshness import Freshness
from companion.workers.testrun.guards import Guards
from companion.workers.testrun.interrupt import Interrupter

USAGE_ERROR, INTERNAL_ERROR = 4, 3


class Spare:
    """One pytest session for one project; ``send`` and ``receive`` are the ends of its channels to the runner."""

    def __init__(self, send: Any, receive: Any, *, own_descriptors: bool) -> None:
        self._send, self._receive, self._own_descriptors = send, receive, own_descriptors
        self._cancelled = False
        self._early: list[str] = []
        self._freshness: Freshness | None = None
        self._plugin: Any = None
        self._guards = Guards(refused=self._refused, touched=self._touched)
        self._warm_modules: frozenset[str] = frozenset()

    def live(self) -> None:
        """From the first message to the last; returns when there is nothing more to do."""
        try:
            prepare = cast("Prepare", self._receive.receive())
            if self._warm_up(prepare):
                order = self._receive.receive()
                if isinstance(order, RunItems):
                    self._run(prepare, order)
        except EndOfChannel:
            pass
        finally:
            self._guards.undo()
            if self._freshness is not None:
                self._freshness.undo()

    def _refused(self, reason: str) -> None:
        if self._plugin is None:
            self._early.append(reason)
        else:
            self._plugin.refused(reason)

    def _touched(self, reason: str) -> None:
        if self._plugin is None:
            self._early.append(reason)
        else:
            self._plugin.touched(reason)

    def _warm_up(self, prepare: Prepare) -> bool:
        start = time.perf_counter()
        os.chdir(prepare.root)
        if prepare.lane == "interpreter":
            become(prepare.snapshot, prepare.root)
            cut_environment()
            self._guards.apply()
        try:
            version = importlib.import_module("pytest").__version__
        except ImportError as error:
            problem = needs_process(str(error)) or f"pytest cannot be imported ({error})"
            self._send.send(Warm(time.perf_counter() - start, "", problem))
            return False
        act_as_pytest()
        self._freshness = Freshness(prepare.root, third_party(prepare), prepare.code_folder)
        self._freshness.apply()
        preload((*prepare.preload, "companion.workers.testrun.plugin"))
        if self._early:
            self._send.send(Warm(time.perf_counter() - start, version, self._early[0]))
            return False
        self._warm_modules = frozenset(sys.modules)
        self._send.send(Warm(time.perf_counter() - start, version, ""))
        return True

    def _run(self, prepare: Prepare, order: RunItems) -> None:
        start = time.perf_counter()
        with capturing() as output, tempfile.TemporaryDirectory(prefix="companion-cache-") as cache:
            interrupter = Interrupter(self._receive, self._cancel) if prepare.lane == "interpreter" else None
            arguments = self._arguments(prepare, order, cache)
            exit_code, folders = self._pytest(prepare, order, arguments)
            if interrupter is not None:
                interrupter.end()
        problem = self._complain(prepare, order, exit_code, output.getvalue())
        modules, loaded = self._imported()
        seconds = time.perf_counter() - start
        self._send.send(SessionFinished(order.generation, exit_code, seconds, modules, loaded, folders, problem))

    def _complain(self, prepare: Prepare, order: RunItems, exit_code: int, text: str) -> str:
        """The session could not run: why, as one sentence; a broken conftest also as an item of its own."""
        if exit_code not in (USAGE_ERROR, INTERNAL_ERROR):
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

    def _pytest(self, prepare: Prepare, order: RunItems, arguments: "list[str]") -> tuple[int, tuple[str, ...]]:
        import pytest  # noqa: PLC0415 - the project's own, importable only now

        from companion.workers.testrun.plugin import Streaming  # noqa: PLC0415 - needs pytest

        plugin = Streaming(
            self._send.send,
            generation=order.generation,
            lane=prepare.lane,
            locate=self._locate(prepare),
            deselect=frozenset(order.deselect),
            largest_report=prepare.largest_report,
            marker=prepare.marker,
            cancelled=self._is_cancelled,
        )
        self._plugin = plugin
        try:
            exit_code = int(pytest.main(arguments, plugins=[plugin]))
        except SystemExit as error:  # argparse ends so on ``--help`` and ``--version``
            exit_code = error.code if isinstance(error.code, int) else USAGE_ERROR
        return exit_code, plugin.folders

    def _arguments(self, prepare: Prepare, order: RunItems, cache: str) -> "list[str]":
        """What pytest gets: nothing printed, nothing written into the project, later files run after a broken one."""
        own = ["--rootdir", prepare.root, "--continue-on-collection-errors", "-o", f"cache_dir={cache}"]
        if prepare.lane == "interpreter":
            own += ["-p", "no:faulthandler", "-p", "no:hypothesispytest"]
            if not self._own_descriptors:
                own.append("--capture=sys")
        elif importlib.util.find_spec("xdist") is not None:
            own.append("-n0")
        return [*own, *order.arguments]

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
        """Names of modules that could be preloaded, and absolute files of the project's own."""
        freshness = cast("Freshness", self._freshness)
        modules: list[str] = []
        loaded: list[str] = []
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None) or ""
            if path and freshness.is_project(path):
                loaded.append(path)
            elif name not in self._warm_modules and not name.startswith(("companion.", "__m")):
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
            return isinstance(self._receive.receive_nowait(), CancelRun | Interrupt)
        except WouldBlock:
            return False
        except CompanionError:
            return True


def third_party(prepare: Prepare) -> "tuple[str, ...]":
    """Folders inside the project that are not the project: its environments."""
    shown = dict(prepare.snapshot)
    folders = [str(shown["prefix"]), *cast("tuple[str, ...]", shown["sites"])]
    return tuple({*folders, *(os.path.realpath(folder) for folder in folders)})


def preload(modules: "tuple[str, ...]") -> None:
    """Load pytest's plugins through its rewriting hook, then what the last session imported."""
    pytest_config: Any = importlib.import_module("_pytest.config")
    empty = tempfile.gettempdir()
    with capturing():
        with contextlib.suppress(Exception, SystemExit):
            arguments = ["-p", "no:faulthandler", "-p", "no:hypothesispytest", "--noconftest", "-c", os.devnull]
            config = pytest_config._prepareconfig([*arguments, "--rootdir", empty, empty], [])
            config._ensure_unconfigure()
        for name in modules:
            with contextlib.suppress(Exception, SystemExit):
                importlib.import_module(name)


@contextlib.contextmanager
def capturing() -> "Generator[io.StringIO]":
    """What Python code prints meanwhile goes here."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        yield output
