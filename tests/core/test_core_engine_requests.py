"""Requests, pauses and stops: who is answered, by which run."""

from dataclasses import replace

from enginekit_core import ASK, ORDER, RUNNING, UP, A, B, after, done, orders, saved

from companion.core.engine import (
    AgentDown,
    AgentSaid,
    AgentUp,
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
    UNSEEN,
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

FAST = RequestRun(8, "changed", (), ("-k", "fast"))
SLOW = RequestRun(9, "changed", (), ("-k", "slow"))
FAST_RUNS = after(UP, FrontSaid(1, FAST), saved(A))[0]


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


def test_a_fresh_engine_runs_once_what_its_only_front_asks_for() -> None:
    """In a pipeline each part of a suite would be run twice otherwise, whoever comes first."""
    narrow = RequestRun(8, "all", (), ("--companion-shard=1/2",))
    order = RunTests(1, "all", (), (), ("--companion-shard=1/2",))
    runner, watcher = AgentUp("runner"), AgentUp("watcher")
    joined, asks = FrontJoined(1, asks=True), FrontSaid(1, narrow)
    for said in range(3):
        events: list[Event] = [runner, watcher]
        events.insert(said, asks)
        events.insert(0, joined)
        assert orders(State(), *events) == [order]
        state, effects = after(State(), *events, AgentSaid("runner", done(1, (EVERYTHING,))))
        assert state.running is None
        assert state.pending.owed in ((EVERYTHING,), (UNSEEN,))
        assert not any(isinstance(effect, ToAgent) for effect in effects)
        assert orders(state, FrontLeft(1)) == []


def test_what_a_narrowed_first_run_left_out_runs_for_whoever_comes_next() -> None:
    narrow = RequestRun(8, "all", (), ("-k", "x"))
    begun: list[Event] = [FrontJoined(1, asks=True), AgentUp("runner"), AgentUp("watcher"), FrontSaid(1, narrow)]
    state, _ = after(State(), *begun, AgentSaid("runner", done(1, (EVERYTHING,))), FrontLeft(1))
    assert orders(state, FrontJoined(2)) == [RunTests(2, "changed", (), (UNSEEN,), ())]
    assert orders(state, FrontJoined(2, asks=True)) == []
    assert after(state, FrontJoined(2, asks=True), FrontLeft(2), FrontJoined(3))[0].running is not None
    again = RequestRun(9, "all", (), ("-k", "y"))
    assert orders(state, FrontJoined(2, asks=True), FrontSaid(2, again)) == [RunTests(2, "all", (), (), ("-k", "y"))]
    plain = RequestRun(9, "changed", (), ())
    assert orders(state, FrontJoined(2, asks=True), FrontSaid(2, plain)) == [
        RunTests(2, "changed", (), (UNSEEN,), ())
    ]


def test_a_narrowed_first_run_does_not_stand_for_all_that_another_front_wants() -> None:
    narrow = RequestRun(8, "all", (), ("-k", "x"))
    both: list[Event] = [FrontJoined(1, asks=True), FrontJoined(2), FrontSaid(1, narrow)]
    state, _ = after(
        State(), *both, AgentUp("runner"), AgentUp("watcher"), AgentSaid("runner", done(1, (EVERYTHING,)))
    )
    assert state.running is not None
    assert orders(state, FrontLeft(1), AgentSaid("runner", done(2, (EVERYTHING,)))) == [
        RunTests(3, "all", (), (EVERYTHING,), ())
    ]


def test_changes_are_told_to_the_runner_by_the_run_that_covers_them() -> None:
    narrow = RequestRun(8, "all", (), ("-k", "x"))
    state = State(fronts=frozenset({1}), up=frozenset({"runner", "watcher"}), paused=True, paused_by=1)
    assert orders(state, saved(A), FrontSaid(1, narrow)) == [RunTests(2, "all", (A,), (), ("-k", "x"))]
    state, _ = after(state, saved(A), FrontSaid(1, narrow))
    assert state.pending == Pending(owed=(UNSEEN,))
    state, _ = after(state, AgentDown("runner", "oh", final=False), AgentUp("runner"))
    assert state.running == RunTests(3, "all", (), (), ("-k", "x")), "and nothing but that is lost"
    assert state.pending.owed == (UNSEEN,)


def test_what_ran_with_arguments_that_narrow_is_owed_to_whoever_asks_next() -> None:
    state, _ = after(UP, FrontSaid(1, Pause()), saved(A), FrontSaid(1, FAST), FrontLeft(1), FrontSaid(2, ASK))
    _, effects = step(state, AgentSaid("runner", done(4, ("t.py",))))
    assert effects[-1] == ToAgent("runner", RunTests(5, "changed", (A,), ("t.py",), ()))


def test_who_paused_and_left_has_resumed() -> None:
    _, effects = after(UP, FrontSaid(1, Pause()), saved(A), FrontLeft(1))
    assert effects == (ToAgent("runner", RunTests(4, "changed", (A,), (), ())),)
    _, effects = after(UP, FrontSaid(1, Pause()), saved(A), FrontLeft(2))
    assert effects == ()
    _, effects = after(UP, FrontLeft(2), FrontSaid(1, Pause()), saved(A), FrontLeft(1))
    assert [type(effect) for effect in effects] == [Linger, ToAgent]


def test_on_saves_the_newest_arguments_count_as_long_as_their_front_is_there() -> None:
    both = after(UP, FrontSaid(1, FAST), FrontSaid(2, SLOW))[0]
    assert orders(both, saved(A)) == [RunTests(4, "changed", (A,), (), ("-k", "slow"))]
    assert orders(both, FrontSaid(1, FAST), saved(A)) == [RunTests(4, "changed", (A,), (), ("-k", "slow"))]
    assert orders(both, FrontLeft(2), saved(A)) == [RunTests(4, "changed", (A,), (), ("-k", "fast"))]
    assert orders(both, FrontLeft(1), saved(A)) == [RunTests(4, "changed", (A,), (), ("-k", "slow"))]
    assert orders(both, FrontLeft(1), FrontLeft(2), saved(A)) == [RunTests(4, "changed", (A,), (), ())]


def test_a_front_that_asks_without_arguments_has_none_any_more() -> None:
    state, _ = after(UP, FrontSaid(1, SLOW), FrontSaid(1, FAST))
    assert orders(state, saved(A)) == [RunTests(4, "changed", (A,), (), ("-k", "fast"))]
    assert orders(state, FrontSaid(1, ASK), saved(A)) == [RunTests(4, "changed", (A,), (), ())]


def test_who_asks_is_not_narrowed_by_what_another_front_wants() -> None:
    state, _ = after(UP, FrontSaid(1, FAST))
    items, everything = RequestRun(7, "items", ("t.py::x",), ()), RequestRun(7, "all", (), ())
    assert orders(state, FrontSaid(2, items)) == [RunTests(4, "items", (), ("t.py::x",), ())]
    assert orders(state, FrontSaid(2, everything)) == [RunTests(4, "all", (), (EVERYTHING,), ())]


def test_what_a_narrowed_run_on_a_save_left_runs_whole_when_another_front_asks() -> None:
    assert FAST_RUNS.running == RunTests(4, "changed", (A,), (), ("-k", "fast"))
    state, _ = after(FAST_RUNS, AgentSaid("runner", done(4, ("t.py",))), FrontSaid(2, ASK))
    assert state.running == RunTests(5, "changed", (), ("t.py",), ())


def test_what_a_front_left_out_runs_whole_once_it_is_gone() -> None:
    whole = RunTests(5, "changed", (), ("t.py",), ())
    ended = AgentSaid("runner", done(4, ("t.py",)))
    assert orders(FAST_RUNS, ended) == []
    assert orders(FAST_RUNS, ended, FrontLeft(2)) == []
    assert orders(FAST_RUNS, ended, FrontLeft(1)) == [whole]
    assert orders(FAST_RUNS, FrontLeft(1), ended) == [whole]
    assert orders(FAST_RUNS, FrontLeft(2), ended, FrontLeft(1)) == [], "nobody is there who would look"


def test_a_run_narrowed_by_another_front_answers_nobody_who_asks_meanwhile() -> None:
    state, effects = after(FAST_RUNS, FrontSaid(2, ASK))
    assert effects == (ToFront(2, RunAccepted(7, 5)),)
    whole = RunTests(5, "changed", (A,), ("t.py",), ())
    assert orders(state, AgentSaid("runner", done(4, ("t.py",)))) == [whole]
    assert orders(state, FrontLeft(1), AgentSaid("runner", done(4, ("t.py",)))) == [whole]
    state, effects = after(state, AgentSaid("runner", done(4, ("t.py",))), AgentSaid("runner", done(5)))
    assert (state.asked, effects) == ((), (Publish(done(5)),))


def test_a_run_that_may_stop_early_for_another_front_answers_nobody_else() -> None:
    state, effects = after(replace(RUNNING, running=replace(ORDER, pytest_args=("-x",))), FrontSaid(2, ASK))
    assert effects == (ToFront(2, RunAccepted(7, 4)),)
    assert orders(state, AgentSaid("runner", done(3, ("t.py",)))) == [RunTests(4, "changed", (A,), ("t.py",), ())]


def test_a_narrowed_run_that_is_cancelled_comes_back_with_the_arguments_of_who_waits() -> None:
    state, _ = after(FAST_RUNS, FrontSaid(2, ASK), saved(B))
    cancelled = AgentSaid("runner", done(4, ("t.py",), cancelled=True))
    assert orders(state, cancelled) == [RunTests(5, "changed", (A, B), (), ())]
    assert orders(state, FrontLeft(2), cancelled) == [RunTests(5, "changed", (B,), ("t.py",), ("-k", "fast"))]


def test_a_run_without_arguments_answers_who_asks_for_what_changed_with_some() -> None:
    assert after(RUNNING, FrontSaid(1, FAST))[1] == (ToFront(1, RunAccepted(8, 3)),)


def test_two_who_wait_with_different_arguments_get_a_run_each_the_first_one_first() -> None:
    both = after(UP, AgentDown("runner", "oh", final=False), saved(A), FrontSaid(1, FAST), FrontSaid(2, SLOW))[0]
    state, effects = after(both, AgentUp("runner"))
    assert effects[-2:] == (
        ToFront(2, RunAccepted(9, 5)), ToAgent("runner", RunTests(4, "changed", (A,), (), ("-k", "fast"))),
    )  # fmt: skip
    state, effects = after(state, AgentSaid("runner", done(4, ("t.py",))))
    assert effects[-1] == ToAgent("runner", RunTests(5, "changed", (A,), ("t.py",), ("-k", "slow")))
    state, effects = after(state, AgentSaid("runner", done(5, ("t.py",))))
    assert (state.running, state.asked, state.pending) == (None, (), Pending(owed=("t.py",)))


def test_everything_runs_again_for_who_wants_it_with_arguments_of_their_own() -> None:
    plain, verbose = RequestRun(7, "all", (), ()), RequestRun(8, "all", (), ("-v",))
    state, _ = after(UP, AgentDown("runner", "oh", final=False), FrontSaid(1, plain), FrontSaid(2, verbose))
    state, effects = after(state, AgentUp("runner"))
    first = RunTests(5, "all", (), (EVERYTHING,), ())
    assert effects == (ToFront(2, RunAccepted(8, 6)), ToAgent("runner", first))
    again = replace(first, generation=6, pytest_args=("-v",))
    assert orders(state, AgentSaid("runner", done(5))) == [again]
    stopped = AgentSaid("runner", done(5, ("t.py",), cancelled=True))
    assert orders(state, stopped) == [replace(first, generation=6)]
    assert orders(state, FrontLeft(1), stopped) == [again]


def test_a_request_of_another_kind_answers_nobody_who_asks_for_what_changed() -> None:
    items = RequestRun(8, "items", ("t.py::x",), ("-k", "fast"))
    state, effects = after(UP, FrontSaid(1, items), FrontSaid(2, ASK))
    assert effects == (ToFront(2, RunAccepted(7, 5)),)
    state, effects = after(state, AgentSaid("runner", done(4)))
    assert effects == (Publish(done(4)), ToFront(2, Selected(5, (), 0)), ToFront(2, done(5)))
    assert Publish(Change(6, ("a.py",), "save")) in after(state, saved(A))[1]


def test_what_could_not_be_run_is_part_of_what_somebody_waits_for_with_arguments() -> None:
    state, _ = after(RUNNING, FrontSaid(1, Pause()), saved(B), FrontSaid(1, FAST))
    broken = replace(done(3, ("t.py",)), problem="there is no pytest")
    assert orders(state, AgentSaid("runner", broken)) == [RunTests(4, "changed", (B,), ("t.py",), ("-k", "fast"))]
