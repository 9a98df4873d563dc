"""The runner agent: decides what a change affects, and has it run in warm, single-use spares.

It runs no user code itself. The host starts the spares that it asks for (`NeedSpare`); each is joined to it by a
channel of its own, and thrown away after one session (`DropSpare`).
"""

import os
import time

from companion.config import Config
from companion.core.board import file_of
from companion.core.lanes import needs_process
from companion.core.pending import narrows
from companion.messages import (
    CancelRun,
    Collected,
    FileFinished,
    ItemFinished,
    ItemStarted,
    Lane,
    Message,
    NeedsProcess,
    RunItems,
    RunTests,
    SessionFinished,
    SpareEnded,
    SpareLost,
    SpareReady,
    Status,
    Warm,
)  # fmt: skip
from companion.store.marker import REASON, Marker
from companion.workers.link import Link
from companion.workers.running.clock import GRACE, ItemClock
from companion.workers.running.line import Line, LineEnded
from companion.workers.running.memory import LaneMemory
from companion.workers.running.plan import plan
from companion.workers.running.pool import Pool
from companion.workers.running.project import find_project
from companion.workers.running.run import Batch, Run
from companion.workers.running.sources import Sources, SuiteFacts

NOTICEABLE = 0.05
"""Seconds after which people are told what is running; most items are over by then."""


class Runner:
    """See the module; one run at a time, the host sees to that."""

    def __init__(self, link: Link, config: Config) -> None:
        self._link, self._config = link, config
        self._project = find_project(config, os.environ)
        marker = Marker(config.root)
        self._lanes = LaneMemory(moved=dict.fromkeys(marker.quarantined(), REASON))
        self._facts = SuiteFacts()
        self._sources = Sources(config.root)
        self._pool = Pool(link, config, self._project, marker, self._heard)
        self._clock = ItemClock(link.loop, config, hung=self._hung, stalled=self._stalled)
        self._busy: list[Line] = []
        self._ending: list[Line] = []
        self._lost: dict[int, Batch] = {}
        self._run: Run | None = None
        self._order: RunTests | None = None
        self._began = 0.0
        self._trouble = self._project.problem
        self._introduce()

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
                self._pool.ready(message)
                self._go_on()
            case SpareEnded():
                self._spare_ended(message.spare, message.reason or "without a word")
            case SpareLost():
                self._pool.lost(message.lane)
                self._no_spare(message.lane, message.reason)
            case _:
                pass

    def close(self) -> None:
        """See `companion.workers.link.Agent`."""
        for line in (*self._busy, *self._ending):
            line.close()
        self._pool.close()

    # --- a run --------------------------------------------------------------------------------------------

    def _introduce(self) -> None:
        self._link.send(self._project)
        if self._trouble:
            self._link.send(Status("runner", "error", self._trouble))
        self._pool.ask(self._first_lane)

    def _begin(self, order: RunTests) -> None:
        self._order, self._began = order, time.monotonic()
        batches, reasons, gone = plan(order, self._facts, self._sources, self._lanes, self._first_lane)
        for file in gone:
            self._facts.items.pop(file, None)
            self._link.send(FileFinished(order.generation, file, ()))
        known = sum(map(len, self._facts.items.values()))
        run = Run(
            order.generation,
            batches,
            reasons=reasons,
            lanes=self._lanes,
            known=known,
            narrowed=narrows(order.pytest_args) and order.scope in ("all", "changed"),
            emit=self._emit,
        )
        self._run = run
        if self._project.problem:
            for batch in batches.copy():
                run.fail_to_start(batch, self._project.problem)
        self._go_on()

    def _go_on(self) -> None:
        """Give waiting batches to spares, one a lane, and end the run when nothing is left of it."""
        run = self._run
        if run is None:
            return
        if run.done:
            self._run = None
            self._link.send(run.finished(time.monotonic() - self._began))
            self._keep_warm()
            return
        for batch in list(run.queue):
            if not any(line.lane == batch.lane for line in self._busy):
                line = self._pool.take(batch.lane)
                if line is not None:
                    self._assign(run, line, batch)

    def _assign(self, run: Run, line: Line, batch: Batch) -> None:
        order = self._order
        extra = order.pytest_args if order is not None else ()
        run.started(batch)
        line.batch = batch
        self._busy.append(line)
        arguments = (*self._config.pytest_args, *extra, *batch.arguments)
        line.order = RunItems(run.generation, arguments, batch.deselect, self._config.item_timeout)
        if line.warm is not None:  # until then it does not read
            line.send(line.order)
        self._clock.between(line)

    def _cancel(self, generation: int) -> None:
        if self._run is not None and self._run.generation == generation:
            self._run.cancel()
            for line in self._busy:
                self._clock.cancel(line, generation, self._abandoned)
            self._go_on()

    def _abandoned(self, line: Line) -> None:
        """A cancelled run's spare is busy with a long item: what it says no longer matters."""
        if self._run is not None and line.batch is not None:
            batch = line.batch
            self._discard(line)
            self._run.lost(batch, "cancelled")
            self._go_on()

    def _emit(self, message: Message) -> None:
        self._link.send(message)
        if isinstance(message, FileFinished):
            self._facts.now_holds(message.path, message.items)

    @property
    def _first_lane(self) -> Lane:
        possible = "interpreter" in self._project.lanes and not self._lanes.process_only
        return "interpreter" if possible else "process"

    def _keep_warm(self) -> None:
        """One spare waits for the next save, in each lane that is used."""
        self._pool.ask(self._first_lane)
        if self._lanes.moved:
            self._pool.ask("process")

    # --- what spares say ----------------------------------------------------------------------------------

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
                self._keep_warm()  # the next save may come at any time
            case ItemStarted():
                batch.current = message.id
                if not run.cancelled:
                    self._clock.started(line, message.id)
                    self._link.loop.call_later(NOTICEABLE, lambda: run.still_running(batch, message))
            case ItemFinished():
                self._item_finished(run, line, batch, message)
            case NeedsProcess():
                run.needs_process(batch, message)
                text = f"{message.id} runs in the process lane: {message.reason}"
                self._link.send(Status(f"lane:{file_of(message.id)}", "ok", text))
            case SessionFinished():
                self._session_finished(line, message)
                run.session_finished(batch, message)
                if batch.collected is not None and not run.cancelled:
                    self._tell_mended(run, batch)
                self._go_on()
            case _:
                pass

    def _item_finished(self, run: Run, line: Line, batch: Batch, message: ItemFinished) -> None:
        if not run.cancelled:
            self._clock.between(line)
        if message.reports == ("collect failed",):
            self._facts.broken.add(message.id)
        run.item_finished(batch, message)
        if batch.all_finished and not batch.repeat:
            self._complete(run, line, batch)

    def _complete(self, run: Run, line: Line, batch: Batch) -> None:
        """The verdict does not wait for the session's own end; the spare is heard until then."""
        self._clock.stopped(line)
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
        self._discard(line)

    def _learn(self, batch: Batch | None, message: SessionFinished) -> None:
        """What a session over everything imported: to be imported ahead in the next spare, and to be watched."""
        if batch is None or batch.files:
            return
        self._pool.learn(message.modules)
        tests = {file_of(node_id) for node_id in batch.collected or ()}
        self._sources.learn(message.sys_path, message.loaded, tests)

    # --- spares in trouble --------------------------------------------------------------------------------

    def _warm(self, line: Line, message: Warm) -> None:
        line.warm = message
        if not message.problem:
            self._tell_works()
            if line.order is not None:
                line.send(line.order)
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

    def _explain(self, problem: str) -> str:
        command = " ".join(self._project.python)
        return f"{problem} by {command}: install pytest there, or set python in [tool.companion] to another one"

    def _no_spare(self, lane: Lane, problem: str, batch: Batch | None = None) -> None:
        self._trouble = problem
        self._link.send(Status("runner", "error", problem))
        if self._run is not None:
            for waiting in [batch] if batch is not None else [b for b in self._run.queue if b.lane == lane]:
                self._run.fail_to_start(waiting, problem)
        self._go_on()

    def _tell_works(self) -> None:
        if self._trouble:
            self._trouble = ""
            self._link.send(Status("runner", "ok", "tests can run again"))

    def _line_ended(self, line: Line, reason: str) -> None:
        """A spare is gone before its session's end; the host will say how it ended, or the timer that it did."""
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

    def _hung(self, line: Line, item: str) -> None:
        batch = line.batch
        if batch is not None and batch.current == item and self._run is not None:
            self._discard(line)
            self._run.hung(batch, self._config.item_timeout)
            self._go_on()

    def _stalled(self, line: Line, seconds: float) -> None:
        """A spare does nothing between two items, or before the first: importing, collecting, or a fixture hangs."""
        batch = line.batch
        if batch is not None and self._run is not None:
            self._discard(line)
            self._run.lost(batch, f"nothing happened for {seconds:g} s")
            self._go_on()

    def _discard(self, line: Line) -> None:
        self._clock.stopped(line)
        for place in (self._busy, self._ending):
            if line in place:
                place.remove(line)
        self._pool.discard(line)


def build(link: Link, config: Config) -> Runner:
    """See `companion.workers.link`."""
    return Runner(link, config)
