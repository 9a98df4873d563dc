"""The runner agent: decides what a change affects, and has it run in warm, single-use spares.

It runs no user code itself. The host starts the spares that it asks for (`NeedSpare`); each is joined to it by a
channel of its own, and thrown away after one session (`DropSpare`).
"""

import os
import time
from collections import Counter

from companion.config import Config
from companion.core.board import file_of
from companion.core.pending import narrows
from companion.core.rerun import State
from companion.messages import (
    CancelRun,
    Collected,
    FileFinished,
    ItemFinished,
    ItemStarted,
    Lane,
    Message,
    NeedsProcess,
    Outdated,
    Reached,
    Release,
    Released,
    RunItems,
    RunTests,
    SessionFinished,
    SpareEnded,
    SpareLeftBehind,
    SpareLost,
    SpareReady,
    Status,
    Warm,
)  # fmt: skip
from companion.store.marker import REASON, Marker
from companion.workers.link import Link
from companion.workers.running.aside import Aside
from companion.workers.running.asked import asked
from companion.workers.running.clock import ItemClock
from companion.workers.running.closing import Closing
from companion.workers.running.learning import Learning
from companion.workers.running.line import Line, LineEnded
from companion.workers.running.memory import LaneMemory
from companion.workers.running.plan import plan
from companion.workers.running.pool import Pool
from companion.workers.running.project import find_project
from companion.workers.running.promotion import DIFFERS
from companion.workers.running.rechecking import Rechecks
from companion.workers.running.reds import Reds
from companion.workers.running.room import room
from companion.workers.running.run import Batch, Run
from companion.workers.running.sources import Sources, SuiteFacts
from companion.workers.running.spreading import Spreading
from companion.workers.running.trials import Trials
from companion.workers.running.trouble import Trouble

IDLE = 0.5
"""Seconds after a run without another one, after which nobody waits for anything."""
NOTICEABLE = 0.05
"""Seconds after which people are told what is running; most items are over by then."""


class Runner:
    """See the module; one run at a time, the host sees to that. ``run`` is the one under way."""

    def __init__(self, link: Link, config: Config) -> None:
        self._link, self._config = link, config
        self._project = find_project(config, os.environ)
        marker = Marker(config.root)
        self._lanes = self._lane_memory(marker)
        self._facts = SuiteFacts()
        self._sources = Sources(config.root)
        self._spreading = Spreading(self._facts, self._sources)
        self._pool = Pool(link, config, self._project, marker, self._heard)
        self._introduce()
        self._learning = Learning(config, self._project, self._facts, self._sources, self._lanes)
        self._promotion = self._learning.promotion
        self._lanes.promoted = self._promotion.promoted
        self._pool.learn(tuple(self._learning.modules))
        self._aside = Aside(link.loop, self._pool, self.discard)
        self._trials = Trials(config, self._aside, self._promotion)
        self._reds = Reds()
        self._rechecks = Rechecks(config, self._aside, self._is_in_truth)
        self._trouble = Trouble(link, config, self._project, self._lanes, self._pool, self)
        self._clock = ItemClock(link.loop, config, hung=self._trouble.hung, stalled=self._trouble.stalled)
        self._closing = Closing(link.send)
        self._busy: list[Line] = []
        self._ending: list[Line] = []
        self.run: Run | None = None
        self._asked = asked(())
        self._began = 0.0
        if self._project.problem:
            self._trouble.nothing_runs(self._project.problem)
        if self._learning.store.problem:
            link.send(Status("store", "warning", self._learning.store.problem))

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
                self._aside.ready()
                self.go_on()
            case SpareEnded():
                self._trouble.spare_ended(message.spare, message.reason)
            case SpareLeftBehind():
                self._trouble.left_behind(message.spare)
            case SpareLost():
                self._trouble.not_started(message.lane, message.reason)
                self._aside.not_started(message.reason)
            case _:
                pass

    def close(self) -> None:
        """See `companion.workers.link.Agent`."""
        for line in (*self._busy, *self._ending):
            line.close()
        self._aside.stop()
        self._pool.close()
        self._learning.close()

    # --- a run --------------------------------------------------------------------------------------------

    def _introduce(self) -> None:
        self._link.send(self._project)
        self._pool.ask(self._lanes.first)

    def _lane_memory(self, marker: Marker) -> LaneMemory:
        possible = "interpreter" in self._project.lanes
        usual: Lane = "interpreter" if possible and self._config.lane == "interpreter" else "process"
        forced = self._config.lanes if possible else ()
        return LaneMemory(usual, moved=dict.fromkeys(marker.quarantined(), REASON), forced=forced)

    def _begin(self, order: RunTests) -> None:
        self._trials.stop()
        self._rechecks.stop()
        self._began = time.monotonic()
        batches, reasons, gone = plan(order, self._facts, self._sources, self._lanes)
        self._asked = asked((*self._config.pytest_args, *order.pytest_args))
        batches = self._spreading.shard(batches, *self._asked.shard)
        batches = self._spreading.spread(batches, self._slots, self._asked.arguments)
        self._closing.began(order, batches, self._facts.test_files)
        self._reds.began(order, batches)
        for file in gone:
            self._facts.items.pop(file, None)
            self._link.send(FileFinished(order.generation, file, ()))
        known = sum(map(len, self._facts.items.values()))
        run = Run(
            order.generation,
            batches,
            at_once=self._slots,
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
        """Give waiting batches to spares, and end the run when nothing is left of it."""
        run = self.run
        if run is None:
            return
        if run.done:
            reds = () if run.cancelled else self._reds.take()
            if not self._aside.busy and not self._rechecks.begin(reds, run.ran, self._asked.arguments, self.go_on):
                self._finish(run)
            return
        free = self._slots - len(self._busy)
        for batch in run.queue[: max(0, free)]:
            line = self._pool.take(batch.lane)
            if line is not None:
                self._assign(run, line, batch)
        waiting = Counter(batch.lane for batch in run.queue[: max(0, self._slots - len(self._busy))])
        for lane, number in waiting.items():
            self._pool.ask(lane, number)
        if not run.queue and not run.cancelled and len(self._busy) < self._slots:
            self._steal()

    def _steal(self) -> None:
        """A spare could be at work and is not: let the busiest one leave it a part of what it has to do."""
        lines = {line.batch.serial: line for line in self._busy if line.batch is not None}
        if not any(line.releasing for line in lines.values()):
            found = self._spreading.steal([line.batch for line in lines.values() if line.batch is not None])
            if found is not None:
                batch, files = found
                lines[batch.serial].releasing = True
                lines[batch.serial].send(Release(files))

    def _finish(self, run: Run) -> None:
        self.run = None
        self._link.send(run.finished(time.monotonic() - self._began))
        self.keep_warm()
        self._link.loop.call_later(IDLE, self._idle)

    def _is_in_truth(self, message: ItemFinished, state: State) -> None:
        """A red came out otherwise when it was run again."""
        file = file_of(message.id)
        if state == "needs process":
            self._lanes.move(file, DIFFERS)
            self._promotion.stays(file, DIFFERS)
        if self.run is not None:
            self.run.correct(message)

    def _idle(self) -> None:
        """Nobody waits for anything: keep what was learned, and try what might run in an interpreter."""
        if self.run is None:
            self._learning.keep()
            if self._may_try:
                self._trials.begin()

    @property
    def _may_try(self) -> bool:
        """Whether test files may be run a second time to find out which lane can hold them."""
        possible = self._config.lane == "auto" and "interpreter" in self._project.lanes
        return possible and not self._lanes.process_only and not self._facts.undivided

    def _assign(self, run: Run, line: Line, batch: Batch) -> None:
        run.started(batch)
        line.batch = batch
        self._busy.append(line)
        self._closing.assigned(batch)
        arguments = (*self._asked.arguments, *batch.arguments)
        line.order = RunItems(
            run.generation, arguments, batch.deselect, self._config.item_timeout, batch.left_out, batch.only
        )
        if line.warm is not None:  # until then it does not read
            line.send(line.order)
        self._clock.between(line)

    def _cancel(self, generation: int) -> None:
        if self.run is not None and self.run.generation == generation:
            self._rechecks.stop()
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
        if isinstance(message, ItemFinished):
            self._reds.seen(message)
            self._learning.finished(message)
        elif isinstance(message, FileFinished):
            self._learning.whole(message.path, message.items)

    @property
    def _slots(self) -> int:
        """How many spares may run tests at once."""
        return self._asked.sessions or self._config.spares or room()

    def keep_warm(self) -> None:
        """One spare waits for the next save, in each lane that is used."""
        lanes = {self._lanes.first, *map(self._lanes.of, self._facts.items)}
        for lane in sorted(lanes):
            self._pool.ask(lane)

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
        if self._aside.owns(line):
            self._aside.hear(message)
            return
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
                self._facts.collected(message)
                run.collected(batch, message)
                self.keep_warm()  # the next save may come at any time
            case ItemStarted():
                batch.current = message.id
                self._clock.started(line, message.id)
                if not run.cancelled:
                    self._link.loop.call_later(NOTICEABLE, lambda: run.still_running(batch, message))
            case ItemFinished():
                self._item_finished(run, line, batch, message)
            case NeedsProcess():
                self._trouble.needs_process(run, batch, message)
                self._promotion.stay(batch.files if message.id == "." else (file_of(message.id),), message.reason)
                if batch.repeat:
                    line.send(CancelRun(run.generation))  # what it says no longer matters
            case Released():
                line.releasing = False
                taken = run.released(batch, message.items)
                if taken is not None:
                    self._closing.joined(batch, taken)
                    self.go_on()
            case Reached():
                self._promotion.reached[message.file] = message.reason
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
        if batch is None or (batch.files and not batch.walks):
            return
        self._pool.learn(message.modules)
        self._learning.imported(message.modules)
        tests = {file_of(node_id) for node_id in batch.collected or ()}
        self._sources.learn(message.sys_path, message.loaded, tests)


def build(link: Link, config: Config) -> Runner:
    """See `companion.workers.link`."""
    return Runner(link, config)
