from hypothesis import given
from hypothesis import strategies as st

from companion.core.debounce import Debouncer

QUIET, SETTLE = 0.05, 1.0

events = st.lists(st.tuples(st.floats(0.0, 0.3), st.sampled_from("abcdef")), max_size=60)
"""Gaps to the event before, in seconds, and what happened to which path."""


def play(gaps: list[tuple[float, str]]) -> list[tuple[float, tuple[str, ...]]]:
    """What becomes due when, if somebody looks exactly at each deadline, as a loop's timer does."""
    debouncer = Debouncer(QUIET, SETTLE)
    bursts: list[tuple[float, tuple[str, ...]]] = []
    now = 0.0
    for gap, path in gaps:
        now += gap
        bursts += look(debouncer, now)
        debouncer.add(path, now)
    return bursts + look(debouncer, now + SETTLE)


def look(debouncer: Debouncer, until: float) -> list[tuple[float, tuple[str, ...]]]:
    deadline = debouncer.deadline()
    if deadline is None or deadline > until:
        return []
    assert debouncer.due(deadline - 1e-9) == ()
    burst = debouncer.due(deadline)
    assert debouncer.deadline() is None
    return [(deadline, burst)]


def times(gaps: list[tuple[float, str]]) -> list[tuple[float, str]]:
    now = 0.0
    return [(now := now + gap, path) for gap, path in gaps]


@given(events)
def test_nothing_is_lost_and_nothing_is_told_late(gaps: list[tuple[float, str]]) -> None:
    bursts = play(gaps)
    for happened, path in times(gaps):
        due = [when for when, burst in bursts if path in burst and when >= happened]
        assert due
        assert min(due) <= happened + SETTLE


@given(events)
def test_each_path_once_in_a_burst_and_only_what_happened(gaps: list[tuple[float, str]]) -> None:
    bursts = play(gaps)
    for _, burst in bursts:
        assert len(set(burst)) == len(burst) > 0
    assert {path for _, burst in bursts for path in burst} == {path for _, path in gaps}


@given(events)
def test_one_burst_for_each_silence(gaps: list[tuple[float, str]]) -> None:
    silences = sum(gap > QUIET for gap, _ in gaps[1:]) + bool(gaps)
    crowded = sum(when for when, _ in times(gaps)[-1:]) // SETTLE  # bursts that were cut because they did not end
    assert silences <= len(play(gaps)) <= silences + crowded


def test_silence_ends_a_burst() -> None:
    debouncer = Debouncer(QUIET, SETTLE)
    debouncer.add("a", 1.0)
    debouncer.add("b", 1.04)
    assert debouncer.deadline() == 1.04 + QUIET
    assert debouncer.due(1.06) == ()
    assert debouncer.due(1.1) == ("a", "b")
    assert debouncer.due(9.0) == ()


def test_a_burst_without_end_is_cut() -> None:
    debouncer = Debouncer(QUIET, SETTLE)
    for step in range(200):
        debouncer.add("log", step / 100)
        if burst := debouncer.due(step / 100):
            assert (step, burst) == (100, ("log",))
            return
    raise AssertionError


def test_order_of_first_arrival() -> None:
    debouncer = Debouncer(QUIET, SETTLE)
    for path in "bacab":
        debouncer.add(path, 0.0)
    assert debouncer.due(1.0) == ("b", "a", "c")
