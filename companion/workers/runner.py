"""The runner agent: decides what a change affects, and has it run in warm, single-use spares.

It runs no user code itself. The host starts the spares that it asks for (`NeedSpare`); each is joined to it by a
channel of its own, and thrown away after one session (`DropSpare`).
"""

import os
import time

from companion.config import Config
from companion.core.board import file_of
from companion.core.pending import narrows
from companion.messages import (
    CancelRun,
    Collected,
    FileFinished,
    Importing,
    ItemFinished,
    ItemStarted,
    Lane,
    Message,
    NeedsProcess,
    Outdated,
    RunItems,
    RunTests,
    SessionFinished,
    SpareEnded,
    SpareLeftBehind,
    SpareLost,
    SpareReady,
    Warm,
)  # fmt: skip
from companion.store.marker import REASON, Marker
from companion.workers.link import Link
from companion.workers.running.clock import ItemClock
from companion.workers.running.closing import Closing
from companion.workers.running.hunger import Hunger
from companion.workers.running.line import Line, LineEnded
from companion.workers.running.memory import LaneMemory
from companion.workers.running.plan import plan
from companion.workers.running.pool import Pool
from companion.workers.running.project import find_project
from companion.workers.running.run import Batch, Run
from companion.workers.running.sources import Sources, SuiteFacts
from companion.workers.running.trouble import Trouble

NOTICEABLE = 0.05
"""Seconds after which people are told what is running; most items are over by then."""


class Runner:
    """See the module; one run at a time, the host sees to that. ``run`` is the one under way."""

    def __init__(self, link: Link, config: Config) -> None:
        self._link, self._config = link, config
        self._project = find_project(config, os.environ)
        marker = Marker(config.root)
        self._lanes = LaneMemory(moved=dict.fromkeys(marker.quarantined(), REASON))
        self._facts = SuiteFacts()
        self._sources = Sources(config.root)
        self._pool = Pool(link, config, self._project, marker, self._heard)
        self._trouble = Trouble(link, config, self._project, self._lanes, self._pool, self)
        hunger = Hunger(link, config, self._trouble.hungry)
        self._clock = ItemClock(
            link.loop, config, hung=self._trouble.hung, stalled=self._trouble.stalled, hunger=hunger
        )
        self._closing = Closing(link.send)
        self._busy: list[Line] = []
        self._ending: list[Line] = []
        self.run: Run | None = None
        self._order: RunTests | None = None
        self._began = 0.0
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
                self.go_on()
            case SpareEnded():
                self._trouble.spare_ended(message.spare, message.reason)
            case SpareLeftBehind():
                self._trouble.left_behind(message.spare)
            case SpareLost():
                self._trouble.not_started(message.lane, message.reason)
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
        if self._project.problem:
            self._trouble.nothing_runs(self._project.problem)
        self._pool.ask(self._first_lane)

    def _begin(self, order: RunTests) -> None:
        self._order, self._began = order, time.monotonic()
        self._closing.began(order)
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
        self.run = run
        if self._project.problem:
            for batch in batches.copy():
                run.fail_to_start(batch, self._project.problem)
        self.go_on()

    def go_on(self) -> None:
        """Give waiting batches to spares, one a lane, and end the run when nothing is left of it."""
        run = self.run
        if run is None:
            return
        if run.done:
            self.run = None
            self._link.send(run.finished(time.monotonic() - self._began))
            self.keep_warm()
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
        if order is not None:
            self._closing.assigned(order, batch, self._facts.test_files)
        arguments = (*self._config.pytest_args, *extra, *batch.arguments)
        line.order = RunItems(run.generation, arguments, batch.deselect, self._config.item_timeout)
        if line.warm is not None:  # until then it does not read
            line.send(line.order)
        self._clock.between(line)

    def _cancel(self, generation: int) -> None:
        if self.run is not None and self.run.generation == generation:
            self.run.cancel()
            for line in list(self._busy):
                if line.warm is None:
                    self._take_back(self.run, line)
                else:
                    self._clock.cancel(line, generation, self._trouble.abandoned)
            self.go_on()

    def _take_back(self, run: Run, line: Line) -> None:
        """It has not been given its order, and serves the next run as well."""
        self._clock.stopped(line)
        self._busy.remove(line)
        if line.batch is not None:
            run.give_back(line.batch)
        line.batch = line.order = None
        self._pool.put_back(line)

    def _emit(self, message: Message) -> None:
        self._link.send(message)
        if isinstance(message, FileFinished):
            self._facts.now_holds(message.path, message.items)

    @property
    def _first_lane(self) -> Lane:
        possible = "interpreter" in self._project.lanes and not self._lanes.process_only
        return "interpreter" if possible else "process"

    def keep_warm(self) -> None:
        """One spare waits for the next save, in each lane that is used."""
        self._pool.ask(self._first_lane)
        if self._lanes.moved:
            self._pool.ask("process")

    def discard(self, line: Line) -> None:
        """See `companion.workers.running.trouble.Work`."""
        self._clock.stopped(line)
        batch = line.batch or line.completed
        if batch is not None:
            self._closing.lost(batch)
        for place in (self._busy, self._ending):
            if line in place:
                place.remove(line)
        self._pool.discard(line)

    # --- what spares say ----------------------------------------------------------------------------------

    def _heard(self, line: Line, message: Message) -> None:
        match message:
            case Warm():
                self._warm(line, message)
            case LineEnded():
                self._trouble.line_ended(line, message.reason)
            case Outdated():
                self._outdated(line)
            case _ if line.batch is not None and self.run is not None:
                self._progress(self.run, line, line.batch, message)
            case SessionFinished():
                self._session_finished(line, message)
            case NeedsProcess() if line.completed is not None:
                self._closing.unsure(line.completed)
            case _:
                pass

    def _warm(self, line: Line, message: Warm) -> None:
        line.warm = message
        if message.problem:
            self._trouble.not_warm(line, message.problem)
            return
        self._trouble.it_works()
        if line.order is not None:
            line.send(line.order)

    def _outdated(self, line: Line) -> None:
        """It refused its order, for it had imported ahead what is another by now: a new one gets it."""
        batch = line.batch
        self.discard(line)
        if self.run is not None and batch is not None:
            self.run.give_back(batch)
        self.go_on()

    def _progress(self, run: Run, line: Line, batch: Batch, message: Message) -> None:
        match message:
            case Collected():
                self._facts.patterns, self._facts.test_paths = message.patterns, message.test_paths
                run.collected(batch, message)
                self.keep_warm()  # the next save may come at any time
            case Importing():
                batch.importing = message.path
            case ItemStarted():
                batch.current = message.id
                self._clock.started(line, message.id)
                if not run.cancelled:
                    self._link.loop.call_later(NOTICEABLE, lambda: run.still_running(batch, message))
            case ItemFinished():
                self._item_finished(run, line, batch, message)
            case NeedsProcess():
                self._trouble.needs_process(run, batch, message)
            case SessionFinished():
                self._session_finished(line, message)
                run.session_finished(batch, message)
                if batch.collected is not None and not run.cancelled:
                    self._tell_mended(run, batch)
                self.go_on()
            case _:
                pass

    def _item_finished(self, run: Run, line: Line, batch: Batch, message: ItemFinished) -> None:
        self._clock.between(line)
        if message.reports == ("collect failed",):
            self._facts.broken.add(message.id)
        run.item_finished(batch, message)
        if batch.all_finished and not batch.repeat:
            self._complete(run, line, batch)

    def _complete(self, run: Run, line: Line, batch: Batch) -> None:
        """The verdict does not wait for the session's own end; the spare is heard until then."""
        self._clock.stopped(line)
        self._clock.between(line)
        self._busy.remove(line)
        line.batch, line.completed = None, batch
        self._ending.append(line)
        if run.cancelled:
            self._closing.unsure(batch)
        else:
            self._closing.completed(batch)
        run.complete(batch)
        self._tell_mended(run, batch)
        self.go_on()

    def _tell_mended(self, run: Run, batch: Batch) -> None:
        for path in self._facts.mended(batch.files, (i for i in batch.done if "::" not in i)):
            self._facts.broken.discard(path)
            self._link.send(FileFinished(run.generation, path, ()))

    def _session_finished(self, line: Line, message: SessionFinished) -> None:
        batch = line.batch or line.completed
        self._learn(batch, message)
        if batch is not None:
            self._closing.ended(batch, message.exit_code, message.problem)
        self.discard(line)

    def _learn(self, batch: Batch | None, message: SessionFinished) -> None:
        """What a session over everything imported: to be imported ahead in the next spare, and to be watched."""
        if batch is None or batch.files:
            return
        self._pool.learn(message.modules)
        tests = {file_of(node_id) for node_id in batch.collected or ()}
        self._sources.learn(message.sys_path, message.loaded, tests)


def build(link: Link, config: Config) -> Runner:
    """See `companion.workers.link`."""
    return Runner(link, config)
