"""An agent that was given up and is tried again: what waited for it goes on."""

from dataclasses import replace

from enginekit_core import ASK, UP, A, after, saved

from companion.core.engine import AgentDown, AgentUp, FrontSaid, ToAgent, ToFront
from companion.messages import Refactor, RunAccepted, RunTests


def test_a_runner_runs_what_has_changed_meanwhile() -> None:
    state, _ = after(UP, AgentDown("runner", "why", final=True), saved(A))
    assert state.given_up == {"runner"}
    state, effects = after(state, AgentUp("runner"))
    assert state.given_up == frozenset()
    (order,) = [e.message for e in effects if isinstance(e, ToAgent) and isinstance(e.message, RunTests)]
    assert order.changes == (A,)
    state, effects = after(state, FrontSaid(1, ASK))
    told = [e.message for e in effects if isinstance(e, ToFront)]
    assert told == [RunAccepted(ASK.request, order.generation)]


def test_a_refactorer_is_waited_for_again() -> None:
    state, _ = after(replace(UP, up=UP.up | {"refactorer"}), AgentDown("refactorer", "why", final=True), saved(A))
    assert state.looking == ()
    state, effects = after(state, AgentUp("refactorer"), saved(A))
    assert [paths for _, paths in state.looking] == [frozenset({"a.py"})]
    assert [e.message.changes for e in effects if isinstance(e, ToAgent) and isinstance(e.message, Refactor)] == [
        (A,)
    ]
