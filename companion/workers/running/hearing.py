"""What spares say, and what follows from it for the run."""

from companion.core.board import file_of
from companion.messages import (
    CancelRun,
    Collected,
    FileFinished,
    Importing,
    ItemFinished,
    ItemStarted,
    Loaded,
    Message,
    NeedsProcess,
    Outdated,
    Reached,
    Released,
    SessionFinished,
    Traced,
    Warm,
)  # fmt: skip
from companion.workers.link import Link
from companion.workers.running.aside import Aside
from companion.workers.running.batch import Batch
from companion.workers.running.clock import ItemClock
from companion.workers.running.closing import Closing
from companion.workers.running.crew import Crew
from companion.workers.running.impact.recording import Recording
from companion.workers.running.learning import Learning
from companion.workers.running.line import Line, LineEnded
from companion.workers.running.run import Run
from companion.workers.running.trouble import Trouble, Work

REFUSALS = 20
"""Spares in a row that may be outdated when they are needed, as long as something is being installed."""
NOTICEABLE = 0.05
"""Seconds after which people are told what is running; most items are over by then."""


class Hearing:
    """See the module. What is said aside is none of the run's business."""

    def __init__(  # noqa: PLR0913 - all that hears of spares
        self,
        link: Link,
        work: Work,
        *,
        crew: Crew,
        clock: ItemClock,
        closing: Closing,
        trouble: Trouble,
        learning: Learning,
        aside: Aside,
        recording: Recording,
    ) -> None:
        self._link, self._work, self._crew, self._clock = link, work, crew, clock
        self._closing, self._trouble, self._learning, self._aside = closing, trouble, learning, aside
        self._recording = recording

    def hear(self, line: Line, message: Message) -> None:
        """Take in what this spare says."""
        if self._aside.owns(line):
            self._aside.hear(message)
            return
        match message:
            case Warm():
                self._warm(line, message)
            case LineEnded():
                self._line_ended(line, message)
            case Outdated():
                self._outdated(line)
            case Loaded() | Traced():
                self._recording.heard(line, message)
            case Reached():
                self._learning.promotion.reached(message.file, message.reason)
            case _ if line.batch is not None and self._work.run is not None:
                self._progress(self._work.run, line, line.batch, message)
            case SessionFinished():
                self._session_finished(line, message)
                self._work.go_on()
            case NeedsProcess() if line.completed is not None:
                self._left_something(line.completed, message)
            case _:
                pass

    def _line_ended(self, line: Line, message: LineEnded) -> None:
        self._recording.ended(line)
        if line.was_ahead and line.batch is not None and line.batch.collected is None:
            self._outdated(line)
        else:
            self._trouble.line_ended(line, message.reason)

    def _left_something(self, batch: Batch, message: NeedsProcess) -> None:
        """After its last item: what tests left behind an interpreter does not hold. Their outcomes stand."""
        self._closing.unsure(batch)
        file = file_of(message.id)
        if file not in (".", ""):
            self._trouble.needed_process(file, message.reason)

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
        batch, run = line.batch, self._work.run
        self._crew.discard(line)
        if run is not None and batch is not None:
            batch.refusals += 1
            if batch.refusals > REFUSALS:
                run.fail_to_start(batch, "what the tests import from the environment changes all the time")
            else:
                run.give_back(batch)
        self._work.go_on()

    def _progress(self, run: Run, line: Line, batch: Batch, message: Message) -> None:
        match message:
            case Collected():
                self._learning.collected(message)
                run.collected(batch, message)
                self._work.keep_warm()  # the next save may come at any time
            case Importing():
                batch.importing = message.path
            case ItemStarted():
                self._item_started(run, line, batch, message)
            case ItemFinished():
                self._item_finished(run, line, batch, message)
            case NeedsProcess():
                self._needs_process(run, line, batch, message)
            case Released():
                self._released(run, line, batch, message)
            case SessionFinished():
                self._session_finished(line, message)
                run.session_finished(batch, message)
                if batch.collected is not None and not run.cancelled:
                    self._tell_mended(run, batch)
                self._work.go_on()
            case _:
                pass

    def _item_started(self, run: Run, line: Line, batch: Batch, message: ItemStarted) -> None:
        batch.current, batch.place = message.id, (message.path, message.line)
        self._clock.started(line, message.id)
        if not run.cancelled:
            self._link.loop.call_later(NOTICEABLE, lambda: run.still_running(batch, message))

    def _item_finished(self, run: Run, line: Line, batch: Batch, message: ItemFinished) -> None:
        self._clock.between(line)
        if message.reports == ("collect failed",):
            self._learning.facts.broken.add(message.id)
        run.item_finished(batch, message)
        if batch.all_finished and not batch.repeat:
            self._complete(run, line, batch)

    def _complete(self, run: Run, line: Line, batch: Batch) -> None:
        """The verdict does not wait for the session's own end."""
        self._crew.completed(line, batch)
        if run.cancelled:
            self._closing.unsure(batch)
        else:
            self._closing.completed(batch)
        run.complete(batch)
        self._tell_mended(run, batch)
        self._work.go_on()

    def _needs_process(self, run: Run, line: Line, batch: Batch, message: NeedsProcess) -> None:
        self._trouble.needs_process(run, batch, message)
        if batch.repeat:
            line.send(CancelRun(run.generation))  # all of it runs again elsewhere

    def _released(self, run: Run, line: Line, batch: Batch, message: Released) -> None:
        line.releasing = False
        taken = run.released(batch, message.items)
        if taken is not None:
            self._work.divided()
            self._closing.joined(batch, taken)
            self._work.go_on()

    def _tell_mended(self, run: Run, batch: Batch) -> None:
        facts = self._learning.facts
        for path in facts.mended(batch.files, (i for i in batch.done if "::" not in i)):
            facts.broken.discard(path)
            self._work.emit(FileFinished(run.generation, path, ()))

    def _session_finished(self, line: Line, message: SessionFinished) -> None:
        batch = line.batch or line.completed
        self._recording.ended(line)
        if batch is not None:
            if not batch.files or batch.walks:
                self._learning.session(message)
            self._closing.ended(batch, message.exit_code, message.problem)
        self._crew.discard(line)
