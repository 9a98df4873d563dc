"""One run: from the batches it is made of to the messages that people see. No IO: messages in, messages out.

A batch is one pytest session in one spare. In the interpreter lane a file's results are held until the file has
ended, unless it ended well there before: what shows that it needs a process makes the whole file run again there,
before anything of it is shown.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from companion.core.board import file_of
from companion.messages import (
    EVERYTHING,
    Collected,
    FileFinished,
    ItemFinished,
    ItemStarted,
    Lane,
    Message,
    NeedsProcess,
    RunFinished,
    Selected,
    SelectedItem,
    SessionFinished,
)  # fmt: skip
from companion.workers.running.memory import LaneMemory
from companion.workers.running.tally import Tally

_serials = count(1)


@dataclass(slots=True)
class Batch:
    """What one spare is to run. ``files`` is empty for "everything"; ``whole``: no narrower than files."""

    lane: Lane
    arguments: tuple[str, ...]
    files: tuple[str, ...] = ()
    deselect: tuple[str, ...] = ()
    whole: bool = True
    serial: int = field(default_factory=lambda: next(_serials))
    collected: tuple[str, ...] | None = None
    done: set[str] = field(default_factory=set[str])
    current: str = ""
    moved: set[str] = field(default_factory=set[str])
    held: dict[str, list[ItemFinished]] = field(default_factory=dict[str, list[ItemFinished]])
    open: Counter[str] = field(default_factory=Counter[str])
    repeat: bool = False

    def expect(self, items: tuple[str, ...]) -> None:
        """The session has collected these."""
        self.collected = items
        self.open = Counter(file_of(node_id) for node_id in items if node_id not in self.done)

    def finish(self, node_id: str) -> None:
        """This item has its outcome."""
        if node_id not in self.done:
            self.done.add(node_id)
            self.open[file_of(node_id)] -= 1

    def left(self, file: str) -> bool:
        """Whether an item of this file has not finished."""
        return self.open[file] > 0

    @property
    def all_finished(self) -> bool:
        """Everything that was collected has its outcome; what the session still does changes none."""
        return self.collected is not None and not any(count > 0 for count in self.open.values())

    def files_left(self) -> tuple[str, ...]:
        """Files with items that have not finished, in their order."""
        return tuple(file for file, count in self.open.items() if count > 0)


class Run:
    """One generation's run. ``queue`` holds batches that wait for a spare; the runner takes them out."""

    def __init__(
        self,
        generation: int,
        batches: list[Batch],
        *,
        reasons: dict[str, str],
        lanes: LaneMemory,
        known: int,
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
            for batch in batches:
                batch.whole = False
        self._reasons, self._lanes, self._known, self._emit_now = reasons, lanes, known, emit
        self._awaited = {batch.serial for batch in batches}
        self._selected: dict[str, None] = {}
        self._buffer: list[Message] | None = []
        self._tally = Tally()
        self._problem = ""

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
        batch.expect(message.items)
        if batch.serial in self._awaited:
            self._selected.update(dict.fromkeys(message.items))
            self._no_longer_awaited(batch)

    def item_started(self, batch: Batch, message: ItemStarted) -> None:
        """An item runs now."""
        batch.current = message.id
        self._emit(message)

    def item_finished(self, batch: Batch, message: ItemFinished) -> None:
        """An item has its outcome: shown at once, or held until its file has proved itself in this lane."""
        batch.finish(message.id)
        batch.current = ""
        file = file_of(message.id)
        if file in batch.moved or batch.repeat:
            return
        if batch.lane == "process" or file in self._lanes.proven:
            self._show(message)
            return
        batch.held.setdefault(file, []).append(message)
        if batch.collected is not None and not batch.left(file):
            self._lanes.proven.add(file)
            self._release(batch, file)

    def needs_process(self, batch: Batch, message: NeedsProcess) -> None:
        """The interpreter lane cannot hold this: its file runs again in the process lane."""
        if message.id in (".", ""):
            batch.repeat = True
            self._lanes.process_only = message.reason
            return
        file = file_of(message.id)
        self._lanes.move(file, message.reason)
        batch.moved.add(file)
        batch.held.pop(file, None)

    def session_finished(self, batch: Batch, message: SessionFinished) -> None:
        """A spare's session is over."""
        if batch.lane == "interpreter" and (batch.repeat or message.exit_code in (3, 4)):
            self.active.remove(batch)
            self._again(batch)
            return
        self._problem = self._problem or message.problem
        self.complete(batch)

    def complete(self, batch: Batch) -> None:
        """Nothing of this batch changes any more."""
        self.active.remove(batch)
        for file in list(batch.held):
            self._release(batch, file)
        if self.cancelled:
            self._leave_unfinished(batch)
        self._tell_files(batch)
        self._move(batch)
        self._no_longer_awaited(batch)

    def lost(self, batch: Batch, reason: str) -> None:
        """The spare died under this batch: what it did not finish runs in the process lane."""
        self.active.remove(batch)
        if self.cancelled:
            self._leave_unfinished(batch)
            self._tell_files(batch)
        elif batch.lane == "interpreter":
            for file in {file_of(batch.current)} if batch.current else set(batch.files[:1]):
                self._lanes.move(file, reason)
            self._again(batch)
            return
        else:
            self._blame(batch, reason)
        self._no_longer_awaited(batch)

    def hung(self, batch: Batch, seconds: float) -> None:
        """The running item did not end, nor could it be interrupted: failed; the rest runs in the process lane."""
        self.active.remove(batch)
        message = f"did not end within {seconds:g} s and was given up"
        self._lanes.move(file_of(batch.current), message)
        for file in list(batch.held):
            self._release(batch, file)
        self._fail(batch, batch.current, "failed", message)
        self._continue(batch)
        self._no_longer_awaited(batch)

    def cancel(self) -> None:
        """Start nothing more; sessions that run are told by the runner."""
        self.cancelled = True
        for batch in self.queue:
            self.unfinished += batch.files or (EVERYTHING,)
        self.queue.clear()

    def finished(self, seconds: float) -> RunFinished:
        """The run's end, once `done`."""
        self._awaited.clear()
        if not (self.cancelled and not self._selected):  # cancelled before anything was known of it
            self._flush()
        return self._tally.finished(
            self.generation,
            selected=len(self._selected),
            seconds=seconds,
            unfinished=tuple(dict.fromkeys(self.unfinished)),
            cancelled=self.cancelled,
            problem=self._problem,
        )

    def fail_to_start(self, batch: Batch, problem: str) -> None:
        """No spare can run this batch, for a reason that a person has to mend."""
        (self.active if batch in self.active else self.queue).remove(batch)
        self._problem = self._problem or problem
        self._no_longer_awaited(batch)

    def _again(self, batch: Batch) -> None:
        """The whole batch, but for what was shown already, in the process lane."""
        shown = tuple(i for i in batch.done if file_of(i) in self._lanes.proven and file_of(i) not in batch.moved)
        successor = Batch(
            "process", batch.arguments, batch.files, (*batch.deselect, *shown), batch.whole and not shown
        )
        if batch.serial in self._awaited:
            self._awaited = (self._awaited - {batch.serial}) | {successor.serial}
        self.queue.append(successor)

    def _move(self, batch: Batch) -> None:
        if batch.moved and not self.cancelled:
            files = tuple(sorted(batch.moved))
            ids = tuple(i for i in batch.arguments if "::" in i and file_of(i) in batch.moved)
            narrow = tuple(a for a in batch.arguments if a.startswith("-"))
            self.queue.append(Batch("process", (*narrow, *(ids or files)), files, batch.deselect, batch.whole))
        elif batch.moved:
            self.unfinished += sorted(batch.moved)

    def _continue(self, batch: Batch) -> None:
        files = batch.files_left()
        if files:
            self.queue.append(Batch("process", files, files, (*batch.deselect, *batch.done), whole=False))

    def _blame(self, batch: Batch, reason: str) -> None:
        """A process died: the item that was running failed; the others go on in a new one."""
        message = f"the test process ended while this ran ({reason})"
        if batch.current:
            self._fail(batch, batch.current, "failed", message)
            self._continue(batch)
        elif batch.collected is not None and batch.done:
            self._continue(batch)
        elif len(batch.files) == 1:
            self._fail(batch, batch.files[0], "error", message.replace("this ran", "this file was imported"))
        elif batch.files:
            self.queue += [Batch("process", (file,), (file,)) for file in batch.files]
        else:
            self._problem = f"the test process ended before it had collected anything ({reason})"

    def _fail(self, batch: Batch, node_id: str, kind: Literal["error", "failed"], message: str) -> None:
        batch.finish(node_id)
        where = file_of(node_id)
        self._show(ItemFinished(self.generation, node_id, kind, 0.0, batch.lane, message, where, 1, (), message, ()))

    def _leave_unfinished(self, batch: Batch) -> None:
        if batch.collected is None:
            self.unfinished += batch.files or (EVERYTHING,)
        else:
            self.unfinished += batch.files_left()

    def _tell_files(self, batch: Batch) -> None:
        """What each file holds now, where this session saw the whole of it."""
        if not batch.whole or batch.deselect or batch.collected is None:
            return
        by_file: dict[str, list[str]] = {file: [] for file in batch.files}
        for node_id in (*batch.collected, *(i for i in batch.done if "::" not in i)):
            by_file.setdefault(file_of(node_id), []).append(node_id)
        for file, items in by_file.items():
            if file not in batch.moved and not batch.left(file):
                self._emit(FileFinished(self.generation, file, tuple(items)))

    def _release(self, batch: Batch, file: str) -> None:
        for message in batch.held.pop(file, ()):
            self._show(message)

    def _show(self, message: ItemFinished) -> None:
        self._tally.add(message)
        self._emit(message)

    def _no_longer_awaited(self, batch: Batch) -> None:
        self._awaited.discard(batch.serial)
        if not self._awaited:
            self._flush()

    def _flush(self) -> None:
        """Everything that will run is known: tell it, then what happened meanwhile."""
        if self._buffer is None:
            return
        items = tuple(
            SelectedItem(i, self._reasons.get(file_of(i), self._reasons.get("", ""))) for i in self._selected
        )
        self._emit_now(Selected(self.generation, items, max(0, self._known - len(items))))
        waiting, self._buffer = self._buffer, None
        for message in waiting:
            self._emit_now(message)

    def _emit(self, message: Message) -> None:
        if self._buffer is None:
            self._emit_now(message)
        else:
            self._buffer.append(message)
