"""A whole runner on a `Desk`: its host starts the spares that it asks for, and they say what a test wants."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

from sparekit import WARM, Desk, Far, config

from companion.messages import (
    CancelRun,
    Collected,
    ItemFinished,
    ItemStarted,
    Lane,
    Message,
    NeedSpare,
    RunFinished,
    RunTests,
    SessionFinished,
    SpareEnded,
    Status,
)  # fmt: skip
from companion.workers.runner import Runner
from companion.workers.running.clock import PATIENCE

ITEM_TIMEOUT, START_TIMEOUT = 10.0, 30.0


class Office:
    """The runner and its host. ``spares`` are all that were started."""

    def __init__(
        self,
        desk: Desk,
        root: Path,
        lane: Literal["auto", "interpreter"] = "interpreter",
        *,
        python: tuple[str, ...] = (sys.executable,),
    ) -> None:
        self.desk, self.loop, self.root = desk, desk.loop, root
        limits = config(root, lane=lane, item_timeout=ITEM_TIMEOUT, start_timeout=START_TIMEOUT, spares=2)
        limits = replace(limits, python=python)
        self.runner = Runner(desk, limits)
        self.spares: list[Far] = []
        self.generation = 0

    def hear(self, message: Message) -> None:
        self.runner.handle(message)

    def give(self, *, warm: bool = True) -> list[Far]:
        """Start what was asked for, and what is asked for on that."""
        given: list[Far] = []
        while needs := self.desk.take(NeedSpare):
            for need in needs:
                far = Far(len(self.spares) + 1, need.lane)
                self.spares.append(far)
                given.append(far)
                self.hear(far.ready)
                if warm and not far.gone:
                    far.say(WARM)
            self.loop.turn()
        return given

    def order(self, *files: str) -> None:
        """A run of these test files, or of everything."""
        self.generation += 1
        self.hear(RunTests(self.generation, "paths" if files else "all", (), files, ()))

    def at_work(self, lane: Lane) -> Far:
        """The spare of this lane that was given the order of the run that is under way."""
        self.give()
        (found,) = (far for far in self.spares if far.ready.lane == lane and self.works(far))
        return found

    def nobody_works(self, lane: Lane) -> bool:
        self.give()
        return not any(self.works(far) for far in self.spares if far.ready.lane == lane)

    def begin(self, far: Far, *items: str) -> None:
        """The session collects these items, and begins with the first."""
        far.say(Collected(self.generation, items, ("test_*.py",), (), 0), ItemStarted(self.generation, items[0]))
        self.loop.turn()

    def finish(self, far: Far, *items: str) -> None:
        for item in items:
            where = item.partition("::")[0]
            far.say(ItemFinished(self.generation, item, "passed", 0.1, far.ready.lane, "", where, 1, (), "", ()))
        self.loop.turn()

    def over(self, far: Far) -> None:
        """The session says that it is over."""
        far.say(SessionFinished(self.generation, 0, 0.1, (), (), (), ""))
        self.loop.turn()

    def cancel(self) -> RunFinished:
        """The running item does not end in time."""
        self.hear(CancelRun(self.generation))
        self.loop.advance(PATIENCE)
        return self.end()

    def end(self) -> RunFinished:
        """The run must be over, once what is red has been red again."""
        while not any(isinstance(message, RunFinished) for message in self.desk.sent):
            self._red_again(self.at_work("process"))
        (end,) = self.desk.take(RunFinished)
        return end

    def blocked(self, file: str) -> int:
        """A run of this file whose item blocks in an interpreter, and is cancelled; returns the spare's serial."""
        self.order(file)
        far = self.at_work("interpreter")
        self.begin(far, f"{file}::x")
        assert self.cancel().cancelled
        assert far.gone
        assert self.desk.dropped() == [far.serial]
        return far.serial

    def runs_in(self, lane: Lane, file: str) -> bool:
        """Whether a run of this file takes place in this lane, and only there."""
        other: Lane = "process" if lane == "interpreter" else "interpreter"
        self.order(file)
        far = self.at_work(lane)
        right = self.nobody_works(other)
        self.begin(far, f"{file}::x")
        self.finish(far, f"{file}::x")
        self.over(far)
        assert self.end().passed == 1
        self.hear(SpareEnded(far.serial, ""))
        return right

    def statuses(self) -> dict[str, Status]:
        """The last of each source, since it was last asked."""
        return {status.source: status for status in self.desk.take(Status)}

    def close(self) -> None:
        self.runner.close()
        for far in self.spares:
            far.die()

    def _red_again(self, far: Far) -> None:
        assert far.order is not None
        (item,) = far.order.arguments
        red = ItemFinished(self.generation, item, "failed", 0.1, "process", "", item, 1, (), "", ())
        far.say(Collected(self.generation, (item,), (), (), 0), red)
        self.over(far)

    def works(self, far: Far) -> bool:
        """Whether this spare was given an order of the run that is under way."""
        far.told()
        return far.order is not None and far.order.generation == self.generation
