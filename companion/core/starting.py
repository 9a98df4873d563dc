"""What the engine knows, and how runs begin and end early. Pure.

Law: when a run of generation g ends uncancelled, everything that was accepted under g or less is answered; whoever is
overtaken, by something newer or by a run with somebody else's arguments, is told the later generation, by another
`RunAccepted`.
"""

from dataclasses import dataclass, field, replace

from companion.core.events import Effect, Publish, ToAgent, ToFront
from companion.core.ignore import is_text_of_interest
from companion.core.pending import Pending, answers, is_change_run
from companion.messages import (
    UNSEEN,
    AgentName,
    CancelRun,
    Change,
    FileChange,
    FilesChanged,
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


type Arguments = tuple[tuple[int, tuple[str, ...]], ...]
"""For pytest, by the front that wants them, the newest last; fronts without any are not in it."""


@dataclass(frozen=True, slots=True)
class State:
    """What the engine knows for its decisions; results live on the board.

    ``begun`` is the generation of the last run. ``request`` is what the running order carries out, if not changes.
    ``stopped`` is what a person did not let run: it waits until somebody asks for what has changed.
    ``silent`` are fronts that have yet to say what they came to ask for; also the last one, if it left without.
    ``written`` are changes that runs have made themselves; they start none, but are part of the next one.
    ``looking`` are paths by generation that the refactorer has not answered yet, in order.
    Of ``arguments`` the newest count for runs that nobody asked for: on saves.
    """

    generation: int = 0
    begun: int = 0
    pending: Pending = field(default_factory=lambda: Pending(rerun=(UNSEEN,)))
    stopped: Pending = field(default_factory=Pending)
    written: tuple[FileChange, ...] = ()
    running: RunTests | None = None
    request: RequestRun | None = None
    cancelling: bool = False
    stopping: bool = False
    paused: bool = False
    paused_by: int = 0
    up: frozenset[AgentName] = frozenset()
    given_up: frozenset[AgentName] = frozenset()
    fronts: frozenset[int] = frozenset()
    silent: frozenset[int] = frozenset()
    asked: tuple[Asked, ...] = ()
    looking: tuple[tuple[int, frozenset[str]], ...] = ()
    arguments: Arguments = ()

    @property
    def ready(self) -> bool:
        """A run can begin: the runner is there, and the watcher sees what changes meanwhile (or never will)."""
        return "runner" in self.up and ("watcher" in self.up or "watcher" in self.given_up)

    @property
    def awaits_request(self) -> bool:
        """Nobody is there but who will say at once what to run: anything else would be run for nobody."""
        return bool(self.silent) and self.fronts <= self.silent and not self.pending.requests

    @property
    def agreed(self) -> tuple[str, ...]:
        """The arguments for pytest that every front wants, if all want the same."""
        wanted = {dict(self.arguments).get(front, ()) for front in self.fronts}
        return wanted.pop() if len(wanted) == 1 else ()


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
    state, answered = _answer(state)
    if state.running is not None or state.paused or not state.ready or not state.pending or state.awaits_request:
        return state, (*effects, *answered)
    generation = max(state.generation, state.begun + 1)
    order, request, rest = state.pending.taken(generation, _arguments(state), agreed=state.agreed)
    if request is None:
        order = replace(order, changes=Pending(state.written).changed(order.changes).changes)
        state = replace(state, written=())
    announced: tuple[Effect, ...] = ()
    if generation > state.generation:
        files = tuple(change.path for change in order.changes)
        announced = (Publish(Change(generation, files, "request" if state.begun else "start")),)
    state = replace(state, generation=generation, begun=generation, running=order, request=request, pending=rest)
    state, overtaken = _overtake(state, order)
    return state, (*effects, *answered, *announced, *overtaken, ToAgent("runner", order))


def _arguments(state: State) -> tuple[str, ...]:
    """For a run of changes: of who has waited for one longest; else of the newest front that gave any."""
    asked = (a.request.pytest_args for a in state.asked if is_change_run(a.request))
    return next(asked, state.arguments[-1][1] if state.arguments else ())


def taken_note(state: State, message: FilesChanged) -> State:
    """What a run wrote is noted for the next one, if it can tell which tests that touches.

    A data file says nothing about that: any test may read it, and each run would be one of all tests.
    """
    waiting = {change.path for change in state.pending.changes}
    own = tuple(change for change in message.changes if change.path in message.own)
    newer = tuple(change for change in own if change.path in waiting)
    pending = replace(state.pending.changed(newer), urgent=state.pending.urgent)
    known = tuple(c for c in own if c not in newer and is_text_of_interest(c.path.rpartition("/")[2]))
    return replace(state, pending=pending, written=Pending(state.written).changed(known).changes)


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
    told = max((0, *(a.generation for a in answered)))  # the next run is a later one, and announced as such
    state = replace(state, generation=max(state.generation, told), begun=max(state.begun, told), asked=asked)
    return state, tuple(effects)


def _overtake(state: State, order: RunTests) -> Step:
    """Whom the run that begins does not answer, a later one does."""
    asked: list[Asked] = []
    effects: list[Effect] = []
    for a in state.asked:
        if a.generation <= state.begun and not answers(order, state.request, a.request):
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


def again(state: State, unfinished: tuple[str, ...] | None) -> Pending:
    """What has to wait again when the running order ends; None: nothing is known to be done.

    For who waits for a run of the same changes with other arguments, nothing is done.
    """
    order = state.running
    if order is None:
        return Pending()
    waiting = (a.request for a in state.asked if a.generation > order.generation and is_change_run(a.request))
    missed = state.request is None and not all(answers(order, None, request) for request in waiting)
    return Pending.of(order, state.request, None if missed else unfinished)


def ended_early(state: State, unfinished: tuple[str, ...] | None) -> State:
    """The running order was not carried out: its rest waits again, or is put aside if a person stopped it."""
    order = state.running
    if order is None:
        return state
    left = again(state, unfinished)
    if not state.stopping:
        return replace(idle(state), pending=state.pending.merged(left))
    asked = tuple(a for a in state.asked if a.generation > order.generation)
    return replace(idle(state), stopped=state.stopped.merged(replace(left, requests=())), asked=asked)
