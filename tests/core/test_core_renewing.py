"""When an engine goes on as a fresh one: never while there is anything that only it knows."""

from dataclasses import replace

import pytest
from enginekit_core import ASK, RUNNING, UP, A, after, done, saved

from companion.core.engine import (
    AgentSaid,
    FrontSaid,
    Missed,
    Publish,
    Renew,
    Rest,
    Rested,
    State,
    ToAgent,
    Worn,
    step,
)
from companion.core.pending import Pending
from companion.core.renewing import REST, renewed, wear
from companion.core.starting import Asked
from companion.messages import UNSEEN, Change, Pause, RunTests

OLD = "it holds 2,000 MB"
MB = 1_000_000


def test_after_a_rest_a_worn_engine_is_renewed() -> None:
    state, effects = step(UP, Worn(OLD))
    assert effects == (Rest(REST, UP.generation),)
    assert step(state, Rested(UP.generation, OLD)) == (state, (Renew(OLD),))


def test_an_engine_that_is_not_worn_does_not_rest() -> None:
    assert step(UP, Worn("")) == (UP, ())


def test_what_was_freed_meanwhile_renews_nothing() -> None:
    assert step(UP, Rested(UP.generation, "")) == (UP, ())


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(RUNNING, id="it runs"),
        pytest.param(replace(UP, pending=Pending(rerun=("a.py",))), id="a file waits"),
        pytest.param(replace(UP, pending=Pending(owed=("a.py",))), id="a file is owed"),
        pytest.param(replace(UP, stopped=Pending(changes=(A,))), id="a change was stopped"),
        pytest.param(replace(UP, asked=(Asked(1, ASK, 3),)), id="a front asks"),
        pytest.param(replace(UP, looking=((3, frozenset({"a.py"})),)), id="the refactorer looks"),
        pytest.param(replace(UP, paused=True), id="paused"),
        pytest.param(replace(UP, up=frozenset({"runner"})), id="no watcher"),
        pytest.param(replace(UP, given_up=frozenset({"refactorer"})), id="no refactorer"),
        pytest.param(replace(UP, fronts=frozenset()), id="no front"),
    ],
)
def test_nothing_is_lost(state: State) -> None:
    assert step(state, Rested(state.generation, OLD)) == (state, ())


def test_a_change_in_the_rest_puts_it_off() -> None:
    running, _ = after(UP, Worn(OLD), saved(A))
    assert running.running is not None
    idle, _ = after(running, AgentSaid("runner", done(running.running.generation)))
    idle = replace(idle, looking=())
    assert step(idle, Rested(UP.generation, OLD)) == (idle, ())
    assert step(idle, Rested(idle.generation, OLD)) == (idle, (Renew(OLD),))


def test_the_next_engine_knows_the_fronts_and_counts_on() -> None:
    state, _ = after(UP, FrontSaid(1, replace(ASK, pytest_args=("-x",))), FrontSaid(1, Pause()))
    state = replace(state, arguments=((1, ("-x",)),))
    fresh = renewed(state)
    assert fresh == State(
        generation=state.generation,
        begun=state.generation,
        pending=Pending(),
        fronts=UP.fronts,
        arguments=((1, ("-x",)),),
    )


def test_what_nobody_saw_change_runs_everything() -> None:
    order = RunTests(4, "changed", (), (UNSEEN,), ())
    _, effects = step(UP, Missed())
    assert effects == (Publish(Change(4, (), "request")), ToAgent("runner", order))


@pytest.mark.parametrize(
    ("now", "first", "ceiling", "left", "expected"),
    [
        (1_400, 200, 1_500, 0, ""),
        (1_600, 200, 1_500, 0, "it holds 1,600 MB"),
        (1_600, 200, 0, 0, ""),
        (240, 200, 100, 0, ""),  # it holds more than that from the first
        (260, 200, 100, 0, "it holds 260 MB"),
        (100, 100, 1_500, 2, "2 interpreters do not end"),
    ],
)
def test_wear(now: int, first: int, ceiling: int, left: int, expected: str) -> None:
    assert wear(now=now * MB, first=first * MB, ceiling=ceiling * MB, left_behind=left) == expected
