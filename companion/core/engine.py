"""All policy of the engine: ``step(state, event) -> (state, effects)``. Pure: no IO, no clock, no thread.

One run is in flight and one pending. A newer change cancels what runs; what it did not get to is run with the newer
change, so nothing is lost. Every change and every request has its generation; a run's results carry the newest that
the run covers.
"""

from dataclasses import dataclass, field, replace
from typing import assert_never

from companion.core.pending import Pending
from companion.messages import (
    EVERYTHING,
    AgentName,
    CancelRun,
    Change,
    FilesChanged,
    Message,
    Pause,
    Refactor,
    RefactorFinished,
    RequestRun,
    Resume,
    RootGone,
    RunAccepted,
    RunFinished,
    RunTests,
    Selected,
    StopRun,
)  # fmt: skip

LINGER = 5.0
"""Seconds that an engine stays without any front."""


@dataclass(frozen=True, slots=True)
class State:
    """What the engine knows for its decisions; results live on the board."""

    generation: int = 0
    pending: Pending = field(default_factory=lambda: Pending(rerun=(EVERYTHING,)))
    running: RunTests | None = None
    cancelling: bool = False
    paused: bool = False
    up: frozenset[AgentName] = frozenset()
    given_up: frozenset[AgentName] = frozenset()
    fronts: frozenset[int] = frozenset()
    pytest_args: tuple[str, ...] = ()
    pytest_args_from: int = 0

    @property
    def ready(self) -> bool:
        """A run can begin: the runner is there, and the watcher sees what changes meanwhile (or never will)."""
        return "runner" in self.up and ("watcher" in self.up or "watcher" in self.given_up)


# --- events ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgentUp:
    agent: AgentName


@dataclass(frozen=True, slots=True)
class AgentDown:
    """An agent ended; ``final`` if it is not started again."""

    agent: AgentName
    reason: str
    final: bool


@dataclass(frozen=True, slots=True)
class AgentSaid:
    agent: AgentName
    message: Message


@dataclass(frozen=True, slots=True)
class FrontJoined:
    front: int


@dataclass(frozen=True, slots=True)
class FrontLeft:
    front: int


@dataclass(frozen=True, slots=True)
class FrontSaid:
    front: int
    message: Message


@dataclass(frozen=True, slots=True)
class Alone:
    """`LINGER` seconds have passed without any front."""


type Event = AgentUp | AgentDown | AgentSaid | FrontJoined | FrontLeft | FrontSaid | Alone


# --- effects --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToAgent:
    agent: AgentName
    message: Message


@dataclass(frozen=True, slots=True)
class ToFront:
    front: int
    message: Message


@dataclass(frozen=True, slots=True)
class Publish:
    """To the board and to every front."""

    message: Message


@dataclass(frozen=True, slots=True)
class Linger:
    """Send `Alone` in ``seconds``, unless a front joins first."""

    seconds: float


@dataclass(frozen=True, slots=True)
class End:
    reason: str


type Effect = ToAgent | ToFront | Publish | Linger | End
type Step = tuple[State, tuple[Effect, ...]]


def step(state: State, event: Event) -> Step:
    """What happens next. Events that mean nothing in this state change nothing."""
    match event:
        case AgentUp():
            return _then_start(replace(state, up=state.up | {event.agent}))
        case AgentDown():
            return _agent_down(state, event)
        case AgentSaid():
            return _agent_said(state, event)
        case FrontJoined():
            return replace(state, fronts=state.fronts | {event.front}), ()
        case FrontLeft():
            return _front_left(state, event.front)
        case FrontSaid():
            return _front_said(state, event.front, event.message)
        case Alone():
            return state, (() if state.fronts else (End("no front is left"),))
        case _:
            assert_never(event)


def _agent_down(state: State, event: AgentDown) -> Step:
    given_up = state.given_up | {event.agent} if event.final else state.given_up
    state = replace(state, up=state.up - {event.agent}, given_up=given_up)
    if event.agent != "runner" or state.running is None:
        return _then_start(state)
    order = state.running
    pending = state.pending.merged(Pending.of(order))
    ended = RunFinished(
        order.generation, 0, 0, 0, 0, 0, 0.0, cancelled=True, exit_code=2, unfinished=(), problem=event.reason
    )
    return _then_start(replace(state, running=None, cancelling=False, pending=pending), Publish(ended))


def _agent_said(state: State, event: AgentSaid) -> Step:
    match event.message:
        case FilesChanged():
            return _files_changed(state, event.message)
        case RunFinished():
            return _run_finished(state, event.message)
        case RefactorFinished():
            return state, tuple(Publish(proposal) for proposal in event.message.proposals)
        case RootGone():
            return state, (End(event.message.reason),)
        case _:
            return state, (Publish(event.message),)


def _files_changed(state: State, message: FilesChanged) -> Step:
    generation = state.generation + 1
    state = replace(state, generation=generation, pending=state.pending.changed(message.changes))
    files = tuple(change.path for change in message.changes)
    effects: tuple[Effect, ...] = (
        Publish(Change(generation, files, message.trigger)),
        ToAgent("refactorer", Refactor(generation, message.changes)),
    )
    return _interrupt(state, *effects)


def _run_finished(state: State, message: RunFinished) -> Step:
    order = state.running
    if order is None or order.generation != message.generation:
        return state, ()
    pending = state.pending
    if message.cancelled and order.scope in ("all", "changed", "paths"):
        pending = pending.unfinished(message.unfinished)
    state = replace(state, running=None, cancelling=False, pending=pending)
    return _then_start(state, Publish(message))


def _front_left(state: State, front: int) -> Step:
    args = () if state.pytest_args_from == front else state.pytest_args
    state = replace(state, fronts=state.fronts - {front}, pytest_args=args)
    return state, (() if state.fronts else (Linger(LINGER),))


def _front_said(state: State, front: int, message: Message) -> Step:
    match message:
        case RequestRun():
            return _requested(state, front, message)
        case StopRun():
            return _stop(state)
        case Pause():
            return replace(state, paused=True), ()
        case Resume():
            return _then_start(replace(state, paused=False))
        case _:
            return state, ()


def _requested(state: State, front: int, request: RequestRun) -> Step:
    if request.pytest_args:
        state = replace(state, pytest_args=request.pytest_args, pytest_args_from=front)
    if request.scope == "changed":
        return _requested_changed(state, front, request)
    generation = state.generation + 1
    state = replace(state, generation=generation, paused=False, pending=state.pending.requested(request))
    accepted = ToFront(front, RunAccepted(request.request, generation))
    return _interrupt(state, accepted, Publish(Change(generation, (), "request")))


def _requested_changed(state: State, front: int, request: RequestRun) -> Step:
    """What changed since the last run: what is pending or running answers it, else it is answered at once."""
    accepted = ToFront(front, RunAccepted(request.request, state.generation))
    if state.running is not None or state.pending:
        return _then_start(replace(state, paused=False), accepted)
    generation = state.generation
    nothing = RunFinished(generation, 0, 0, 0, 0, 0, 0.0, cancelled=False, exit_code=0, unfinished=(), problem="")
    return state, (accepted, ToFront(front, Selected(generation, (), 0)), ToFront(front, nothing))


def _stop(state: State) -> Step:
    """Forget what waits; what the running run does not get to is not run either."""
    state = replace(state, pending=Pending())
    if state.running is None:
        return state, ()
    # Its scope becomes one whose rest is not run again.
    running = replace(state.running, scope="items")
    return replace(state, running=running, cancelling=True), (ToAgent("runner", CancelRun(running.generation)),)


def _interrupt(state: State, *effects: Effect) -> Step:
    """Something newer waits: cancel what runs, or begin."""
    if state.running is None:
        return _then_start(state, *effects)
    if state.cancelling or state.paused:
        return state, effects
    cancel = ToAgent("runner", CancelRun(state.running.generation))
    return replace(state, cancelling=True), (*effects, cancel)


def _then_start(state: State, *effects: Effect) -> Step:
    """Begin what waits, if it can begin now."""
    if state.running is not None or state.paused or not state.ready or not state.pending:
        return state, effects
    if state.generation == 0:
        state = replace(state, generation=1)
        effects = (*effects, Publish(Change(1, (), "start")))
    order, rest = state.pending.taken(state.generation, state.pytest_args)
    return replace(state, running=order, pending=rest), (*effects, ToAgent("runner", order))
