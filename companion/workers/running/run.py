"""One run: from the batches it is made of to the messages that people see. No IO: messages in, messages out.

A batch is one pytest session in one spare. In the interpreter lane a file's results are held until the file has
ended, unless it ended well there before: what shows that it needs a process makes the whole file run again there,
before anything of it is shown.
"""

from collections.abc import Callable, Iterable
from typing import Literal

from companion.core.board import RED, file_of
from companion.core.rerun import HUNG
from companion.messages import (
    EVERYTHING,
    Collected,
    FileFinished,
    ItemFinished,
    ItemStarted,
    Message,
    NeedsProcess,
    RunFinished,
    SessionFinished,
)  # fmt: skip
from companion.workers.running.announcing import NOTHING, Announcing, LeftOut
from companion.workers.running.batch import Batch as Batch  # noqa: PLC0414 - exported from here
from companion.workers.running.memory import LaneMemory
from companion.workers.running.tally import Tally

ENDED = (0, 1, 5)
"""Exit codes of a session that went to its end: green, red, empty."""
TROUBLE = (3, 4)
"""Internal error, usage error."""


class Run:
    """One generation's run. ``queue`` holds batches that wait for a spare; the runner takes them out.

    What batches collect that take over from others has been ``counted`` with these.
    """

    def __init__(
        self,
        generation: int,
        batches: list[Batch],
        *,
        at_once: int = 64,
        reasons: dict[str, str],
        lanes: LaneMemory,
        left_out: LeftOut = NOTHING,
        narrowed: bool = False,
        emit: Callable[[Message], None],
    ) -> None:
        self.generation = generation
        self.queue = batches
        self.active: list[Batch] = []
        self.cancelled = False
        self.unfinished: list[str] = []
        if narrowed:  # by arguments for pytest: what it leaves out, nobody knows
            self.unfinished += [file for batch in batches for file in batch.files or (EVERYTHING,)]
        self._lanes = lanes
        self._announcing = Announcing(
            generation, awaited=batches[:at_once], later=batches[at_once:],
            reasons=reasons, left_out=left_out, emit=emit,
        )  # fmt: skip
        self._emit = self._announcing.emit
        self._deselected = 0
        self._counted: set[int] = set()
        self._tally = Tally()
        self._problem = ""
        self._stopped = 0

    @property
    def done(self) -> bool:
        """Nothing runs and nothing waits."""
        return not self.queue and not self.active

    def started(self, batch: Batch) -> None:
        """A spare has taken this batch from the queue."""
        self.queue.remove(batch)
        self.active.append(batch)

    def collected(self, batch: Batch, message: Collected) -> None:
        """The session knows what it will run."""
        batch.expect(message.items, message.left)
        self._deselected += message.deselected if batch.serial not in self._counted else 0
        self._announcing.collected(batch, (*message.items, *sorted(batch.moved)))

    def released(self, batch: Batch, items: tuple[str, ...]) -> Batch | None:
        """This batch's session leaves these to another one; None if that is nothing, or no other is to begin."""
        items = tuple(node_id for node_id in items if file_of(node_id) not in batch.moved)
        if not items or self.cancelled or batch not in self.active:
            return None
        taken = batch.release(items)
        self._counted.add(taken.serial)
        self._wait(taken)
        return taken

    def still_running(self, batch: Batch, message: ItemStarted) -> None:
        """An item has been running for a while, unless it has ended meanwhile."""
        if batch in self.active and batch.current == message.id:
            self._emit(message)

    def item_finished(self, batch: Batch, message: ItemFinished) -> None:
        """An item has its outcome: shown at once, or held until its file has proved itself in this lane."""
        batch.finish(message.id)
        batch.red |= message.outcome in RED
        batch.current = ""
        file = file_of(message.id)
        if file in batch.moved or batch.repeat:
            return
        if batch.lane == "process" or file in self._lanes.proven:
            self._show(batch, message)
            return
        batch.held.setdefault(file, []).append(message)
        if batch.collected is not None and not batch.left(file):
            self._lanes.proven.add(file)
            self._release(batch, file)

    def needs_process(self, batch: Batch, message: NeedsProcess) -> None:
        """The interpreter lane cannot hold this: its file runs again in the process lane."""
        if message.id in (".", ""):
            batch.repeat = True
            self._lanes.leave(message.reason)
            return
        file = file_of(message.id)
        self._lanes.move(file, message.reason)
        batch.moved.add(file)
        batch.held.pop(file, None)

    def session_finished(self, batch: Batch, message: SessionFinished) -> None:
        """A spare's session is over."""
        failed = self._cut_short(message)  # internal error, usage error
        if failed and not batch.collected:
            batch.collected = None  # pytest may say that it collected nothing before it complains
        if batch.lane == "interpreter" and (batch.repeat or failed):
            self.active.remove(batch)
            self._go_on(batch)
            return
        self._problem = self._problem or message.problem
        if message.exit_code not in (*ENDED, *TROUBLE) and not batch.all_finished:
            self._stopped = self._stopped or message.exit_code
        if batch.collected is None:
            self._leave_conftests(batch)
        self.complete(batch)

    def _cut_short(self, message: SessionFinished) -> bool:
        """pytest stopped for a reason of its own: interrupted (by nobody here), internal error, usage error, or
        ``pytest.exit`` with a code of the test's own."""
        return message.exit_code not in ENDED and not (message.exit_code == 2 and self.cancelled)

    def complete(self, batch: Batch) -> None:
        """Nothing of this batch changes any more."""
        self.active.remove(batch)
        self._release_all(batch)
        if not self.cancelled and batch.moved:
            self._queue(batch, batch.rest(tuple(sorted(batch.moved))))
        moved = () if self.cancelled else batch.moved
        self.unfinished += [file for file in batch.owed() if file not in moved]
        self._tell_files(batch)
        self._announcing.settled(batch)

    def lost(self, batch: Batch, reason: str) -> None:
        """The spare died under this batch: what it did not finish runs in the process lane."""
        self.active.remove(batch)
        if batch.lane == "interpreter" and not self.cancelled:
            if batch.suspect:
                self._lanes.move(batch.suspect, reason)
                batch.moved.add(batch.suspect)
        elif not self.cancelled:
            self._blame(batch, reason)
            return
        self._go_on(batch)

    def give_back(self, batch: Batch) -> None:
        """It had not begun, and lost its spare: it waits for another, unless the run is cancelled."""
        self.active.remove(batch)
        if self.cancelled:
            self.unfinished += batch.owed()
            self._announcing.settled(batch)
        else:
            self._wait(batch)

    def leave_interpreters(self) -> None:
        """What waits is not to run in the interpreter lane."""
        for batch in self.queue:
            batch.lane = "process"

    def hung(self, batch: Batch, seconds: float) -> None:
        """The running item did not end, nor could it be interrupted: failed; the rest runs in the process lane.

        If its file has moved there already, so does the item: nothing that this lane says of it counts.
        """
        self.active.remove(batch)
        file = file_of(batch.current)
        runs_again = batch.repeat or file in batch.moved  # it may hang for want of what this lane refused
        if not batch.repeat:
            self._release_all(batch)
        if not runs_again:
            message = f"{HUNG} {seconds:g} s and was given up"
            self._lanes.move(file, message)
            self._fail(batch, batch.current, "failed", message)
        self._go_on(batch)

    def cancel(self) -> None:
        """Start nothing more; sessions that run are told by the runner."""
        self.cancelled = True
        for batch in self.queue:
            self.unfinished += batch.files or (EVERYTHING,)
        self.queue.clear()

    @property
    def ran(self) -> int:
        """How many items have been shown."""
        return self._tally.counted

    def once_more(self, batch: Batch) -> None:
        """Run this, which is what has been run."""
        self._counted.add(batch.serial)
        self.queue.append(batch)

    def also(self, batches: Iterable[Batch]) -> None:
        """These are to be run, too, as it has turned out."""
        if not self.cancelled:
            self.queue += batches

    def correct(self, message: ItemFinished) -> None:
        """An item's result is another than was shown."""
        self._tally.add(message)
        self._emit(message)

    def finished(self, seconds: float) -> RunFinished:
        """The run's end, once `done`."""
        if self._announcing.has_news or not self.cancelled:  # not cancelled before anything was known
            self._announcing.end()
        return self._tally.finished(
            self.generation,
            selected=self._announcing.number,
            seconds=seconds,
            unfinished=tuple(dict.fromkeys(self.unfinished)),
            cancelled=self.cancelled,
            stopped=self._stopped,
            problem="" if self.cancelled else self._problem,
            deselected=self._deselected,
        )

    def fail_to_start(self, batch: Batch, problem: str) -> None:
        """No spare can run this batch, for a reason that a person has to mend."""
        (self.active if batch in self.active else self.queue).remove(batch)
        self._problem = self._problem or problem
        self.unfinished += batch.owed()
        self._announcing.settled(batch)

    def _wait(self, batch: Batch) -> None:
        """For a spare of its lane, as long as there is that lane."""
        if self._lanes.process_only:
            batch.lane = "process"
        self.queue.append(batch)

    def _leave_conftests(self, batch: Batch) -> None:
        """A conftest that cannot be imported ends the whole session: the files elsewhere run in another."""
        folders = [i.removesuffix("conftest.py") for i in batch.shown if i.endswith("conftest.py")]
        elsewhere = tuple(file for file in batch.files if not file.startswith(tuple(folders)))
        if folders and elsewhere and not self.cancelled:
            self._queue(batch, batch.rest(elsewhere))
            batch.files = tuple(file for file in batch.files if file not in elsewhere)

    def _go_on(self, batch: Batch) -> None:
        """What this batch has not shown runs in the process lane, unless the run is cancelled."""
        self._tell_files(batch)
        owed = batch.owed()
        if self.cancelled:
            self.unfinished += owed
        elif owed:
            self._queue(batch, batch.rest(owed))
        self._announcing.settled(batch)

    def _queue(self, batch: Batch, *successors: Batch) -> None:
        """These take over from this batch; what it collected and did not show, or shows again, they collect anew."""
        again = {file for successor in successors for file in successor.files}
        for node_id in batch.collected or ():
            file = file_of(node_id)
            if (node_id not in batch.shown or file in batch.moved) and (not again or file in again):
                self._tally.forget(node_id)
                self._announcing.anew(node_id, again & {file})
        if batch.collected is not None:
            self._counted |= {successor.serial for successor in successors}
        self._announcing.succeeded(batch, successors)
        self.queue += successors

    def _blame(self, batch: Batch, reason: str) -> None:
        """A process died: the item that was running failed; the others go on in a new one."""
        message = f"the test process ended while this ran ({reason})"
        owed = batch.owed()
        if batch.current:
            self._fail(batch, batch.current, "failed", message)
            self._go_on(batch)
        elif any(node_id in batch.shown for node_id in batch.collected or ()):
            self._go_on(batch)
        else:
            self._blame_files(batch, owed, reason)

    def _blame_files(self, batch: Batch, owed: tuple[str, ...], reason: str) -> None:
        """It died before any item ran: which file is to blame shows when each runs in a process of its own."""
        importing = batch.importing if batch.collected is None else ""
        if importing and owed == (EVERYTHING,):
            self._blame_import(batch, importing, reason)
            self._queue(batch, batch.but_for(importing))
        elif importing in owed and len(owed) > 1:
            self._blame_import(batch, importing, reason)
            self._queue(batch, batch.rest(tuple(file for file in owed if file != importing)))
        elif owed == (EVERYTHING,):
            self._problem = f"the test process ended before it had collected anything ({reason})"
            self.unfinished.append(EVERYTHING)
        elif len(owed) == 1:
            self._blame_import(batch, owed[0], reason)
        else:
            self._queue(batch, *(batch.rest((file,)) for file in owed))
        self._announcing.settled(batch)

    def _blame_import(self, batch: Batch, file: str, reason: str) -> None:
        self._fail(batch, file, "error", f"the test process ended while this file was imported ({reason})")
        self._emit(FileFinished(self.generation, file, (file,)))

    def _fail(self, batch: Batch, node_id: str, kind: Literal["error", "failed"], message: str) -> None:
        batch.finish(node_id)
        known = batch.place if node_id == batch.current else ("", 1)
        path, line = known if known[0] else (file_of(node_id), 1)
        failed = ItemFinished(self.generation, node_id, kind, 0.0, batch.lane, message, path, line, (), message, ())
        self._show(batch, failed)

    def _tell_files(self, batch: Batch) -> None:
        """What each file holds now, where all of it has been shown."""
        for file, items in batch.ended_files():
            self._emit(FileFinished(self.generation, file, items))

    def _release_all(self, batch: Batch) -> None:
        for file in list(batch.held):
            self._release(batch, file)

    def _release(self, batch: Batch, file: str) -> None:
        for message in batch.held.pop(file, ()):
            self._show(batch, message)

    def _show(self, batch: Batch, message: ItemFinished) -> None:
        batch.shown[message.id] = None
        self._tally.add(message)
        self._emit(message)
