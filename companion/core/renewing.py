"""When an engine is worn out, and another may go on in its place without anybody noticing. Pure."""

from dataclasses import replace

from companion.core.events import Effect, Renew, Rest, Rested
from companion.core.pending import Pending
from companion.core.starting import State, Step, then_start
from companion.messages import UNSEEN

REST = 5.0
"""Seconds in which nothing may happen before an engine is renewed: the next save is then not near."""
GROWN = 1.25
"""Times what an engine held after its first run that it must hold now: a small ceiling renews no fresh engine."""


def wear(*, now: int, first: int, ceiling: int, left_behind: int) -> str:
    """Why an engine is worn out, or empty. ``now`` and ``first`` are its memory, after its first run and after this
    one, and ``ceiling`` is how much it may hold (0: any amount), all in bytes; ``left_behind`` are interpreters that
    do not end."""
    if ceiling and now > max(ceiling, GROWN * first):
        return f"it holds {now // 1_000_000:,} MB"
    return f"{left_behind} interpreters do not end" if left_behind else ""


def worn(state: State, reason: str) -> Step:
    """A run has ended, and the engine is worn out, if there is a reason."""
    effects: tuple[Effect, ...] = (Rest(REST, state.generation),) if reason else ()
    return state, effects


def rested(state: State, event: Rested) -> Step:
    """Nothing may have happened meanwhile, and nothing may be under way or wait that the next engine knows not of."""
    quiet = event.generation == state.generation and is_quiet(state)
    return state, ((Renew(event.reason),) if event.reason and quiet else ())


def is_quiet(state: State) -> bool:
    """Fronts are there, and all that they know is on the board."""
    nothing_waits = state.pending == Pending() and state.stopped == Pending()
    nothing_waits = nothing_waits and not (state.asked or state.looking)
    complete = {"runner", "watcher"} <= state.up and not state.given_up
    return bool(state.fronts) and state.running is None and not state.paused and nothing_waits and complete


def renewed(state: State) -> State:
    """What the next engine begins with: all has been run."""
    return State(
        generation=state.generation,
        begun=state.generation,
        pending=Pending(),
        fronts=state.fronts,
        arguments=state.arguments,
        written=state.written,
    )


def missed(state: State) -> Step:
    """Something changed on the disk between two engines, and nobody can say what."""
    return then_start(replace(state, pending=state.pending.unfinished((UNSEEN,))))
