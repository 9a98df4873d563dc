"""The engine's policy for what runs write themselves."""

from dataclasses import replace

from enginekit_core import RUNNING, UP, A, B, after, done

from companion.core.engine import AgentSaid, ToAgent
from companion.core.renewing import is_quiet, renewed
from companion.messages import CancelRun, FileChange, FilesChanged, Refactor, RunTests

DATA = FileChange("data.json", "modified", "old", "new", (), None)
OWN = AgentSaid("watcher", FilesChanged((A, DATA), "disk", own=("a.py", "data.json")))
SAVE = AgentSaid("watcher", FilesChanged((B,), "disk"))
UNCLEAR = AgentSaid("watcher", FilesChanged((DATA,), "disk", unclear=("data.json",)))


def orders(effects: tuple[object, ...]) -> list[RunTests]:
    return [e.message for e in effects if isinstance(e, ToAgent) and isinstance(e.message, RunTests)]


def test_a_run_s_own_writes_start_none_and_reach_the_refactorer() -> None:
    for state in (UP, RUNNING):
        later, effects = after(state, OWN)
        assert effects == (ToAgent("refactorer", Refactor(3, (A, DATA))),)
        assert (later.pending, later.generation, later.running) == (state.pending, 3, state.running)


def test_the_next_run_includes_code_that_a_run_wrote_once() -> None:
    state, effects = after(UP, OWN, SAVE)
    assert [order.changes for order in orders(effects)] == [(A, B)]
    assert state.written == ()
    _, effects = after(state, AgentSaid("runner", done(4)), SAVE)
    assert [order.changes for order in orders(effects)] == [(B,)]


def test_code_that_a_run_wrote_is_not_lost_to_a_renewal() -> None:
    """Tests that write code whenever they run would else keep their engine from ever being renewed."""
    state = replace(after(UP, OWN)[0], looking=())
    assert state.written
    assert is_quiet(state)
    assert renewed(state).written == state.written


def test_a_person_s_change_beside_a_run_s_interrupts() -> None:
    both = AgentSaid("watcher", FilesChanged((A, B), "disk", own=("a.py",)))
    state, effects = after(RUNNING, both)
    assert ToAgent("runner", CancelRun(3)) in effects
    assert [change.path for change in state.pending.changes] == ["b.py"]


def test_what_a_run_may_have_written_waits_for_its_end() -> None:
    state, effects = after(RUNNING, UNCLEAR)
    assert ToAgent("runner", CancelRun(3)) not in effects
    _, effects = after(state, AgentSaid("runner", done(3)))
    assert [order.changes for order in orders(effects)] == [(DATA,)]
    assert orders(after(UP, UNCLEAR)[1])
