"""`step` by plain equality: what each event does in the states that matter."""

from dataclasses import replace

import pytest

from companion.core.engine import (
    LINGER,
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
    Publish,
    State,
    ToAgent,
    ToFront,
    step,
)  # fmt: skip
from companion.core.pending import Pending
from companion.messages import (
    EVERYTHING,
    CancelRun,
    Change,
    FileChange,
    FilesChanged,
    ItemStarted,
    Pause,
    Pong,
    Refactor,
    RequestRun,
    Resume,
    RootGone,
    RunAccepted,
    RunFinished,
    RunTests,
    Selected,
    StopRun,
)  # fmt: skip

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


def saved(*changes: FileChange) -> Event:
    return AgentSaid("watcher", FilesChanged(changes, "save"))


def test_the_first_run_waits_for_runner_and_watcher() -> None:
    state, effects = step(State(), AgentUp("runner"))
    assert effects == ()
    _, effects = step(state, AgentUp("watcher"))
    start = RunTests(1, "all", (), (EVERYTHING,), ())
    assert effects == (Publish(Change(1, (), "start")), ToAgent("runner", start))


def test_without_a_watcher_tests_run_all_the_same() -> None:
    _, effects = after(State(), AgentUp("runner"), AgentDown("watcher", "it died", final=True))
    assert ToAgent("runner", RunTests(1, "all", (), (EVERYTHING,), ())) in effects


def test_a_save_runs_and_is_looked_at() -> None:
    state, effects = step(UP, saved(A))
    order = RunTests(4, "changed", (A,), (), ())
    refactor = ToAgent("refactorer", Refactor(4, (A,)))
    assert effects == (Publish(Change(4, ("a.py",), "save")), refactor, ToAgent("runner", order))
    assert (state.running, state.pending) == (order, Pending())


def test_a_save_during_a_run_cancels_it_once() -> None:
    state, effects = step(RUNNING, saved(B))
    assert effects[-1] == ToAgent("runner", CancelRun(3))
    _, effects = step(state, saved(A))
    assert not any(isinstance(e, ToAgent) and isinstance(e.message, CancelRun) for e in effects)


def test_what_a_cancelled_run_left_runs_with_the_newer_change() -> None:
    state, _ = step(RUNNING, saved(B))
    end = done(3, ("tests/test_a.py",), cancelled=True)
    _, effects = step(state, AgentSaid("runner", end))
    assert effects == (Publish(end), ToAgent("runner", RunTests(4, "changed", (B,), ("tests/test_a.py",), ())))


def test_what_an_uncancelled_run_left_starts_nothing_but_joins_the_next() -> None:
    state, effects = step(RUNNING, AgentSaid("runner", done(3, ("tests/test_a.py",))))
    assert len(effects) == 1
    _, effects = step(state, saved(B))
    assert effects[-1] == ToAgent("runner", RunTests(4, "changed", (B,), ("tests/test_a.py",), ()))


def test_the_end_of_another_run_changes_nothing() -> None:
    assert step(RUNNING, AgentSaid("runner", done(2))) == (RUNNING, ())


def test_a_runner_that_dies_gets_its_order_again() -> None:
    state, effects = step(RUNNING, AgentDown("runner", "the runner ended: oh", final=False))
    end = replace(done(3, cancelled=True), problem="the runner ended: oh")
    assert effects == (Publish(end),)
    _, effects = step(state, AgentUp("runner"))
    again = RunTests(4, "changed", (A,), (), ())
    assert effects == (Publish(Change(4, ("a.py",), "request")), ToAgent("runner", again))


def test_what_no_watcher_saw_is_run() -> None:
    _, effects = after(UP, AgentDown("watcher", "it died", final=False), AgentUp("watcher"))
    assert effects[-1] == ToAgent("runner", RunTests(4, "all", (), (EVERYTHING,), ()))


def test_a_request_for_items_overtakes_changes_that_run() -> None:
    items = RequestRun(8, "items", ("t.py::x",), ())
    state, effects = step(RUNNING, FrontSaid(2, items))
    accepted = ToFront(2, RunAccepted(8, 4))
    assert effects == (accepted, Publish(Change(4, (), "request")), ToAgent("runner", CancelRun(3)))
    state, effects = step(state, AgentSaid("runner", done(3, ("u.py",), cancelled=True)))
    assert effects[-1] == ToAgent("runner", RunTests(4, "items", (), ("t.py::x",), ()))
    _, effects = step(state, AgentSaid("runner", done(4)))
    assert effects[-1] == ToAgent("runner", RunTests(5, "changed", (), ("u.py",), ()))


def test_who_is_overtaken_is_told_the_later_generation() -> None:
    state, effects = after(RUNNING, FrontSaid(1, ASK))
    assert effects == (ToFront(1, RunAccepted(7, 3)),)
    state, _ = step(state, FrontSaid(2, RequestRun(8, "items", ("t.py::x",), ())))
    _, effects = step(state, AgentSaid("runner", done(3, ("u.py",), cancelled=True)))
    assert ToFront(1, RunAccepted(7, 5)) in effects


def test_a_request_cancelled_by_a_change_is_answered_after_it() -> None:
    items = RequestRun(8, "items", ("t.py::x",), ())
    state, _ = after(UP, FrontSaid(1, items), saved(A))
    state, effects = step(state, AgentSaid("runner", done(4, ("t.py",), cancelled=True)))
    assert effects[-2:] == (ToFront(1, RunAccepted(8, 6)), ToAgent("runner", RunTests(5, "changed", (A,), (), ())))
    _, effects = step(state, AgentSaid("runner", done(5)))
    assert effects[-1] == ToAgent("runner", RunTests(6, "items", (), ("t.py::x",), ()))


def test_asking_for_what_changed_when_nothing_did() -> None:
    _, effects = step(UP, FrontSaid(1, ASK))
    assert effects == (
        ToFront(1, RunAccepted(7, 3)), ToFront(1, Selected(3, (), 0)), ToFront(1, done(3)),
    )  # fmt: skip


def test_pausing_collects() -> None:
    state, effects = after(UP, FrontSaid(1, Pause()), saved(A))
    assert [type(e) for e in effects] == [Publish, ToAgent]
    _, effects = step(state, FrontSaid(1, Resume()))
    assert effects == (ToAgent("runner", RunTests(4, "changed", (A,), (), ())),)


def test_a_request_ends_pausing() -> None:
    state, effects = after(UP, FrontSaid(1, Pause()), saved(A), FrontSaid(1, ASK))
    assert effects == (ToFront(1, RunAccepted(7, 4)), ToAgent("runner", RunTests(4, "changed", (A,), (), ())))
    assert not state.paused


def test_what_was_stopped_runs_only_when_somebody_asks_for_what_changed() -> None:
    stopped = (FrontSaid(1, StopRun()), AgentSaid("runner", done(3, ("t.py",), cancelled=True)))
    state, effects = after(RUNNING, *stopped)
    assert effects == (Publish(done(3, ("t.py",), cancelled=True)),)
    _, effects = step(state, saved(B))
    assert effects[-1] == ToAgent("runner", RunTests(4, "changed", (B,), (), ()))
    _, effects = step(state, FrontSaid(2, ASK))
    assert effects[-1] == ToAgent("runner", RunTests(4, "changed", (), ("t.py",), ()))


def test_a_runner_that_dies_while_it_is_stopped_runs_nothing_again() -> None:
    state, _ = after(RUNNING, FrontSaid(1, StopRun()), AgentDown("runner", "oh", final=False))
    assert step(state, AgentUp("runner"))[1] == ()


def test_all_with_arguments_that_narrow_does_not_stand_for_the_changes() -> None:
    narrow = RequestRun(8, "all", (), ("-k", "x"))
    state, _ = after(UP, FrontSaid(1, Pause()), saved(A), FrontSaid(1, narrow))
    assert state.running == RunTests(5, "all", (), (), ("-k", "x"))
    assert state.pending == Pending((A,))


def test_what_ran_with_arguments_that_narrow_is_owed_to_whoever_asks_next() -> None:
    narrow = RequestRun(8, "changed", (), ("-k", "x"))
    state, _ = after(UP, FrontSaid(1, Pause()), saved(A), FrontSaid(1, narrow), FrontLeft(1), FrontSaid(2, ASK))
    _, effects = step(state, AgentSaid("runner", done(4, ("t.py",))))
    assert effects[-1] == ToAgent("runner", RunTests(5, "changed", (), ("t.py",), ()))


@pytest.mark.parametrize(
    ("event", "effects"),
    [
        (FrontJoined(3), ()),
        (Alone(), ()),
        (FrontSaid(1, Pong(1)), ()),
        (AgentSaid("runner", ItemStarted(3, "t.py::x")), (Publish(ItemStarted(3, "t.py::x")),)),
        (AgentSaid("watcher", RootGone("it was deleted")), (End("it was deleted"),)),
    ],
)
def test_the_rest(event: Event, effects: tuple[Effect, ...]) -> None:
    assert step(UP, event)[1] == effects


def test_an_engine_that_nobody_needs_ends() -> None:
    state, effects = after(UP, FrontLeft(1), FrontLeft(2))
    assert effects == (Linger(LINGER),)
    assert step(state, Alone())[1] == (End("no front is left"),)
