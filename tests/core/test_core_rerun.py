"""Every red and what running it again showed, against what the words mean."""

from dataclasses import replace
from itertools import product
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.core.rerun import MOST, Red, State, Step, decide, to_rerun
from companion.messages import Lane, Outcome

PLAIN = Red("tests/test_a.py::test_a", "process", plain=True, before="green", affected=False)
PART = replace(PLAIN, plain=False)
INTERPRETER = replace(PLAIN, lane="interpreter")
OUTCOMES: tuple[Outcome | None, ...] = ("passed", "failed", "error", "skipped", "xfailed", "xpassed", None)
STATES = frozenset({"red", "flaky", "order-dependent", "needs process"})
LANES: tuple[Lane, ...] = ("interpreter", "process")
BEFORE: tuple[Literal["green", "red", "unknown"], ...] = ("green", "red", "unknown")
EVERY = [
    Red("a::b", lane, plain=plain, before=before, affected=affected)
    for lane, plain, before, affected in product(LANES, (True, False), BEFORE, (True, False))
]
reds = st.sampled_from(EVERY)


@pytest.mark.parametrize(
    ("red", "reruns", "expected"),
    [
        (PLAIN, (), "alone"),
        (PLAIN, ("failed",), "red"),
        (PLAIN, ("passed",), "in file order"),
        (PLAIN, ("passed", "failed"), "order-dependent"),
        (PLAIN, ("passed", "passed"), "flaky"),
        (PART, ("failed",), "red"),
        (PART, ("passed", "failed"), "order-dependent"),
        (PART, ("passed", "passed"), "flaky"),
        (INTERPRETER, ("error",), "red"),
        (INTERPRETER, ("passed", "passed"), "needs process"),
        (INTERPRETER, ("passed", "failed"), "order-dependent"),
        (PLAIN, (None,), "red"),
        (PLAIN, ("skipped",), "red"),
        (PART, ("passed", None), "red"),
        (PART, ("xfailed", "xpassed"), "flaky"),
    ],
)
def test_what_is_next(red: Red, reruns: tuple[Outcome | None, ...], expected: Step | State) -> None:
    assert decide(red, reruns) == expected


@pytest.mark.parametrize(
    ("red", "surprising"),
    [
        (PLAIN, True),
        (replace(PLAIN, before="unknown"), False),
        (replace(PART, before="unknown"), True),
        (replace(INTERPRETER, before="unknown"), True),
        (replace(PLAIN, before="red"), False),
        (replace(INTERPRETER, before="red"), False),
        (replace(PLAIN, affected=True), False),
        (replace(INTERPRETER, before="unknown", affected=True), False),
    ],
)
def test_what_is_surprising(red: Red, surprising: bool) -> None:
    assert red.surprising is surprising
    assert (decide(red) == "alone") is surprising


@pytest.mark.parametrize("red", EVERY)
def test_an_interpreter_s_word_is_never_all(red: Red) -> None:
    """And nothing is looked into for two reasons."""
    assert (red.to_confirm or red.surprising) or red.lane == "process"
    assert not (red.to_confirm and (red.surprising or red.lane == "process"))


@given(reds, st.lists(st.sampled_from(OUTCOMES), min_size=2, max_size=2))
def test_two_runs_decide(red: Red, outcomes: list[Outcome | None]) -> None:
    """Whatever they show; and what is not surprising stays red without any."""
    steps: list[str] = []
    for shown in range(3):
        steps.append(decide(red, outcomes[:shown]))
        if steps[-1] in STATES:
            break
    assert steps[-1] in STATES
    assert steps[:-1] == ["alone", "in file order"][: len(steps) - 1]
    assert red.surprising or steps == ["red"]


def walked(red: Red, outcomes: list[Outcome | None]) -> tuple[str, list[Outcome | None]]:
    """What is known in the end, and the outcomes that it took."""
    for shown in range(3):
        step = decide(red, outcomes[:shown])
        if step in STATES:
            return step, outcomes[:shown]
    raise AssertionError(f"{red} is not known to be anything")


@given(reds, st.sampled_from(("failed", "error")))
def test_what_is_red_once_more_is_red_at_once(red: Red, outcome: Outcome) -> None:
    """It was so by itself, and in file order to begin with."""
    assert decide(red, [outcome]) == "red"


@given(reds, st.lists(st.sampled_from(OUTCOMES), min_size=2, max_size=2))
def test_nothing_but_red_without_a_green_run(red: Red, outcomes: list[Outcome | None]) -> None:
    """People are told of a flaky or order-dependent item, or of a lane, only where it was seen to pass."""
    state, seen = walked(red, outcomes)
    if state != "red":
        assert {"passed", "xfailed", "xpassed"} & set(seen)
        assert red.surprising


@given(st.lists(reds, max_size=40), st.integers(0, 100), st.integers(0, 12))
def test_at_most_so_many_run_again(found: list[Red], green: int, most: int) -> None:
    chosen = to_rerun(found, len(found) + green, most)
    assert len(chosen) <= most
    surprising = [red for red in found if red.surprising]
    assert chosen in ((), tuple(surprising[:most]))
    assert len(surprising) > most or list(chosen) == surprising


def test_a_broken_environment_is_not_looked_into() -> None:
    many = [replace(PART, id=f"a::{number}") for number in range(MOST + 1)]
    assert to_rerun(many, len(many)) == ()
    assert to_rerun(many, 2 * len(many)) == tuple(many[:MOST]), "half of them are as they should be"
    assert to_rerun(many[:1], 1) == tuple(many[:1]), "one of one is no environment"
    assert to_rerun([replace(red, affected=True) for red in many], 1000) == ()
