"""All policy of the engine: ``step(state, event) -> (state, effects)``. Pure: no IO, no clock, no thread.

One run is in flight and one pending. Something newer cancels what runs; what that did not get to waits again, so
nothing is lost. Every change, every request and every run has its generation. Law: when a run of generation g ends
uncancelled, everything that was accepted under g or less is answered; whoever is overtaken by something newer is
told the later generation, by another `RunAccepted`.
"""

from dataclasses import dataclass, field, replace
from typing import assert_never

from companion.core.pending import Pending, is_change_run, narrows
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
GIVEN_UP = "the runner ended too often and is not started again: restart companion"


@dataclass(frozen=True, slots=True)
class Asked:
    """A front waits for the end of a run of this generation or a later one."""

    front: int
    request: RequestRun
    generation: int


@dataclass(frozen=True, slots=True)
class State:
    """What the engine knows for its decisions; results live on the board.

    ``begun`` is the generation of the last run. ``request`` is what the running order carries out, if not changes.
    ``stopped`` is what a person did not let run: it waits until somebody asks for what has changed.
    ``looking`` are paths by generation that the refactorer has not answered yet.
    """

    generation: int = 0
    begun: int = 0
    pending: Pending = field(default_factory=lambda: Pending(rerun=(EVERYTHING,)))
    stopped: Pending = field(default_factory=Pending)
    running: RunTests | None = None
    request: RequestRun | None = None
    cancelling: bool = False
    stopping: bool = False
    paused: bool = False
    up: frozenset[AgentName] = frozenset()
    given_up: frozenset[AgentName] = frozenset()
    fronts: frozenset[int] = frozenset()
    asked: tuple[Asked, ...] = ()
    looking: tuple[tuple[int, frozenset[str]], ...] = ()
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


# --- agents ---------------------------------------------------------------------------------------------


def _agent_down(state: State, event: AgentDown) -> Step:
    unseen = event.agent == "watcher" and "watcher" in state.up  # what changes until another one is up
    pending = state.pending.unfinished((EVERYTHING,)) if unseen else state.pending
    given_up = state.given_up | {event.agent} if event.final else state.given_up
    state = replace(state, up=state.up - {event.agent}, given_up=given_up, pending=pending)
    if event.agent == "refactorer":
        return replace(state, looking=()), ()
    if event.agent == "watcher":
        return _then_start(state)
    effects: tuple[Effect, ...] = ()
    if state.running is not None:
        problem = "" if state.stopping else event.reason
        effects = (Publish(_empty_end(state.running.generation, problem=problem, cancelled=True)),)
        state = _ended_early(state, None)
    return _denied(state, *effects) if event.final else (state, effects)


def _agent_said(state: State, event: AgentSaid) -> Step:
    match event.message:
        case FilesChanged():
            return _files_changed(state, event.message)
        case RunFinished():
            return _run_finished(state, event.message)
        case RefactorFinished():
            return _refactor_finished(state, event.message)
        case RootGone():
            return state, (End(event.message.reason),)
        case _:
            return state, (Publish(event.message),)


def _files_changed(state: State, message: FilesChanged) -> Step:
    generation = _next(state)
    files = tuple(change.path for change in message.changes)
    looking = state.looking if "refactorer" in state.given_up else (*state.looking, (generation, frozenset(files)))
    pending = state.pending.changed(message.changes)
    state = replace(state, generation=generation, pending=pending, looking=looking)
    effects: tuple[Effect, ...] = (
        Publish(Change(generation, files, message.trigger)),
        ToAgent("refactorer", Refactor(generation, message.changes)),
    )
    return _interrupt(state, *effects)


def _refactor_finished(state: State, message: RefactorFinished) -> Step:
    """Proposals for a file that has changed since are out of date already."""
    looking = tuple(entry for entry in state.looking if entry[0] > message.generation)
    changed = {path for _, paths in looking for path in paths}
    fresh = tuple(Publish(proposal) for proposal in message.proposals if proposal.path not in changed)
    return replace(state, looking=looking), fresh


def _run_finished(state: State, message: RunFinished) -> Step:
    if state.running is None or state.running.generation != message.generation:
        return state, ()
    if message.cancelled:
        return _then_start(_ended_early(state, message.unfinished), Publish(message))
    pending, stopped = state.pending, state.stopped
    if state.request is None:
        pending = pending.owing(message.unfinished)
        stopped = Pending() if state.running.scope == "all" else stopped
    asked = tuple(a for a in state.asked if a.generation > message.generation)
    if any(is_change_run(a.request) for a in asked):
        pending = pending.due()
    state = replace(_idle(state), pending=pending, stopped=stopped, asked=asked)
    return _then_start(state, Publish(message))


def _ended_early(state: State, unfinished: tuple[str, ...] | None) -> State:
    """The running order was not carried out: its rest waits again, or is put aside if a person stopped it."""
    order = state.running
    if order is None:
        return state
    left = Pending.of(order, state.request, unfinished)
    if not state.stopping:
        return replace(_idle(state), pending=state.pending.merged(left))
    asked = tuple(a for a in state.asked if a.generation > order.generation)
    return replace(_idle(state), stopped=state.stopped.merged(replace(left, requests=())), asked=asked)


# --- fronts ---------------------------------------------------------------------------------------------


def _front_left(state: State, front: int) -> Step:
    args = () if state.pytest_args_from == front else state.pytest_args
    asked = tuple(a for a in state.asked if a.front != front)
    state = replace(state, fronts=state.fronts - {front}, pytest_args=args, asked=asked)
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
    """Somebody waits: pausing ends."""
    if request.pytest_args:
        state = replace(state, pytest_args=request.pytest_args, pytest_args_from=front)
    state = replace(state, paused=False)
    if request.scope == "changed":
        return _requested_changed(state, front, request)
    return _requested_run(state, front, request)


def _requested_changed(state: State, front: int, request: RequestRun) -> Step:
    """What changed since the last run: what is pending or running answers it, else it is answered at once."""
    state = replace(state, pending=state.pending.merged(state.stopped).due(), stopped=Pending())
    generation = max(state.generation, state.begun + 1)
    if state.running is not None and _answers(state, state.running, request):
        generation = state.running.generation
    elif state.running is None and not state.pending:
        generation = state.generation  # there is nothing to run: `_answer`
    if state.request is None:
        state = replace(state, stopping=False)  # somebody wants the rest after all
    state, accepted = _accepted(state, front, request, generation)
    return _then_start(state, accepted)


def _answers(state: State, order: RunTests, request: RequestRun) -> bool:
    """Whether what runs now is all that is left to do, and leaves out no more than what is asked for."""
    as_wide = state.request is not None or order.pytest_args == state.pytest_args or not narrows(order.pytest_args)
    return as_wide and not state.stopping and not state.pending.holds(request)


def _requested_run(state: State, front: int, request: RequestRun) -> Step:
    generation = _next(state)
    pending = state.pending
    pending = pending.unfinished((EVERYTHING,)) if is_change_run(request) else pending.requested(request)
    state, accepted = _accepted(replace(state, generation=generation, pending=pending), front, request, generation)
    return _interrupt(state, accepted, Publish(Change(generation, (), "request")))


def _accepted(state: State, front: int, request: RequestRun, generation: int) -> tuple[State, Effect]:
    asked = Asked(front, request, generation)
    return replace(state, asked=(*state.asked, asked)), ToFront(front, RunAccepted(request.request, generation))


def _stop(state: State) -> Step:
    """Forget what was asked for; what changed is put aside, with what the running run does not get to."""
    order = state.running
    told = tuple(a for a in state.asked if order is None or a.generation > order.generation)
    ends = tuple(ToFront(a.front, _empty_end(a.generation, cancelled=True)) for a in told)
    asked = tuple(a for a in state.asked if a not in told)
    stopped = replace(state.pending, requests=()).merged(state.stopped)
    state = replace(state, pending=Pending(owed=state.pending.owed), stopped=replace(stopped, owed=()), asked=asked)
    if order is None:
        return state, ends
    return replace(state, stopping=True, cancelling=True), (*ends, ToAgent("runner", CancelRun(order.generation)))


# --- runs -----------------------------------------------------------------------------------------------


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
    if "runner" in state.given_up:
        return _denied(state, *effects)
    state, answers = _answer(state)
    if state.running is not None or state.paused or not state.ready or not state.pending:
        return state, (*effects, *answers)
    generation = max(state.generation, state.begun + 1)
    order, request, rest = state.pending.taken(generation, state.pytest_args)
    announced: tuple[Effect, ...] = ()
    if generation > state.generation:
        files = tuple(change.path for change in order.changes)
        announced = (Publish(Change(generation, files, "request" if state.begun else "start")),)
    state = replace(state, generation=generation, begun=generation, running=order, request=request, pending=rest)
    state, overtaken = _overtake(state)
    return state, (*effects, *answers, *announced, *overtaken, ToAgent("runner", order))


def _answer(state: State) -> Step:
    """Who waits for what neither runs nor waits to be run, and for nothing else, has missed nothing."""
    if state.running is not None:
        return state, ()
    waiting = {a.front for a in state.asked if state.pending.holds(a.request)}
    answered = tuple(a for a in state.asked if a.front not in waiting)
    asked = tuple(a for a in state.asked if a not in answered)
    effects: list[Effect] = []
    for a in answered:
        effects += ToFront(a.front, Selected(a.generation, (), 0)), ToFront(a.front, _empty_end(a.generation))
    generation = max((state.generation, *(a.generation for a in answered)))
    return replace(state, generation=generation, asked=asked), tuple(effects)


def _overtake(state: State) -> Step:
    """Whose wish still waits is answered by a later run than the one that begins."""
    asked: list[Asked] = []
    effects: list[Effect] = []
    for a in state.asked:
        if a.generation <= state.begun and state.pending.holds(a.request):
            a = replace(a, generation=state.begun + 1)  # noqa: PLW2901 - the same wish
            effects.append(ToFront(a.front, RunAccepted(a.request.request, a.generation)))
        asked.append(a)
    return replace(state, asked=tuple(asked)), tuple(effects)


def _denied(state: State, *effects: Effect) -> Step:
    """Nothing will run any more: whoever waits is told."""
    ends = tuple(ToFront(a.front, _empty_end(a.generation, problem=GIVEN_UP, cancelled=True)) for a in state.asked)
    return replace(state, asked=()), (*effects, *ends)


def _idle(state: State) -> State:
    return replace(state, running=None, request=None, cancelling=False, stopping=False)


def _next(state: State) -> int:
    return max(state.generation, state.begun) + 1


def _empty_end(generation: int, *, problem: str = "", cancelled: bool = False) -> RunFinished:
    code = 2 if cancelled else 0
    return RunFinished(
        generation, 0, 0, 0, 0, 0, 0.0, cancelled=cancelled, exit_code=code, unfinished=(), problem=problem
    )
