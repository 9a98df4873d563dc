"""States of the engine that tests begin with, and words for what happens in them."""

from dataclasses import replace

from companion.core.engine import AgentSaid, Effect, Event, State, ToAgent, step
from companion.core.pending import Pending
from companion.messages import FileChange, FilesChanged, RequestRun, RunFinished, RunTests

A = FileChange("a.py", "modified", "old", "new", (), None)
B = FileChange("b.py", "modified", "old", "new", (), None)
UP = State(generation=3, begun=3, pending=Pending(), up=frozenset({"runner", "watcher"}), fronts=frozenset({1, 2}))
ORDER = RunTests(3, "changed", (A,), (), ())
RUNNING = replace(UP, running=ORDER)
ASK = RequestRun(7, "changed", (), ())


def done(generation: int, unfinished: tuple[str, ...] = (), *, cancelled: bool = False) -> RunFinished:
    code = 2 if cancelled else 0
    return RunFinished(generation, 0, 0, 0, 0, 0, 0.0, cancelled, code, unfinished, "")


def after(state: State, *events: Event) -> tuple[State, tuple[Effect, ...]]:
    """The state after all events, and the last one's effects."""
    effects: tuple[Effect, ...] = ()
    for event in events:
        state, effects = step(state, event)
    return state, effects


def orders(state: State, *events: Event) -> list[RunTests]:
    """What the runner is told to run by the last event."""
    _, effects = after(state, *events)
    return [e.message for e in effects if isinstance(e, ToAgent) and isinstance(e.message, RunTests)]


def saved(*changes: FileChange) -> Event:
    return AgentSaid("watcher", FilesChanged(changes, "save"))
