from hypothesis import given
from hypothesis import strategies as st

from companion.core.debounce import FEW, Debouncer

QUIET, SETTLE = 50, 1000

events = st.lists(st.tuples(st.integers(0, 300), st.sampled_from("abcdef")), max_size=60)
"""Gaps to the event before, in milliseconds (whole, so that sums are exact), and what happened to which path."""


def play(gaps: list[tuple[int, str]]) -> list[tuple[float, tuple[str, ...]]]:
    """What becomes due when, if somebody looks exactly at each deadline, as a loop's timer does."""
    debouncer = Debouncer(QUIET, SETTLE)
    bursts: list[tuple[float, tuple[str, ...]]] = []
    now = 0
    for gap, path in gaps:
        now += gap
        bursts += look(debouncer, now)
        debouncer.add(path, now)
    return bursts + look(debouncer, now + SETTLE)


def look(debouncer: Debouncer, until: float) -> list[tuple[float, tuple[str, ...]]]:
    deadline = debouncer.deadline()
    if deadline is None or deadline > until:
        return []
    assert debouncer.due(deadline - 1) == ()
    burst = debouncer.due(deadline)
    assert debouncer.deadline() is None
    return [(deadline, burst)]


def times(gaps: list[tuple[int, str]]) -> list[tuple[int, str]]:
    now = 0
    return [(now := now + gap, path) for gap, path in gaps]


@given(events)
def test_nothing_is_lost_and_nothing_is_told_late(gaps: list[tuple[int, str]]) -> None:
    bursts = play(gaps)
    for happened, path in times(gaps):
        due = [when for when, burst in bursts if path in burst and when >= happened]
        assert due
        assert min(due) <= happened + SETTLE


@given(events)
def test_each_path_once_in_a_burst_and_only_what_happened(gaps: list[tuple[int, str]]) -> None:
    bursts = play(gaps)
    for _, burst in bursts:
        assert len(set(burst)) == len(burst) > 0
    assert {path for _, burst in bursts for path in burst} == {path for _, path in gaps}


@given(events)
def test_one_burst_for_each_silence(gaps: list[tuple[int, str]]) -> None:
    silences = sum(gap >= QUIET for gap, _ in gaps[1:]) + bool(gaps)
    crowded = sum(when for when, _ in times(gaps)[-1:]) // SETTLE  # bursts that were cut because they did not end
    assert silences <= len(play(gaps)) <= silences + crowded


def test_silence_ends_a_burst() -> None:
    debouncer = Debouncer(QUIET, SETTLE)
    debouncer.add("a", 1000)
    debouncer.add("b", 1040)
    assert debouncer.deadline() == 1040 + QUIET
    assert "a" in debouncer
    assert "c" not in debouncer
    assert debouncer.due(1060) == ()
    assert debouncer.due(1090) == ("a", "b")
    assert debouncer.due(9000) == ()


def saved(*paths: str, brief: float = 10) -> Debouncer:
    debouncer = Debouncer(QUIET, SETTLE, brief)
    for path in paths:
        debouncer.add(path, 1000, whole=True)
    return debouncer


def test_a_few_closed_files_are_a_save() -> None:
    assert saved("a", "b").deadline() == 1010
    assert saved("a", brief=400).deadline() == 1000 + QUIET


def test_one_open_file_holds_the_others_back() -> None:
    debouncer = saved("a", "b")
    debouncer.add("b", 1005)
    assert debouncer.deadline() == 1005 + QUIET
    debouncer.add("b", 1008, whole=True)
    assert debouncer.due(1018) == ("a", "b")


def test_what_is_of_no_interest_holds_nothing_back() -> None:
    debouncer = saved("a")
    debouncer.add("a~", 1000)
    debouncer.discard("a~")
    assert debouncer.due(1010) == ("a",)
    debouncer.discard("never there")
    assert debouncer.deadline() is None


def test_many_files_are_a_tool_at_work() -> None:
    assert saved(*map(str, range(FEW))).deadline() == 1010
    assert saved(*map(str, range(FEW + 1))).deadline() == 1000 + QUIET


def test_a_burst_without_end_is_cut() -> None:
    debouncer = Debouncer(QUIET, SETTLE)
    for step in range(200):
        debouncer.add("log", step * 10)
        if burst := debouncer.due(step * 10):
            assert (step, burst) == (100, ("log",))
            return
    raise AssertionError


def test_order_of_first_arrival() -> None:
    debouncer = Debouncer(QUIET, SETTLE)
    for path in "bacab":
        debouncer.add(path, 0)
    assert debouncer.due(1000) == ("b", "a", "c")
