"""A whole runner among spares that run toy suites, and a host that keeps what a run leaves for the next one."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Literal, Self

from runkit import Asked, Suite, session, spare
from runnerkit import ITEM_TIMEOUT, START_TIMEOUT
from sparekit import WARM, Desk, Far, config

from companion.core.board import Board
from companion.errors import BrokenResourceError
from companion.messages import (
    CancelRun,
    DropSpare,
    FileChange,
    FileFinished,
    Foresee,
    ItemsGone,
    ItemStarted,
    Lane,
    Message,
    NeedSpare,
    Outcome,
    Release,
    RunFinished,
    RunItems,
    RunTests,
    Scope,
    SpareEnded,
    SpareLeftBehind,
    SpareLost,
)  # fmt: skip
from companion.workers.runner import Runner
from companion.workers.running.batch import Batch


class Session:
    """One that a spare runs: what it says next, and what it has been asked."""

    def __init__(self, suite: Suite, lane: Lane, order: RunItems) -> None:
        self.asked: Asked = deque()
        self.cancelled, self.current = False, ""
        batch = Batch(lane, order.arguments, order.only, order.deselect, left_out=order.left_out, walks=True)
        self._said: Iterator[Message | None] = spare(suite, batch, self.asked)

    def next(self) -> Message | None:
        """None: here it dies, or hangs."""
        message = session(2) if self.cancelled else next(self._said)
        self.current = message.id if isinstance(message, ItemStarted) else self.current
        return message


class World:
    """``root`` holds a file of text for each of the suite's."""

    def __init__(self, desk: Desk, root: Path, suite: Suite, lane: Literal["auto", "interpreter"]) -> None:
        self.desk, self.root, self.suite = desk, root, suite
        for file in suite.files:
            (root / file).write_text("# first")
        limits = config(root, lane=lane, item_timeout=ITEM_TIMEOUT, start_timeout=START_TIMEOUT, spares=2)
        self.runner = Runner(desk, limits)
        self.board = Board()
        self.fars: dict[int, Far] = {}
        self._gone: list[Far] = []
        self.sessions: dict[int, Session] = {}
        self.stuck: set[int] = set()
        self.ended: list[RunFinished] = []
        self.generation = self.serial = self.edits = 0
        self.needed: list[Lane] = []
        self.owed: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        return len(self.ended) < self.generation

    @property
    def ready(self) -> list[int]:
        """Spares that have something to say."""
        self.hear()
        return [serial for serial in self.sessions if serial not in self.stuck]

    def order(self, scope: Scope, *changes: FileChange) -> None:
        assert not self.running
        self.generation += 1
        rerun = self.owed if scope == "changed" else ()
        self.runner.handle(RunTests(self.generation, scope, changes, rerun, ()))
        self.hear()

    def edit(self, file: str) -> FileChange:
        self.edits += 1
        (self.root / file).write_text(f"# {'again ' * self.edits}")
        return FileChange(file, "modified", "", str(self.edits), (), None)

    def start(self, *, lost: bool = False) -> None:
        """The host has started the spare that was asked for first, or cannot."""
        lane = self.needed.pop(0)
        if lost:
            self.runner.handle(SpareLost(0, lane, "no memory"))
        else:
            self.serial += 1
            far = self.fars[self.serial] = Far(self.serial, lane)
            self.runner.handle(far.ready)
            self.say(self.serial, WARM)
        self.hear()

    def advance(self, serial: int) -> None:
        """The spare's next word."""
        message = self.sessions[serial].next()
        lane = self.fars[serial].ready.lane
        if message is not None:
            self.say(serial, message)
            if type(message) is type(session()):
                del self.sessions[serial]
        elif lane == "interpreter" or not self.kills(serial):
            self.stuck.add(serial)
        else:
            self.kill(serial)
        self.hear()

    def kills(self, serial: int) -> bool:
        """Whether what it runs now takes its process along, or else never ends."""
        return self.suite.items.get(self.sessions[serial].current) != "hang"

    def kill(self, serial: int) -> None:
        self.sessions.pop(serial, None)
        self.stuck.discard(serial)
        self._end(self.fars.pop(serial))
        self.desk.loop.turn()
        self.runner.handle(SpareEnded(serial, "signal SIGKILL"))
        self.hear()

    def cancel(self) -> None:
        self.runner.handle(CancelRun(self.generation))
        self.hear()

    def wait(self, seconds: float) -> None:
        self.desk.loop.advance(seconds)
        self.hear()

    def say(self, serial: int, message: Message) -> None:
        try:
            self.fars[serial].say(message)
        except BrokenResourceError:
            self.sessions.pop(serial, None)
        self.desk.loop.turn()

    def hear(self) -> None:
        """What the runner says, to the host and to spares."""
        sent, self.desk.sent = self.desk.sent, []
        for message in sent:
            match message:
                case NeedSpare():
                    self.needed.append(message.lane)
                case DropSpare():
                    self._drop(message.spare)
                case FileFinished():
                    self.board.apply(ItemsGone(message.generation, self.board.gone(message)))
                case RunFinished():
                    self.ended.append(message)
                    self.owed = message.unfinished
                case _:
                    self.board.apply(message)
        for serial, far in list(self.fars.items()):
            self._told(serial, far)
        if self.desk.sent:
            self.hear()

    def _drop(self, serial: int) -> None:
        far = self.fars.pop(serial, None)
        self.sessions.pop(serial, None)
        if far is None:
            return
        blocked = serial in self.stuck and far.ready.lane == "interpreter"
        self.stuck.discard(serial)
        self._end(far)
        self.runner.handle(SpareLeftBehind(serial) if blocked else SpareEnded(serial, ""))

    def _end(self, far: Far) -> None:
        far.die()
        self._gone.append(far)  # the runner still holds what this one owns

    def _told(self, serial: int, far: Far) -> None:
        for message in far.told():
            match message:
                case Foresee():
                    pass  # it says nothing, and runs nothing, before its order has come
                case RunItems():
                    self.sessions[serial] = Session(self.suite, far.ready.lane, message)
                case Release() if serial in self.sessions:
                    self.sessions[serial].asked.append(message.files)
                case CancelRun() if serial in self.sessions:
                    self.sessions[serial].cancelled = True
                case _:
                    pass

    def finish(self, random: Random) -> None:
        """To the end of the run, without any accident."""
        for _ in range(3_000):
            if not self.running:
                return
            self.go(random)
        raise AssertionError(f"the run does not end: {self.sessions.keys()}, {self.stuck}, {self.needed}")

    def settle(self, random: Random, seconds: float = 60.0) -> None:
        """Until there is nothing to do any more."""
        for _ in range(3_000):
            if self.ready or self.needed:
                self.go(random)
            elif seconds > 0:
                self.wait(5.0)
                seconds -= 5.0
            else:
                return
        raise AssertionError("there is no end to it")

    def go(self, random: Random) -> None:
        ready = self.ready
        if self.needed and (not ready or random.random() < 0.5):
            self.start()
        elif ready:
            self.advance(random.choice(ready))
        else:
            self.wait(5.0)

    def outcomes(self) -> dict[str, Outcome]:
        return {node_id: result.outcome for node_id, result in self.board.results.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.runner.close()
        for far in self.fars.values():
            far.die()
