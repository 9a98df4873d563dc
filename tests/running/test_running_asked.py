"""What is companion's own among the arguments for pytest."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.core.pending import SHARD
from companion.workers.running.asked import Asked, asked
from companion.workers.running.spreading import divisible

CORES = os.process_cpu_count() or 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), Asked(())),
        (("-n", "3"), Asked((), 3)),
        (("-n3",), Asked((), 3)),
        (("--numprocesses=3", "-v"), Asked(("-v",), 3)),
        (("--numprocesses", "3"), Asked((), 3)),
        (("-n", "0"), Asked((), 1)),
        (("-n", "auto"), Asked((), CORES)),
        (("-nlogical",), Asked((), CORES)),
        (("-n", "2", "-x", "-n4"), Asked(("-x",), 4)),
        (("-n",), Asked((), CORES)),
        ((f"{SHARD}2/3", "-k", "a"), Asked(("-k", "a"), shard=(2, 3))),
        (("tests/test_n.py", "--no-header", "-n1"), Asked(("tests/test_n.py", "--no-header"), 1)),
    ],
)
def test_ours_are_taken_out(words: tuple[str, ...], expected: Asked) -> None:
    assert asked(words) == expected


@given(st.lists(st.sampled_from(["-v", "-k", "a", "--tb=no", "tests", "-x"])), st.integers(1, 9), st.integers(0, 6))
def test_all_others_stay_as_they_are(words: list[str], number: int, at: int) -> None:
    given_ours = (*words[:at], f"-n{number}", f"{SHARD}1/2", *words[at:])
    assert asked(given_ours) == Asked(tuple(words), number, (1, 2))


@pytest.mark.parametrize(
    "words",
    [
        (), ("-v",), ("-qq", "-s"), ("-k", "a and b"), ("-k", "-x"), ("-m", "slow"), ("--tb", "short"),
        ("--deselect=a::b",), ("-W", "error"),
    ],
)  # fmt: skip
def test_what_can_be_shared_among_sessions(words: tuple[str, ...]) -> None:
    assert divisible(words)


@pytest.mark.parametrize(
    "words",
    [
        ("-x",), ("tests",), ("-vx",), ("--cov",), ("--junitxml=out",), ("-k", "a", "b"), ("-p", "randomly"),
        ("--maxfail", "1"), ("--lf",),
    ],
)  # fmt: skip
def test_what_is_unknown_or_concerns_the_whole_is_for_one(words: tuple[str, ...]) -> None:
    assert not divisible(words)
