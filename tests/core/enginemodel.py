"""A toy world around the engine's policy: files that are saved, a runner that carries out orders, fronts that ask.

What the policy promises is checked as it happens; `World.settle` brings the world to rest and checks what must hold
then.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from enginewish import Wish, check, ended, of_changes

from companion.core import engine
from companion.core.engine import AgentDown, AgentSaid, AgentUp, FrontJoined, FrontLeft, FrontSaid
from companion.core.pending import narrows
from companion.messages import (
    EVERYTHING,
    UNSEEN,
    AgentName,
    CancelRun,
    Change,
    FileChange,
    FilesChanged,
    Message,
    Pause,
    RequestRun,
    Resume,
    RunAccepted,
    RunFinished,
    RunTests,
    Scope,
    StopRun,
)  # fmt: skip

PATHS = ("a.py", "b.py", "c.py")
FRONTS = (1, 2, 3)


@dataclass
class Running:
    """What the toy runner is doing: an order, when it came, and what is left of it."""

    order: RunTests
    began: int
    left: list[str]
    cancelled: bool = False


class World:
    """Time is a counter of events; a file is its own test, and an item is a file with ``::x``."""

    def __init__(self) -> None:
        self.state = engine.State()
        self.clock, self.serials = count(1), count(1)
        self.now = 0
        self.saved: dict[str, int] = dict.fromkeys(PATHS, 0)
        self.tested: dict[str, int] = dict.fromkeys(PATHS, -1)
        self.ran: dict[tuple[str, tuple[str, ...]], int] = {}
        self.given: dict[int, tuple[str, ...]] = {}
        self.running: Running | None = None
        self.up: set[AgentName] = set()
        self.paused_by = 0
        self.wishes: list[Wish] = []
        self.orders: dict[int, RunTests] = {}
        self.announced: set[int] = set()
        self.events: list[object] = []
        self.said: list[Message] = []
        for front in FRONTS:
            self.do(FrontJoined(front))

    def do(self, event: engine.Event) -> None:
        """One step of the policy, its effects carried out and checked."""
        self.now = next(self.clock)
        self.events.append(event)
        before = self.state.generation
        self.state, effects = engine.step(self.state, event)
        assert self.state.generation >= before
        for effect in effects:
            match effect:
                case engine.ToAgent("runner", RunTests() as order):
                    self._begin(order)
                case engine.ToAgent("runner", CancelRun() as cancel):
                    assert self.running is not None
                    assert cancel.generation == self.running.order.generation
                    self.running.cancelled = True
                case engine.ToFront(front, message):
                    self._tell({front}, message)
                case engine.Publish(RunFinished() as end):
                    self._tell(self.state.fronts, end, self.orders.get(end.generation))
                case engine.Publish(message):
                    self._tell(self.state.fronts, message)
                case _:
                    pass

        waits = self.paused_by or self.state.awaits_request
        assert self.running or waits or not self.state.pending or not {"runner", "watcher"} <= self.up

    def save(self, *paths: str) -> None:
        """Files are written; seen if there is a watcher."""
        self.now = next(self.clock)
        self.saved.update(dict.fromkeys(paths, self.now))
        if "watcher" in self.up:
            changes = tuple(FileChange(path, "modified", "", "", (), None) for path in paths)
            self.do(AgentSaid("watcher", FilesChanged(changes, "save")))

    def ask(self, front: int, scope: Scope, arguments: tuple[str, ...] = (), args: tuple[str, ...] = ()) -> None:
        """A front asks for a run."""
        request = RequestRun(next(self.serials), scope, arguments, args)
        self.wishes.append(Wish(front, request, self.now))
        if args:
            self.given[front] = args
        else:
            self.given.pop(front, None)
        self.paused_by = 0
        self.do(FrontSaid(front, request))
        assert self.wishes[-1].generation >= 0
        assert not self.state.paused

    def say(self, front: int, message: Message) -> None:
        if isinstance(message, Pause):
            self.paused_by = front
        if isinstance(message, Resume):
            self.paused_by = 0
        if isinstance(message, StopRun):
            for wish in self.wishes:
                wish.stopped = True
        self.do(FrontSaid(front, message))

    def come_to_ask(self, front: int, scope: Scope, args: tuple[str, ...], meanwhile: Callable[[], None]) -> None:
        """All leave, and somebody joins who asks at once; the others come back."""
        for each in FRONTS:
            self._leave(each)
        self.do(FrontJoined(front, asks=True))
        meanwhile()
        self.ask(front, scope, (), args)
        for each in FRONTS:
            if each != front:
                self.do(FrontJoined(each))

    def leave(self, front: int) -> None:
        self._leave(front)
        self.do(FrontJoined(front))

    def _leave(self, front: int) -> None:
        self.wishes = [wish for wish in self.wishes if wish.front != front]
        self.given.pop(front, None)
        if self.paused_by == front:
            self.paused_by = 0
        self.do(FrontLeft(front))

    def crash(self, agent: AgentName, *, final: bool = False) -> None:
        self.up.discard(agent)
        if agent == "runner":
            self.running = None
        self.do(AgentDown(agent, "it crashed", final))

    def start(self, agent: AgentName) -> None:
        if agent not in self.up:
            self.up.add(agent)
            self.do(AgentUp(agent))

    def work(self, *, problem: str = "", red: bool = False) -> None:
        """The runner finishes one file, or its run: with `-x` as soon as something is red."""
        run = self.running
        if run is None:
            return
        if run.cancelled or problem or not run.left or (red and "-x" in run.order.pytest_args):
            self._finish(run, problem)
            return
        self.now = next(self.clock)
        name = run.left.pop(0)
        self.ran[name, run.order.pytest_args] = run.began
        if name in PATHS and not narrows(run.order.pytest_args):
            self.tested[name] = run.began

    def settle(self) -> None:
        """Everything comes up again, the runner works until it has no more, and in the end all is tested."""
        for agent in ("runner", "watcher"):
            self.start(agent)
        self.say(1, Resume())
        self._rest()
        for front in FRONTS:
            self.leave(front)  # and with them their arguments for pytest
        self.ask(1, "changed")
        self._rest()
        assert all(self.tested[path] >= self.saved[path] for path in PATHS), (self.saved, self.tested)

    def _rest(self) -> None:
        for _ in range(300):
            self.work()
        assert self.running is None
        assert not self.state.pending
        assert not self.state.asked
        for wish in self.wishes:
            assert wish.answered or (wish.ends and wish.stopped), wish

    def _begin(self, order: RunTests) -> None:
        assert self.running is None
        assert {"runner", "watcher"} <= self.up
        assert not self.paused_by
        assert order.generation > max(self.orders, default=0)
        assert order.generation in self.announced
        self.orders[order.generation] = order
        everything = order.scope == "all" or not {EVERYTHING, UNSEEN}.isdisjoint(order.rerun)
        if order.scope == "changed" or EVERYTHING in order.rerun:
            self._check_arguments(order)
        changed = [change.path for change in order.changes]
        names = [*PATHS] if everything else list(dict.fromkeys([*order.rerun, *changed]))
        self.running = Running(order, self.now, names)

    def _check_arguments(self, order: RunTests) -> None:
        """A run of changes has the arguments of somebody who waits for it, else those of the newest front."""
        waiting = [wish for wish in self.wishes if of_changes(wish.request) and not wish.answered]
        asked = {wish.request.pytest_args for wish in waiting}
        if all(wish.stopped for wish in waiting):  # who was stopped may have been told, or may wait on
            asked.add(next(reversed(self.given.values()), ()))
        assert order.pytest_args in asked, (order, self.given, waiting)

    def _finish(self, run: Running, problem: str) -> None:
        self.running = None
        left = {name.partition("::")[0] for name in run.left}
        if narrows(run.order.pytest_args):
            left |= {EVERYTHING}  # nothing was run whole
        self.do(AgentSaid("runner", ended(run.order, tuple(sorted(left)), problem, cancelled=run.cancelled)))

    def _tell(self, fronts: set[int] | frozenset[int], message: Message, order: RunTests | None = None) -> None:
        self.said.append(message)
        if isinstance(message, Change):
            assert message.generation <= self.state.generation
            self.announced.add(message.generation)
        for wish in self.wishes:
            if wish.front not in fronts:
                continue
            if isinstance(message, RunAccepted) and message.request == wish.request.request:
                assert message.generation >= wish.generation
                wish.generation = message.generation
            elif isinstance(message, RunFinished) and 0 <= wish.generation <= message.generation:
                if not wish.answered:
                    check(wish, message, order, self)
                wish.ends.append(message)
