"""The runner agent: decides what a change affects, and has it run in warm, single-use spares.

It runs no user code itself. The host starts the spares that it asks for (`NeedSpare`); each is joined to it by a
channel of its own, and thrown away after one session (`DropSpare`).
"""

import os
import time
from dataclasses import replace

from companion.config import Config
from companion.core.board import file_of
from companion.core.impact.configuration import CONFIGURATION
from companion.core.overview import lane_rows
from companion.core.pending import narrows
from companion.core.rerun import State
from companion.messages import (
    UNSEEN,
    Attended,
    CancelRun,
    DebugItem,
    FileFinished,
    ItemFinished,
    Lane,
    Lanes,
    Message,
    Reached,
    RequestAffected,
    RequestCoverage,
    RequestExplanation,
    RequestLanes,
    RunTests,
    SpareEnded,
    SpareLeftBehind,
    SpareLost,
    SpareReady,
    Status,
    StopCoverage,
    StopDebug,
    SuiteKnown,
    Warm,
)  # fmt: skip
from companion.runtime.isolation import COMPLETE, available
from companion.store.lines import Lines
from companion.store.marker import REASON, Marker
from companion.workers.link import Link
from companion.workers.running.aside import Aside
from companion.workers.running.asked import asked
from companion.workers.running.batch import Batch, as_one
from companion.workers.running.causes import Causes
from companion.workers.running.clock import ItemClock
from companion.workers.running.closing import Closing
from companion.workers.running.crew import Crew
from companion.workers.running.debugging import Debugging
from companion.workers.running.foreseen import Foreseen
from companion.workers.running.gathering import gather
from companion.workers.running.hearing import Hearing
from companion.workers.running.hunger import Hunger
from companion.workers.running.idling import Idling
from companion.workers.running.impact.explaining import Explaining
from companion.workers.running.impact.impact import Impact
from companion.workers.running.impact.indexing import Indexing
from companion.workers.running.learning import Learning
from companion.workers.running.line import Line
from companion.workers.running.lining import Lining
from companion.workers.running.memory import lane_memory
from companion.workers.running.plan import Plan, chosen_batches, left_out, plan, plan_since
from companion.workers.running.pool import Pool
from companion.workers.running.project import find_project
from companion.workers.running.promotion import DIFFERS
from companion.workers.running.rechecking import Rechecks
from companion.workers.running.reds import Reds
from companion.workers.running.room import is_short, room
from companion.workers.running.run import Run
from companion.workers.running.shadows import Shadows
from companion.workers.running.sources import Sources, SuiteFacts
from companion.workers.running.spreading import Spreading
from companion.workers.running.trouble import Trouble

LANES: tuple[Lane, ...] = ("interpreter", "process")
NOT_IMPORTED = ("collect failed",)
"""`ItemFinished.reports` of what cannot be collected."""
BROKEN = ("does not parse",)
"""`ItemFinished.reports` of what cannot even be read."""


class Runner:
    """See the module; one run at a time, the host sees to that. ``run`` is the one under way."""

    def __init__(self, link: Link, config: Config) -> None:
        self._link, self._config = link, config
        self._project = find_project(config, os.environ)
        marker = Marker(config.root)
        self._lanes = lane_memory(config, self._project, marker.quarantined(), REASON)
        self._pool = Pool(link, config, self._project, marker, self._heard)
        self._introduce()
        self._facts, self._sources = SuiteFacts(), Sources(config.root)
        side_by_side = available() == COMPLETE
        self._spreading = Spreading(self._facts, self._sources, side_by_side=side_by_side)
        self._learning = Learning(config, self._project, self._facts, self._sources, self._lanes, self._pool)
        self._impact = Impact(config.root, self._facts, self._sources, self._learning.database)
        self._impact.ordered = self._learning.ordered
        self._impact.recall(self._learning.packages)
        self._explaining = Explaining(config.root, self._impact, self._sources)
        self._indexing = Indexing(link.loop, self._impact.known, self._sources)
        self._trouble = Trouble(link, config, self._project, self._lanes, self._pool, self)
        hunger = Hunger(link, config, self._trouble.hungry)
        self._clock = ItemClock(
            link.loop, config, hung=self._trouble.hung, stalled=self._trouble.stalled, hunger=hunger
        )
        self._closing = Closing(link.send)
        self._reds = Reds()
        self._foreseen = Foreseen(link.loop, config, self._pool, self.discard)
        self._crew = Crew(
            config, pool=self._pool, clock=self._clock, closing=self._closing, spreading=self._spreading,
            facts=self._facts, reds=self._reds, side_by_side=side_by_side,
        )  # fmt: skip
        self._aside = Aside(
            link.loop, self._pool, self._crew.discard, config.start_timeout, hunger,
            warm=self.keep_warm, tell=link.send,
        )  # fmt: skip
        self._debugging = Debugging(
            link, config, self._project, self._pool, self._crew.discard, known=self._facts.holds,
        )  # fmt: skip
        self._causes = Causes(
            config, self._aside, self._impact, tell=self._tell_cause,
            over=lambda: self._idling.run_ended(whole=False), later=link.loop.call_later,
        )  # fmt: skip
        self._shadows = Shadows(
            link.loop, config, self._aside, self._impact, self._sources, tell=self._correct,
            ordered=self._learning.depends_on_order,
        )  # fmt: skip
        self._lining = Lining(
            link.loop, config, self._aside, self._impact, self._sources, self._facts,
            lines=Lines(self._learning.database), python=self._project.version, tell=link.send,
        )  # fmt: skip
        self._idling = Idling(
            link, config, self, project=self._project, learning=self._learning, aside=self._aside,
            foreseen=self._foreseen, causes=self._causes, shadows=self._shadows, lining=self._lining,
            remember=self._impact.remember,
        )  # fmt: skip
        self._rechecks = Rechecks(config, self._aside, self._is_in_truth)
        self._hearing = Hearing(
            link, self, crew=self._crew, clock=self._clock, closing=self._closing, trouble=self._trouble,
            learning=self._learning, aside=self._aside, recording=self._impact.recording,
        )  # fmt: skip
        self.run: Run | None = None
        self._asked, self._slots = asked(()), 1
        self._whole, self._divided, self._doubted = Batch("process", ()), False, False
        self._batches: list[Batch] = []
        self._began, self._is_final, self._is_wide = 0.0, False, False
        self._tell_problems()

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
            case SpareReady() | SpareEnded() | SpareLeftBehind() | SpareLost():
                self._heard_of_spare(message)
            case Attended():
                if not message.by_somebody:
                    self._causes.stop()
                self._idling.attend(by_somebody=message.by_somebody)
            case SuiteKnown():
                self._facts.restore(message)
                self._sources.restore(message)
                self.keep_warm()
            case DebugItem() | StopDebug():
                self._debugging.handle(message)
            case _:
                self._answer(message)

    def close(self) -> None:
        """See `companion.workers.link.Agent`."""
        self._crew.close()
        self._causes.stop()
        self._shadows.stop()
        self._lining.stop()
        self._aside.close()
        self._debugging.stop()
        self._foreseen.stop()
        self._pool.close()
        self._indexing.stop()
        self._impact.close()
        self._learning.close()

    def go_on(self) -> None:
        """Give waiting batches to spares, and end the run when nothing is left of it."""
        run = self.run
        if run is None:
            return
        if not run.done:
            self._crew.give(run, self._asked, self._slots)
        elif not self._aside.busy:
            reds = () if run.cancelled or self._is_final else self._reds.take(self._asked.arguments, self._facts)
            reds = self._impact.recording.repeatable(reds)
            if self._rechecks.begin(reds, run.ran, self._asked.arguments, self.go_on):
                return
            if self._doubted and not run.cancelled:
                self._run_as_one(run)
            else:
                self._finish(run)

    def keep_warm(self) -> None:
        """One spare waits for the next save, in each lane that is used, as long as there is memory for that."""
        if is_short():
            self._pool.give_up()
            self._foreseen.stop()
            return
        both = self._lanes.any_other(self._facts.items)
        for lane in LANES:
            if both or lane == self._lanes.first:
                self._pool.ask(lane)

    def discard(self, line: Line) -> None:
        """See `companion.workers.running.trouble.Work`."""
        self._crew.discard(line)

    def emit(self, message: Message) -> None:
        """See `companion.workers.running.trouble.Work`."""
        message = self._impact.recording.marked(message)
        self._link.send(message)
        if isinstance(message, ItemFinished):
            self._reds.seen(message)
            self._learning.finished(message)
            self._impact.recording.finished(message)
            self._shadows.finished(message)
            self._causes.finished(message)
            if message.reports == NOT_IMPORTED:
                self._escalate(file_of(message.id))
        elif isinstance(message, FileFinished):
            self._learning.whole(message.path, message.items)
            self._impact.recording.whole(message.path, message.items)
            if message.path not in message.items:
                self._facts.broken.discard(message.path)
            self._reds.whole(message.path, message.items)
            self._causes.whole(message.path, message.items)

    # ------------------------------------------------------------------------------------------------------

    def _answer(self, message: Message) -> None:
        """Somebody asks, and nothing is to run for a change."""
        match message:
            case RequestLanes():
                external = len(self._impact.recording.external)
                self._link.send(Lanes(lane_rows(self._learning.lanes()), external, *self._shadows.told))
            case RequestAffected() | RequestExplanation():
                self._link.send(self._explaining.answer(message))
            case RequestCoverage() | StopCoverage():
                self._lining.handle(message)
            case _:
                pass

    def _heard_of_spare(self, message: SpareReady | SpareEnded | SpareLeftBehind | SpareLost) -> None:
        match message:
            case SpareReady():
                self._pool.ready(message)
                self._aside.ready()
                self._debugging.ready()
                self.go_on()
            case SpareLost():
                self._trouble.not_started(message.lane, message.reason)
                self._aside.not_started(message.lane, message.reason)
                if message.lane == "process":
                    self._debugging.not_started(message.reason)
            case SpareEnded() | SpareLeftBehind():
                self._trouble.heard_of(message)

    def _heard(self, line: Line, message: Message) -> None:
        if self._debugging.owns(line):
            self._debugging.hear(message)
        elif self._foreseen.owns(line):
            self._foreseen.hear(message)
        else:
            self._hearing.hear(line, message)
            if isinstance(message, Warm):
                self._foreseen.ready()
            elif isinstance(message, Reached):
                self._foreseen.reached(message.file)

    def _introduce(self) -> None:
        """The first spare becomes warm while the runner itself gets ready."""
        self._link.send(self._project)
        self._pool.ask(self._lanes.first)

    def _tell_problems(self) -> None:
        if self._project.problem:
            self._trouble.nothing_runs(self._project.problem)
        if self._learning.problem:
            self._link.send(Status("store", "warning", self._learning.problem))

    def _begin(self, order: RunTests) -> None:
        self._causes.run_begins()
        self._idling.run_begins()
        self._rechecks.stop()
        self._foreseen.began(order)
        self._began = time.monotonic()
        changed = {change.path for change in order.changes}
        anew = self._learning.environment_changed()
        if anew:
            self._impact.surroundings.installed(self._learning.packages)
            order = replace(order, rerun=(*order.rerun, UNSEEN)) if order.scope == "changed" else order
        if anew or CONFIGURATION & changed:
            self._trouble.try_interpreters_again()
        if CONFIGURATION & changed or any(path.endswith("conftest.py") for path in changed):
            self._learning.promotion.configured_anew()
        batches, reasons, gone = self._plan(order)
        self._closing.began(order, batches, self._facts.test_files)
        self._reds.began(order, batches)
        self._whole, self._divided, self._doubted = as_one(batches), len(batches) > 1, False
        self._batches = list(batches)
        self._is_final, self._is_wide = False, order.scope in ("all", "changed")
        for file in gone:
            self.emit(FileFinished(order.generation, file, ()))
        self._tell_known(order.generation)
        self.run = run = Run(
            order.generation,
            batches,
            at_once=self._slots,
            reasons=reasons,
            lanes=self._lanes,
            left_out=left_out(order, batches, self._facts),
            narrowed=narrows(order.pytest_args) and order.scope in ("all", "changed"),
            emit=self.emit,
        )
        if self._project.problem:
            for batch in batches.copy():
                run.fail_to_start(batch, self._project.problem)
        if order.scope in ("changed", "since"):
            self._tell_broken(run)
        self.go_on()
        self._indexing.begin()

    def _tell_known(self, generation: int) -> None:
        """Results of earlier runs that are good again."""
        news, self._impact.taking_back.news = self._impact.taking_back.news, []
        for message in news:
            self._link.send(replace(message, generation=generation))
            self._reds.seen(message)
            self._causes.finished(message)

    def _tell_broken(self, run: Run) -> None:
        """Files that do not parse: each is one red, and what imports them is not run."""
        for path in self._impact.mended():
            self._link.send(FileFinished(run.generation, path, self._impact.items_of(path)))
        for path in sorted(self._impact.broken):
            message, line = self._impact.known.fault(path)
            run.correct(
                ItemFinished(run.generation, path, "error", 0.0, "process", message, path, line, (), message, BROKEN)
            )

    def _escalate(self, file: str) -> None:
        """A file cannot be imported: perhaps that is so for others, which were not to run."""
        if self.run is None or self.run.cancelled or not all(batch.files for batch in self._batches):
            return
        mine = {own for batch in self._batches for own in batch.files}
        others = {test: of for test, of in self._impact.proving.escalate(file).items() if test not in mine}
        batches = chosen_batches(others, self._lanes, self._impact)
        self._batches += batches
        self.run.also(batches)

    def _plan(self, order: RunTests) -> Plan:
        """What to run, as batches for as many spares as there are to be."""
        self._asked = asked((*self._config.pytest_args, *order.pytest_args))
        self._slots = self._asked.sessions or self._config.spares or room()
        order = self._learning.in_file_order(order)
        what = self._facts, self._sources, self._lanes, self._impact
        since = order.scope == "since"
        batches, reasons, gone = plan_since(order, *what, self._explaining) if since else plan(order, *what)
        batches = self._spreading.shard(batches, *self._asked.shard)
        batches = gather(batches, self._lanes, self._spreading.cost_of, self._pool.is_warm)
        return self._spreading.spread(batches, self._slots, self._asked.arguments), reasons, gone

    def _cancel(self, generation: int) -> None:
        run = self.run
        if run is None or run.generation != generation:
            return
        self._rechecks.stop()
        self._doubted = False
        if not run.done:  # else all there was to do was to look again at some reds
            run.cancel()
            self._crew.cancel(run, self._trouble.abandoned)
        self.go_on()

    def divided(self) -> None:
        """See `companion.workers.running.trouble.Work`."""
        self._divided = True
        self._reds.divided()

    def _run_as_one(self, run: Run) -> None:
        """Something may have come out otherwise because of what ran elsewhere: what plain pytest would say counts."""
        self._doubted, self._divided, self._is_final = False, False, True
        self._slots = 1  # nothing is taken from it
        external = self._impact.recording.external
        self._whole.deselect = tuple(
            sorted({*self._whole.deselect, *external})
        )  # they have run, and nobody asked again
        run.once_more(self._whole)
        self.go_on()

    def _finish(self, run: Run) -> None:
        self.run = None
        self._link.send(run.finished(time.monotonic() - self._began))
        self.keep_warm()
        is_whole = not run.cancelled and not run.unfinished
        if is_whole and self._is_wide:
            self._impact.has_run()
        self._idling.run_ended(whole=is_whole)
        if not run.cancelled and self._idling.may_repeat and not self._impact.broken:
            self._causes.begin(self._asked.arguments)

    def _tell_cause(self, message: ItemFinished) -> None:
        """Of a red that has been told."""
        self._link.send(message)
        self._impact.recording.finished(message)

    def _correct(self, message: ItemFinished | Status) -> None:
        """An item has come out otherwise than was shown, though nobody asked for it."""
        self._link.send(message)
        if isinstance(message, ItemFinished):
            self._reds.seen(message)
            self._causes.finished(message)

    def _is_in_truth(self, message: ItemFinished, state: State) -> None:
        """A red came out otherwise when it was run again."""
        file = file_of(message.id)
        if state == "needs process":
            self._lanes.move(file, DIFFERS)
        elif self._divided:
            self._doubted = True
        if state == "order-dependent":
            self._learning.depends_on_order(file)
        if self.run is not None:
            self.run.correct(message)


def build(link: Link, config: Config) -> Runner:
    """See `companion.workers.link`."""
    return Runner(link, config)
