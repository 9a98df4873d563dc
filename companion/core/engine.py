"""All policy of the engine: ``step(state, event) -> (state, effects)``. Pure: no IO, no clock, no thread.

One run is in flight and one pending. Something newer cancels what runs; what that did not get to waits again, so
nothing is lost. Every change, every request and every run has its generation (`companion.core.starting`).
"""

from dataclasses import replace
from typing import assert_never

from companion.core.events import (
    AgentDown,
    AgentSaid,
    AgentUp,
    Alone,
    Effect,
    End,
    Event,
    FrontJoined,
    FrontLeft,
    FrontSaid,
    Linger,
    Missed,
    Publish,
    Renew,
    Rest,
    Rested,
    ToAgent,
    ToFront,
    Worn,
)  # fmt: skip
from companion.core.pending import Pending, answers, is_change_run
from companion.core.renewing import missed, rested, worn
from companion.core.starting import (
    Arguments,
    Asked,
    State,
    Step,
    again,
    denied,
    empty_end,
    ended_early,
    idle,
    interrupt,
    next_generation,
    taken_note,
    then_start,
)  # fmt: skip
from companion.messages import (
    EVERYTHING,
    UNSEEN,
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
    Status,
    StopRun,
)  # fmt: skip

__all__ = [
    "LINGER", "AgentDown", "AgentSaid", "AgentUp", "Alone", "Asked", "Effect", "End", "Event", "FrontJoined",
    "FrontLeft", "FrontSaid", "Linger", "Missed", "Publish", "Renew", "Rest", "Rested", "State", "Step", "ToAgent",
    "ToFront", "Worn", "step",
]  # fmt: skip

LINGER = 5.0
"""Seconds that an engine stays without any front."""


def step(state: State, event: Event) -> Step:  # noqa: C901 - one flat table of events
    """What happens next. Events that mean nothing in this state change nothing."""
    match event:
        case AgentUp():
            return then_start(replace(state, up=state.up | {event.agent}, given_up=state.given_up - {event.agent}))
        case AgentDown():
            return _agent_down(state, event)
        case AgentSaid():
            return _agent_said(state, event)
        case FrontJoined():
            return _front_joined(state, event)
        case FrontLeft():
            return _front_left(state, event.front)
        case FrontSaid():
            return _front_said(state, event.front, event.message)
        case Alone():
            return state, (() if state.fronts else (End("no front is left"),))
        case Worn():
            return worn(state, event.reason)
        case Rested():
            return rested(state, event)
        case Missed():
            return missed(state)
        case _:
            assert_never(event)


# --- agents ---------------------------------------------------------------------------------------------


def _agent_down(state: State, event: AgentDown) -> Step:
    unseen = event.agent == "watcher" and "watcher" in state.up  # what changes until another one is up
    pending = state.pending.unfinished((UNSEEN,)) if unseen else state.pending
    given_up = state.given_up | {event.agent} if event.final else state.given_up
    state = replace(state, up=state.up - {event.agent}, given_up=given_up, pending=pending)
    if event.agent == "refactorer":
        return replace(state, looking=()), ()
    if event.agent == "watcher":
        return then_start(state)
    effects: tuple[Effect, ...] = ()
    if state.running is not None:
        problem = "" if state.stopping else event.reason
        effects = (Publish(empty_end(state.running.generation, problem=problem, cancelled=True)),)
        state = ended_early(state, None)
    return denied(state, *effects) if event.final else (state, effects)


def _agent_said(state: State, event: AgentSaid) -> Step:
    match event.message:
        case FilesChanged():
            return _files_changed(state, event.message)
        case RunFinished():
            return _run_finished(state, event.message)
        case RefactorFinished():
            return _refactor_finished(state, event.message)
        case RootGone():
            reason = event.message.reason
            return state, (Publish(Status("root", "error", reason)), End(reason))
        case _:
            return state, (Publish(event.message),)


def _files_changed(state: State, message: FilesChanged) -> Step:
    own, state = set(message.own), taken_note(state, message)
    changes = tuple(change for change in message.changes if change.path not in own)
    if not changes:
        return _looking(state, state.generation, message)
    generation = next_generation(state)
    files = tuple(change.path for change in changes)
    state = replace(state, generation=generation, pending=state.pending.changed(changes))
    state, effects = _looking(state, generation, message)
    effects = (Publish(Change(generation, files, message.trigger)), *effects)
    if state.running is not None and set(files) <= set(message.unclear):
        return state, effects  # it waits for the end of the run that may have written it
    return interrupt(state, *effects)


def _looking(state: State, generation: int, message: FilesChanged) -> Step:
    """The refactorer is told of every text, whoever wrote it."""
    files = frozenset(change.path for change in message.changes)
    looking = state.looking if "refactorer" in state.given_up else (*state.looking, (generation, files))
    return replace(state, looking=looking), (ToAgent("refactorer", Refactor(generation, message.changes)),)


def _refactor_finished(state: State, message: RefactorFinished) -> Step:
    """Proposals for a file that has changed since are out of date already."""
    first = sum(generation < message.generation for generation, _ in state.looking)
    same = [generation for generation, _ in state.looking[first:]][:1] == [message.generation]
    looking = state.looking[first + same :]  # it answers in order
    changed = {path for _, paths in looking for path in paths}
    fresh = tuple(Publish(proposal) for proposal in message.proposals if proposal.path not in changed)
    return replace(state, looking=looking), fresh


def _run_finished(state: State, message: RunFinished) -> Step:
    if state.running is None or state.running.generation != message.generation:
        return state, ()
    if message.cancelled:
        return then_start(ended_early(state, message.unfinished), Publish(message))
    pending, stopped = state.pending.merged(again(state, ())), state.stopped
    if state.request is None:
        pending = pending.owing(message.unfinished)
        stopped = Pending() if state.running.scope == "all" else stopped
    asked = tuple(a for a in state.asked if a.generation > message.generation)
    gone = state.running.pytest_args and state.running.pytest_args not in dict(state.arguments).values()
    if gone or any(is_change_run(a.request) for a in asked):
        pending = pending.due()
    state = replace(idle(state), pending=pending, stopped=stopped, asked=asked)
    return then_start(state, Publish(message))


# --- fronts ---------------------------------------------------------------------------------------------


def _front_joined(state: State, event: FrontJoined) -> Step:
    """Somebody is there again: what the last ones had left out is of interest now."""
    pending = state.pending if state.fronts else state.pending.due()
    silent = state.silent | {event.front} if event.asks else state.silent
    return then_start(replace(state, fronts=state.fronts | {event.front}, silent=silent, pending=pending))


def _front_left(state: State, front: int) -> Step:
    arguments = tuple(given for given in state.arguments if given[0] != front)
    left_out = arguments != state.arguments  # by what it wanted; somebody else may want to know
    asked = tuple(a for a in state.asked if a.front != front)
    fronts = state.fronts - {front}
    silent = state.silent - {front} if fronts else state.silent & {front}
    state = replace(state, fronts=fronts, silent=silent, arguments=arguments, asked=asked)
    if not state.fronts:
        return then_start(replace(state, paused=False), Linger(LINGER))  # nobody is left who would resume
    pending = state.pending.due() if left_out else state.pending
    paused = state.paused and state.paused_by != front
    return then_start(replace(state, pending=pending, paused=paused))


def _front_said(state: State, front: int, message: Message) -> Step:
    match message:
        case RequestRun():
            return _requested(state, front, message)
        case StopRun():
            return _stop(state)
        case Pause():
            return replace(state, paused=True, paused_by=front), ()
        case Resume():
            return then_start(replace(state, paused=False))
        case _:
            return state, ()


def _requested(state: State, front: int, request: RequestRun) -> Step:
    """Somebody waits: pausing ends."""
    arguments = _given(state, front, request.pytest_args)
    state = replace(state, arguments=arguments, silent=state.silent - {front}, paused=False)
    if request.scope == "changed":
        return _requested_changed(state, front, request)
    return _requested_run(state, front, request)


def _given(state: State, front: int, pytest_args: tuple[str, ...]) -> Arguments:
    """Each request says anew all that its front wants pytest to be given; the front keeps its place among others."""
    arguments = {**dict(state.arguments), front: pytest_args}
    return tuple((number, given) for number, given in arguments.items() if given)


def _requested_changed(state: State, front: int, request: RequestRun) -> Step:
    """What changed since the last run: what is pending or running answers it, else it is answered at once."""
    state = replace(state, pending=state.pending.merged(state.stopped).due(), stopped=Pending())
    generation = max(state.generation, state.begun + 1)
    if state.running is not None and _joins(state, state.running, request):
        generation = state.running.generation
    elif state.running is None and not state.pending:
        generation = state.generation  # there is nothing to run: `_answer`
    if state.request is None:
        state = replace(state, stopping=False)  # somebody wants the rest after all
    state, accepted = _accepted(state, front, request, generation)
    return then_start(state, accepted)


def _joins(state: State, order: RunTests, request: RequestRun) -> bool:
    """Whether what runs now answers the request, and is all that is left to do."""
    return answers(order, state.request, request) and not state.stopping and not state.pending.holds(request)


def _requested_run(state: State, front: int, request: RequestRun) -> Step:
    generation = next_generation(state)
    pending = state.pending
    pending = pending.unfinished((EVERYTHING,)) if is_change_run(request) else pending.requested(request)
    state, accepted = _accepted(replace(state, generation=generation, pending=pending), front, request, generation)
    return interrupt(state, accepted, Publish(Change(generation, (), "request")))


def _accepted(state: State, front: int, request: RequestRun, generation: int) -> tuple[State, Effect]:
    asked = Asked(front, request, generation)
    return replace(state, asked=(*state.asked, asked)), ToFront(front, RunAccepted(request.request, generation))


def _stop(state: State) -> Step:
    """Forget what was asked for; what changed is put aside, with what the running run does not get to."""
    order = state.running
    told = tuple(a for a in state.asked if order is None or a.generation > order.generation)
    ends = tuple(ToFront(a.front, empty_end(a.generation, cancelled=True)) for a in told)
    asked = tuple(a for a in state.asked if a not in told)
    stopped = replace(state.pending, requests=()).merged(state.stopped)
    state = replace(state, pending=Pending(owed=state.pending.owed), stopped=replace(stopped, owed=()), asked=asked)
    if order is None:
        return state, ends
    return replace(state, stopping=True, cancelling=True), (*ends, ToAgent("runner", CancelRun(order.generation)))
