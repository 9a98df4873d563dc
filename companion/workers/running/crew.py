"""The spares at work: which of them has which batch, and who is free. They are given orders here, and let go."""

from collections import Counter
from collections.abc import Callable

from companion.config import Config
from companion.messages import Lane, Release, RunItems
from companion.workers.running.asked import Asked
from companion.workers.running.batch import Batch
from companion.workers.running.clock import ItemClock
from companion.workers.running.closing import Closing
from companion.workers.running.line import Line
from companion.workers.running.pool import Pool
from companion.workers.running.reds import Reds
from companion.workers.running.run import Run
from companion.workers.running.sources import SuiteFacts
from companion.workers.running.spreading import Spreading


class Crew:
    """``busy`` ones run items; ``ending`` ones have run all of theirs, and their sessions go on to their ends.

    ``side_by_side``: several interpreters may run tests at once, for each has for itself what belongs to a process.
    """

    def __init__(
        self,
        config: Config,
        *,
        pool: Pool,
        clock: ItemClock,
        closing: Closing,
        spreading: Spreading,
        facts: SuiteFacts,
        reds: Reds,
        side_by_side: bool = True,
    ) -> None:
        self._side_by_side = side_by_side
        self._config, self._pool, self._clock = config, pool, clock
        self._closing, self._spreading, self._facts, self._reds = closing, spreading, facts, reds
        self.busy: list[Line] = []
        self.ending: list[Line] = []

    def give(self, run: Run, asked: Asked, slots: int) -> None:
        """Give waiting batches to spares, and ask for spares where some wait for one."""
        waiting: Counter[Lane] = Counter()
        for batch in list(run.queue):
            if len(self.busy) + waiting.total() < slots and self._may_begin(batch, waiting):
                order = self._order(run, batch, asked)
                line = self._pool.take_for(order, batch.lane)
                if line is not None:
                    self._assign(run, line, batch, order)
                else:
                    waiting[batch.lane] += 1
        for lane, number in waiting.items():
            self._pool.ask(lane, number)
        if not run.queue and not run.cancelled and len(self.busy) < slots:
            self._steal(asked)

    def cancel(self, run: Run, abandoned: Callable[[Line], None]) -> None:
        """The run is cancelled: stop after the items that are running; see `ItemClock.cancel`."""
        for line in list(self.busy):
            if line.warm is None:
                self._take_back(run, line)
            else:
                self._clock.cancel(line, run.generation, abandoned)

    def completed(self, line: Line, batch: Batch) -> None:
        """All items of its batch have their outcomes; it is heard until its session ends."""
        self._clock.stopped(line)
        self._clock.between(line)
        self.busy.remove(line)
        line.batch, line.completed = None, batch
        self.ending.append(line)

    def discard(self, line: Line) -> None:
        """Throw this spare away."""
        self._clock.stopped(line)
        batch = line.batch or line.completed
        if batch is not None:
            self._closing.lost(batch)
        for place in (self.busy, self.ending):
            if line in place:
                place.remove(line)
        self._pool.discard(line)

    def close(self) -> None:
        """End all conversations."""
        for line in (*self.busy, *self.ending):
            line.close()

    def _may_begin(self, batch: Batch, waiting: Counter[Lane]) -> bool:
        """Interpreters that share the working directory and the descriptors run one after the other."""
        if self._side_by_side or batch.lane == "process":
            return True
        return not waiting["interpreter"] and all(line.lane == "process" for line in (*self.busy, *self.ending))

    def _order(self, run: Run, batch: Batch, asked: Asked) -> RunItems:
        arguments = (*asked.arguments, *batch.arguments)
        limit = self._config.item_timeout
        return RunItems(
            run.generation, arguments, (*batch.deselect, *batch.unaffected), limit, batch.left_out, batch.only,
            self._likely(batch), trace="codes",
        )  # fmt: skip

    def _assign(self, run: Run, line: Line, batch: Batch, order: RunItems) -> None:
        batch.lane = line.lane  # a session that was foreseen is in a process
        run.started(batch)
        line.batch, line.order = batch, order
        self.busy.append(line)
        self._closing.assigned(batch)
        if line.warm is not None:  # until then it does not read
            line.send(line.order)
        self._clock.between(line)

    def _likely(self, batch: Batch) -> tuple[str, ...]:
        """What is likely to fail goes first, where it is not pytest's own order of all files anyway."""
        is_part = batch.walks or bool(batch.left_out)
        return tuple(file for file in self._reds.files if file not in self._facts.ties) if is_part else ()

    def _take_back(self, run: Run, line: Line) -> None:
        """It has not been given its order, and serves the next run as well."""
        self._clock.stopped(line)
        self.busy.remove(line)
        if line.batch is not None:
            run.give_back(line.batch)
        line.batch = line.order = None
        self._pool.put_back(line)

    def _steal(self, asked: Asked) -> None:
        """A spare could be at work and is not: let the busiest one leave it a part of what it has to do."""
        lines = {line.batch.serial: line for line in self.busy if line.batch is not None and not line.releasing}
        batches = [line.batch for line in lines.values() if line.batch is not None]
        found = self._spreading.steal(batches, asked.arguments)
        if found is not None:
            batch, files = found
            lines[batch.serial].releasing = True
            lines[batch.serial].send(Release(files))
