"""`step` by plain equality: what each event does in the states that matter."""

from dataclasses import replace

import pytest
from enginekit_core import RUNNING, UP, A, B, after, done, saved

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
    step,
)  # fmt: skip
from companion.core.pending import Pending
from companion.messages import (
    UNSEEN,
    CancelRun,
    Change,
    ItemStarted,
    Pong,
    Proposal,
    Refactor,
    RefactorFinished,
    RootGone,
    RunTests,
    Status,
)  # fmt: skip


def test_the_first_run_waits_for_runner_and_watcher() -> None:
    state, effects = step(State(), AgentUp("runner"))
    assert effects == ()
    _, effects = step(state, AgentUp("watcher"))
    start = RunTests(1, "changed", (), (UNSEEN,), ())
    assert effects == (Publish(Change(1, (), "start")), ToAgent("runner", start))


def test_without_a_watcher_tests_run_all_the_same() -> None:
    _, effects = after(State(), AgentUp("runner"), AgentDown("watcher", "it died", final=True))
    assert ToAgent("runner", RunTests(1, "changed", (), (UNSEEN,), ())) in effects


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
    assert effects[-1] == ToAgent("runner", RunTests(4, "changed", (), (UNSEEN,), ()))


def test_proposals_for_a_file_that_has_changed_since_are_not_shown() -> None:
    state, _ = after(UP, saved(A), saved(B))
    (a, b) = (Proposal(4, p, "r", "R", p, 1, 1, "unverified", 0, 0, 0, "", (), "") for p in ("a.py", "b.py"))
    said = AgentSaid("refactorer", RefactorFinished(4, (a, b), 0.1))
    state, effects = step(state, said)
    assert effects == (Publish(a),)
    assert step(state, AgentSaid("refactorer", RefactorFinished(5, (b,), 0.1)))[1] == (Publish(b),)
    gone, _ = step(state, AgentDown("refactorer", "it died", final=True))
    assert step(gone, said)[1] == (Publish(a), Publish(b))


@pytest.mark.parametrize(
    ("event", "effects"),
    [
        (FrontJoined(3), ()),
        (Alone(), ()),
        (FrontSaid(1, Pong(1)), ()),
        (AgentSaid("runner", ItemStarted(3, "t.py::x")), (Publish(ItemStarted(3, "t.py::x")),)),
        (
            AgentSaid("watcher", RootGone("it was deleted")),
            (Publish(Status("root", "error", "it was deleted")), End("it was deleted")),
        ),
    ],
)
def test_the_rest(event: Event, effects: tuple[Effect, ...]) -> None:
    assert step(UP, event)[1] == effects


def test_an_engine_that_nobody_needs_ends() -> None:
    state, effects = after(UP, FrontLeft(1), FrontLeft(2))
    assert effects == (Linger(LINGER),)
    assert step(state, Alone())[1] == (End("no front is left"),)
