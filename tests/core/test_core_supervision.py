"""Restarts with a limit, and the texts by which a lane says no."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.core.lanes import needs_process
from companion.core.supervision import DELAYS, WINDOW, Restarts
from companion.messages import Message


def test_each_restart_waits_longer_until_it_is_given_up() -> None:
    restarts = Restarts()
    for delay in DELAYS:
        restarts, wait = restarts.after_end(100.0)
        assert wait == delay
    assert restarts.after_end(100.0)[1] is None


def test_what_is_long_ago_does_not_count() -> None:
    restarts = Restarts()
    for number in range(50):
        restarts, wait = restarts.after_end(number * (WINDOW + 1))
        assert wait == DELAYS[0]
    assert len(restarts.times) == 1


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 30.0), max_size=40))
def test_never_more_restarts_in_a_window_than_there_are_delays(gaps: list[float]) -> None:
    restarts, now = Restarts(), 0.0
    started: list[float] = []
    for gap in gaps:
        now += gap
        restarts, wait = restarts.after_end(now)
        if wait is not None:
            started.append(now)
        assert len(restarts.times) <= len(DELAYS)
    assert all(b - a >= WINDOW for a, b in zip(started, started[len(DELAYS) :], strict=False))


@pytest.mark.parametrize(
    "text",
    [
        "fork not supported for isolated subinterpreters",
        "exec not supported for isolated subinterpreters",
        "preexec_fn not supported within subinterpreters",
        "daemon threads are disabled in this (sub)interpreter",
        "daemon threads are disabled in this interpreter",
        "signal only works in main thread of the main interpreter",
        "module _x does not support loading in subinterpreters",
        "PyO3 modules do not yet support subinterpreters, see their issue",
        "Interpreter change detected - this module can only be loaded into one interpreter per process.",
        "cannot load module more than once per process",
    ],
)
def test_texts_that_tell(text: str) -> None:
    found = needs_process(f"E   RuntimeError: {text}\n\nmore")
    assert found.endswith(" needs a process of its own")
    assert needs_process(found) == found
    assert needs_process(f"RuntimeError: {found}\n") == found


@pytest.mark.parametrize(
    "text", ["", "fork", "not supported", "AssertionError: subinterpreters", "only works in main"]
)
def test_texts_that_do_not(text: str) -> None:
    assert needs_process(text) == ""


def test_every_message_is_known_by_its_name() -> None:
    assert all(name == kind.__name__ for name, kind in Message.registry.items())
    assert not any(name.startswith("Test") for name in Message.registry)
