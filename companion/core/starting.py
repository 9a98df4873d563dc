"""What the engine knows, and how runs begin and end early. Pure.

Law: when a run of generation g ends uncancelled, everything that was accepted under g or less is answered; whoever is
overtaken by something newer is told the later generation, by another `RunAccepted`.
"""

from dataclasses import dataclass, field, replace

from companion.core.events import Effect, Publish, ToAgent, ToFront
from companion.core.pending import Pending
from companion.messages import (
    EVERYTHING,
    AgentName,
    CancelRun,
    Change,
    RequestRun,
    RunAccepted,
    RunFinished,
    RunTests,
    Selected,
)  # fmt: skip

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
    paused_by: int = 0
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


type Step = tuple[State, tuple[Effect, ...]]


def interrupt(state: State, *effects: Effect) -> Step:
    """Something newer waits: cancel what runs, or begin."""
    if state.running is None:
        return then_start(state, *effects)
    if state.cancelling or state.paused:
        return state, effects
    cancel = ToAgent("runner", CancelRun(state.running.generation))
    return replace(state, cancelling=True), (*effects, cancel)


def then_start(state: State, *effects: Effect) -> Step:
    """Begin what waits, if it can begin now."""
    if "runner" in state.given_up:
        return denied(state, *effects)
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
        effects += ToFront(a.front, Selected(a.generation, (), 0)), ToFront(a.front, empty_end(a.generation))
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


def denied(state: State, *effects: Effect) -> Step:
    """Nothing will run any more: whoever waits is told."""
    ends = tuple(ToFront(a.front, empty_end(a.generation, problem=GIVEN_UP, cancelled=True)) for a in state.asked)
    return replace(state, asked=()), (*effects, *ends)


def idle(state: State) -> State:
    """Nothing runs."""
    return replace(state, running=None, request=None, cancelling=False, stopping=False)


def next_generation(state: State) -> int:
    """For something new."""
    return max(state.generation, state.begun) + 1


def empty_end(generation: int, *, problem: str = "", cancelled: bool = False) -> RunFinished:
    """The end of a run in which nothing ran."""
    code = 2 if cancelled else 0
    return RunFinished(
        generation, 0, 0, 0, 0, 0, 0.0, cancelled=cancelled, exit_code=code, unfinished=(), problem=problem
    )


def ended_early(state: State, unfinished: tuple[str, ...] | None) -> State:
    """The running order was not carried out: its rest waits again, or is put aside if a person stopped it."""
    order = state.running
    if order is None:
        return state
    left = Pending.of(order, state.request, unfinished)
    if not state.stopping:
        return replace(idle(state), pending=state.pending.merged(left))
    asked = tuple(a for a in state.asked if a.generation > order.generation)
    return replace(idle(state), stopped=state.stopped.merged(replace(left, requests=())), asked=asked)
