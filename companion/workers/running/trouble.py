"""Spares in trouble: that cannot start, die, hang, or do not end. What becomes of their batches, and who is told."""

from typing import Protocol

from companion.config import Config
from companion.core.board import file_of
from companion.core.lanes import needs_process
from companion.messages import Lane, Message, NeedsProcess, Project, SpareEnded, SpareLeftBehind, Status
from companion.workers.link import Link
from companion.workers.running.batch import Batch
from companion.workers.running.clock import GRACE
from companion.workers.running.line import Line
from companion.workers.running.memory import LaneMemory
from companion.workers.running.pool import MOST_LEFT, Pool
from companion.workers.running.run import Run

LEFT_BEHIND = "an interpreter that ran it could not be ended"


class Work(Protocol):
    """What the runner is at."""

    @property
    def run(self) -> Run | None:
        """The run that is under way."""
        ...

    def discard(self, line: Line) -> None:
        """Throw this spare away."""

    def go_on(self) -> None:
        """Give waiting batches to spares, or end the run."""

    def emit(self, message: Message) -> None:
        """Tell people, and take in what follows from it."""

    def divided(self) -> None:
        """Another session has taken over a part of what one was to run."""

    def keep_warm(self) -> None:
        """See to it that the next run finds a spare."""


class Trouble:
    """See the module. A batch in trouble runs again elsewhere, or says why it cannot be run."""

    def __init__(
        self, link: Link, config: Config, project: Project, lanes: LaneMemory, pool: Pool, work: Work
    ) -> None:
        self._link, self._config, self._project = link, config, project
        self._lanes, self._pool, self._work = lanes, pool, work
        self._lost: dict[int, Line] = {}
        self._told = ""

    def nothing_runs(self, problem: str) -> None:
        """People have to mend this before any test can run."""
        self._told = problem
        self._link.send(Status("runner", "error", problem))

    def it_works(self) -> None:
        """A spare is warm: what kept tests from running is mended."""
        if self._told:
            self._told = ""
            self._link.send(Status("runner", "ok", "tests can run again"))

    # --- spares that cannot start -------------------------------------------------------------------------

    def not_warm(self, line: Line, problem: str) -> None:
        """The spare says why it cannot run tests."""
        self._work.discard(line)
        if line.lane == "interpreter" and needs_process(problem):
            self._into_processes(line, problem)
        else:
            self._no_spare(line.lane, self._explain(f"{problem} by", "install pytest there"), line.batch)

    def not_started(self, lane: Lane, problem: str) -> None:
        """The host could not start a spare."""
        self._pool.lost(lane)
        self._no_spare(lane, problem)

    def _explain(self, problem: str, advice: str) -> str:
        command = " ".join(self._project.python)
        return f"{problem} {command}: {advice}, or set python in [tool.companion] to another one"

    def _no_spare(self, lane: Lane, problem: str, batch: Batch | None = None) -> None:
        self.nothing_runs(problem)
        run = self._work.run
        if run is not None:
            for waiting in [batch] if batch is not None else [b for b in run.queue if b.lane == lane]:
                run.fail_to_start(waiting, problem)
        self._work.go_on()

    def _into_processes(self, line: Line, reason: str) -> None:
        """No interpreter becomes warm here: what this one was to run, and all that follows, waits for a process."""
        run = self._work.run
        if run is not None and line.batch is not None and line.batch in run.active:
            run.give_back(line.batch)
        self.leave_interpreters(reason)
        self._work.go_on()

    # --- spares that die ----------------------------------------------------------------------------------

    def line_ended(self, line: Line, reason: str) -> None:
        """A spare is gone before its session's end; the host will say how it ended, or the timer that it did."""
        self._work.discard(line)
        if line.batch is None and line.warm is not None and line.completed is None:
            self._work.keep_warm()  # it waited for an order, and somebody has ended it
        if line.batch is not None:
            self._lost[line.spare] = line
            self._link.loop.call_later(GRACE, lambda: self._how_it_ended(line.spare, reason))

    def heard_of(self, message: SpareEnded | SpareLeftBehind) -> None:
        """The host speaks of a spare that was thrown away, or died."""
        if isinstance(message, SpareEnded):
            self.spare_ended(message.spare, message.reason)
        else:
            self.left_behind(message.spare)

    def spare_ended(self, spare: int, reason: str) -> None:
        """The host says that it is gone, and how it ended."""
        self._pool.ended(spare)
        self._how_it_ended(spare, reason or "without a word")

    def _how_it_ended(self, spare: int, reason: str) -> None:
        line = self._lost.pop(spare, None)
        if line is not None:
            self._is_lost(line, reason)

    def _is_lost(self, line: Line, reason: str) -> None:
        """The spare will not finish its batch."""
        run = self._work.run
        if line.batch is None or run is None or line.batch not in run.active:
            return
        if line.warm is not None:
            run.lost(line.batch, reason)
            self._work.go_on()
        elif line.lane == "interpreter":
            self._into_processes(line, reason)
        else:  # no test file is to blame for what happened before it was read
            self._no_spare(line.lane, self._explain(f"no test can be run ({reason}) by", "mend it"), line.batch)

    # --- spares that hang, or do not end ------------------------------------------------------------------

    def hung(self, line: Line, item: str) -> None:
        """An item did not end in time, and could not be interrupted."""
        batch, run = line.batch, self._work.run
        if batch is not None and batch.current == item and run is not None:
            self._work.discard(line)
            run.hung(batch, self._config.item_timeout)
            self._work.go_on()

    def hungry(self, line: Line, reason: str) -> None:
        """An item takes too much of the engine's memory: its file moves to where that can be limited."""
        batch, run = line.batch, self._work.run
        if batch is not None and run is not None and file_of(batch.current) not in batch.moved:
            self.needs_process(run, batch, NeedsProcess(batch.current, reason))

    def stalled(self, line: Line, seconds: float) -> None:
        """A spare does nothing: becoming warm hangs, importing or collecting, a fixture, or the session's own end."""
        self._work.discard(line)
        self._is_lost(line, f"nothing happened for {seconds:g} s")

    def abandoned(self, line: Line) -> None:
        """A cancelled run's spare is busy with a long item: what it says no longer matters."""
        run = self._work.run
        if line.batch is not None and run is not None:
            self._work.discard(line)
            for file in self._pool.stuck:
                self.keep_out(file)
            run.lost(line.batch, "cancelled")
            self._work.go_on()

    def left_behind(self, spare: int) -> None:
        """An interpreter does not end, and none can be killed: what keeps it runs in a process, which can be."""
        file = self._pool.left_behind(spare)
        if file:
            self.keep_out(file)
        left = self._pool.left
        if len(left) > MOST_LEFT and not self._lanes.process_only:
            named = ", ".join(sorted({file for file in left if file})) or "it is not known which"
            reason = f"{len(left)} interpreters are busy with tests that do not end ({named})"
            text = f"{reason}: all tests run in processes now; restart companion to stop them"
            self._link.send(Status("lane", "warning", text))
            self._lanes.leave(reason, for_good=True)
            self.leave_interpreters(reason)
        self._work.keep_warm()

    # --- lanes --------------------------------------------------------------------------------------------

    def needs_process(self, run: Run, batch: Batch, message: NeedsProcess) -> None:
        """An interpreter met what it cannot hold."""
        run.needs_process(batch, message)
        if self._lanes.process_only:
            self.leave_interpreters(self._lanes.process_only)
        self._tell_moved(message.id, message.reason)

    def leave_interpreters(self, reason: str) -> None:
        """Nothing more begins in the interpreter lane."""
        self._lanes.leave(reason)
        self._pool.close_lane("interpreter")
        if self._work.run is not None:
            self._work.run.leave_interpreters()

    def try_interpreters_again(self) -> None:
        """What was refused may be held now: the environment or the configuration is another one."""
        self._lanes.come_back()
        if not self._lanes.process_only:
            self._pool.open_lane("interpreter")

    def keep_out(self, file: str) -> None:
        """This file runs in processes from now on, for an interpreter that runs it cannot be had back."""
        if file not in self._lanes.barred:
            self._lanes.bar(file, LEFT_BEHIND)
            self._tell_moved(file, LEFT_BEHIND)

    def needed_process(self, file: str, reason: str) -> None:
        """After its last item: what this file left behind, an interpreter does not hold."""
        if not self._lanes.reason(file):
            self._lanes.move(file, reason)
            self._tell_moved(file, reason)

    def _tell_moved(self, what: str, reason: str) -> None:
        self._link.send(Status(f"lane:{file_of(what)}", "ok", f"{what} runs in the process lane: {reason}"))
