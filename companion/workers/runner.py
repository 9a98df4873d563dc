"""The runner agent: decides what a change affects, and has it run in warm, single-use spares.

It runs no user code itself. The host starts the spares that it asks for (`NeedSpare`); each is joined to it by a
channel of its own, and thrown away after one session (`DropSpare`).
"""

import os
import time
from collections import deque

from companion.config import Config
from companion.core.board import file_of
from companion.core.lanes import needs_process
from companion.messages import (
    EVERYTHING,
    CancelRun,
    Collected,
    DropSpare,
    FileFinished,
    Interrupt,
    ItemFinished,
    ItemStarted,
    Lane,
    Message,
    NeedSpare,
    NeedsProcess,
    Prepare,
    Project,
    RunItems,
    RunTests,
    SessionFinished,
    SpareEnded,
    SpareLost,
    SpareReady,
    Status,
    Warm,
)  # fmt: skip
from companion.workers.link import Link
from companion.workers.running.line import Line, LineEnded
from companion.workers.running.marker import REASON, Marker
from companion.workers.running.memory import LaneMemory
from companion.workers.running.plan import plan
from companion.workers.running.project import find_project
from companion.workers.running.run import Batch, Run
from companion.workers.running.sources import Sources, SuiteFacts

GRACE = 2.0
"""Seconds that an interrupted item gets to end, before its spare is given up."""


class Runner:
    """See the module; one run at a time, the host sees to that."""

    def __init__(self, link: Link, config: Config) -> None:
        self._link, self._config = link, config
        self._project = find_project(config, os.environ)
        self._marker = Marker(config.root)
        self._lanes = LaneMemory(moved=dict.fromkeys(self._marker.quarantined(), REASON))
        self._facts = SuiteFacts()
        self._sources = Sources(config.root)
        self._preload: tuple[str, ...] = ()
        self._waiting: dict[Lane, deque[Line]] = {"interpreter": deque(), "process": deque()}
        self._asked: dict[Lane, int] = {"interpreter": 0, "process": 0}
        self._busy: list[Line] = []
        self._ending: list[Line] = []
        self._lost: dict[int, Batch] = {}
        self._run: Run | None = None
        self._order: RunTests | None = None
        self._began = 0.0
        self._trouble = ""
        self._tell_project()

    @property
    def detail(self) -> str:
        """See `companion.workers.link.Agent`."""
        return f"Python {self._project.version}" if self._project.version else "no Python for the project"

    def handle(self, message: Message) -> None:
        """See `companion.workers.link.Agent`."""
        match message:
            case RunTests():
                self._begin(message)
            case CancelRun():
                self._cancel(message.generation)
            case SpareReady():
                self._spare_ready(message)
            case SpareEnded():
                self._spare_ended(message.spare, message.reason or "without a word")
            case SpareLost():
                self._asked[message.lane] -= 1
                self._no_spare(message.lane, message.reason)
            case _:
                pass

    def close(self) -> None:
        """See `companion.workers.link.Agent`."""
        for line in [*self._busy, *self._ending, *self._waiting["interpreter"], *self._waiting["process"]]:
            line.close()

    # --- a run --------------------------------------------------------------------------------------------

    def _begin(self, order: RunTests) -> None:
        self._order, self._began = order, time.monotonic()
        batches, reasons, gone = plan(order, self._facts, self._sources, self._lanes, self._first_lane)
        for file in gone:
            self._facts.items.pop(file, None)
            self._link.send(FileFinished(order.generation, file, ()))
        known = sum(map(len, self._facts.items.values()))
        self._run = Run(order.generation, batches, reasons=reasons, lanes=self._lanes, known=known, emit=self._emit)
        if self._project.problem:
            self._give_up(self._project.problem)
        self._go_on()

    def _cancel(self, generation: int) -> None:
        if self._run is not None and self._run.generation == generation:
            self._run.cancel()
            for line in self._busy:
                line.send(CancelRun(generation))
            self._go_on()

    def _go_on(self) -> None:
        """Give waiting batches to spares, and end the run when nothing is left of it."""
        run = self._run
        if run is None:
            return
        if run.done:
            self._run = None
            self._link.send(run.finished(time.monotonic() - self._began))
            self._keep_warm()
            return
        for batch in list(run.queue):
            if any(line.lane == batch.lane for line in self._busy):
                continue
            if self._waiting[batch.lane]:
                self._assign(self._waiting[batch.lane].popleft(), batch)
            else:
                self._ask(batch.lane)

    def _assign(self, line: Line, batch: Batch) -> None:
        run, order = self._run, self._order
        if run is None or order is None:
            return
        run.started(batch)
        line.batch = batch
        self._busy.append(line)
        arguments = (*self._config.pytest_args, *order.pytest_args, *batch.arguments)
        line.send(RunItems(order.generation, arguments, batch.deselect, self._config.item_timeout))
        if run.cancelled:
            line.send(CancelRun(order.generation))

    def _give_up(self, problem: str) -> None:
        if self._run is not None:
            for batch in list(self._run.queue):
                self._run.fail_to_start(batch, problem)

    def _emit(self, message: Message) -> None:
        self._link.send(message)
        if isinstance(message, FileFinished):
            if message.items:
                self._facts.items[message.path] = message.items
            else:
                self._facts.items.pop(message.path, None)

    # --- spares -------------------------------------------------------------------------------------------

    @property
    def _first_lane(self) -> Lane:
        possible = "interpreter" in self._project.lanes and not self._lanes.process_only
        return "interpreter" if possible else "process"

    def _keep_warm(self) -> None:
        """One spare waits for the next save, in each lane that is used."""
        if not self._project.problem:
            self._ask(self._first_lane)
            if self._lanes.moved:
                self._ask("process")

    def _ask(self, lane: Lane) -> None:
        if not self._asked[lane] and not self._waiting[lane]:
            self._asked[lane] += 1
            self._link.send(NeedSpare(lane, self._project.python))

    def _spare_ready(self, message: SpareReady) -> None:
        self._asked[message.lane] -= 1
        line = Line(message, self._link.loop, self._heard)
        prepare = Prepare(
            root=self._config.root,
            lane=message.lane,
            snapshot=self._project.snapshot,
            preload=self._preload,
            largest_report=self._config.largest_report,
            marker=self._marker.path if message.lane == "interpreter" else "",
        )
        line.send(prepare)
        self._waiting[message.lane].append(line)
        self._go_on()

    def _heard(self, line: Line, message: Message) -> None:
        match message:
            case Warm():
                self._warm(line, message)
            case LineEnded():
                self._line_ended(line, message.reason)
            case _ if line.batch is not None and self._run is not None:
                self._progress(self._run, line, line.batch, message)
            case SessionFinished():
                self._session_finished(line, message)
            case _:
                pass

    def _progress(self, run: Run, line: Line, batch: Batch, message: Message) -> None:
        match message:
            case Collected():
                self._facts.patterns, self._facts.test_paths = message.patterns, message.test_paths
                run.collected(batch, message)
            case ItemStarted():
                run.item_started(batch, message)
                self._watch_item(line, batch)
            case ItemFinished():
                line.stop_timer()
                if message.reports == ("collect failed",):
                    self._facts.broken.add(message.id)
                run.item_finished(batch, message)
                if batch.all_finished and not batch.repeat:
                    self._complete(run, line, batch)
            case NeedsProcess():
                self._needs_process(run, batch, message)
            case SessionFinished():
                self._session_finished(line, message)
                run.session_finished(batch, message)
                if batch.collected is not None and not run.cancelled:
                    self._tell_mended(run, batch)
                self._go_on()
            case _:
                pass

    def _complete(self, run: Run, line: Line, batch: Batch) -> None:
        """The verdict does not wait for the session's own end; the spare is heard until then."""
        self._busy.remove(line)
        line.batch, line.completed = None, batch
        self._ending.append(line)
        run.complete(batch)
        self._tell_mended(run, batch)
        self._go_on()

    def _tell_mended(self, run: Run, batch: Batch) -> None:
        for path in self._facts.mended(batch.files, (i for i in batch.done if "::" not in i)):
            self._facts.broken.discard(path)
            self._link.send(FileFinished(run.generation, path, ()))

    def _session_finished(self, line: Line, message: SessionFinished) -> None:
        self._learn(line.batch or line.completed, message)
        self._drop(line)

    def _needs_process(self, run: Run, batch: Batch, message: NeedsProcess) -> None:
        run.needs_process(batch, message)
        text = f"{message.id} runs in the process lane: {message.reason}"
        self._link.send(Status(f"lane:{file_of(message.id)}", "ok", text))

    def _warm(self, line: Line, message: Warm) -> None:
        if not message.problem:
            self._tell_works()
            return
        batch = line.batch
        self._discard(line)
        if line.lane == "interpreter" and needs_process(message.problem):
            self._lanes.process_only = message.problem
            if self._run is not None and batch is not None:
                self._run.lost(batch, message.problem)
            self._go_on()
        else:
            self._no_spare(line.lane, self._explain(message.problem), batch)

    def _tell_works(self) -> None:
        if self._trouble:
            self._trouble = ""
            self._link.send(Status("runner", "ok", "tests can run again"))

    def _explain(self, problem: str) -> str:
        command = " ".join(self._project.python)
        return f"{problem} by {command}: install pytest there, or set python in [tool.companion] to another one"

    def _no_spare(self, lane: Lane, problem: str, batch: Batch | None = None) -> None:
        self._trouble = problem
        self._link.send(Status("runner", "error", problem))
        run = self._run
        if run is not None:
            for waiting in [batch] if batch is not None else [b for b in run.queue if b.lane == lane]:
                run.fail_to_start(waiting, problem)
        self._go_on()

    def _line_ended(self, line: Line, reason: str) -> None:
        """A spare is gone before its session's end; the host will say how it ended."""
        batch = line.batch
        self._discard(line)
        if batch is not None and self._run is not None and batch in self._run.active:
            self._lost[line.spare] = batch
            self._link.loop.call_later(GRACE, lambda: self._spare_ended(line.spare, reason))

    def _spare_ended(self, spare: int, reason: str) -> None:
        batch = self._lost.pop(spare, None)
        if batch is not None and self._run is not None and batch in self._run.active:
            self._run.lost(batch, reason)
            self._go_on()

    def _watch_item(self, line: Line, batch: Batch) -> None:
        line.stop_timer()
        item = batch.current
        line.timer = self._link.loop.call_later(self._config.item_timeout, lambda: self._overdue(line, item))

    def _overdue(self, line: Line, item: str) -> None:
        if line.batch is None or line.batch.current != item:
            return
        if line.lane == "interpreter":
            line.send(Interrupt(f"did not end within {self._config.item_timeout:g} s"))
            line.timer = self._link.loop.call_later(GRACE, lambda: self._hung(line, item))
        else:
            self._hung(line, item)

    def _hung(self, line: Line, item: str) -> None:
        batch = line.batch
        if batch is None or batch.current != item or self._run is None:
            return
        self._discard(line)
        self._run.hung(batch, self._config.item_timeout)
        self._go_on()

    def _drop(self, line: Line) -> None:
        """The session is over: the spare ends by itself, and the host reaps it."""
        line.stop_timer()
        self._discard(line)

    def _discard(self, line: Line) -> None:
        line.close()
        for place in (self._busy, self._ending, self._waiting[line.lane]):
            if line in place:
                place.remove(line)
        self._link.send(DropSpare(line.spare))

    # --- knowledge ----------------------------------------------------------------------------------------

    def _learn(self, batch: Batch | None, message: SessionFinished) -> None:
        """What a session over everything imported: to be imported ahead in the next spare, and to be watched."""
        if batch is None or batch.files:
            return
        self._preload = tuple(dict.fromkeys((*self._preload, *message.modules)))
        tests = {file_of(node_id) for node_id in batch.collected or ()}
        self._sources.learn(message.sys_path, message.loaded, tests)

    def _tell_project(self) -> None:
        project: Project = self._project
        self._link.send(project)
        if project.problem:
            self._link.send(Status("runner", "error", project.problem))
        else:
            self._ask(self._first_lane)


def build(link: Link, config: Config) -> Runner:
    """See `companion.workers.link`."""
    return Runner(link, config)


__all__ = ["EVERYTHING", "build"]
