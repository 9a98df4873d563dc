"""Requests, pauses and stops: who is answered, by which run."""

from enginekit_core import ASK, RUNNING, UP, A, B, after, done, saved

from companion.core.engine import (
    AgentDown,
    AgentSaid,
    AgentUp,
    FrontLeft,
    FrontSaid,
    Linger,
    Publish,
    ToAgent,
    ToFront,
    step,
)  # fmt: skip
from companion.core.pending import Pending
from companion.messages import (
    CancelRun,
    Change,
    Pause,
    RequestRun,
    Resume,
    RunAccepted,
    RunTests,
    Selected,
    StopRun,
)  # fmt: skip


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


def test_who_paused_and_left_has_resumed() -> None:
    _, effects = after(UP, FrontSaid(1, Pause()), saved(A), FrontLeft(1))
    assert effects == (ToAgent("runner", RunTests(4, "changed", (A,), (), ())),)
    _, effects = after(UP, FrontSaid(1, Pause()), saved(A), FrontLeft(2))
    assert effects == ()
    _, effects = after(UP, FrontLeft(2), FrontSaid(1, Pause()), saved(A), FrontLeft(1))
    assert [type(effect) for effect in effects] == [Linger, ToAgent]
