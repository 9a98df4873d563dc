"""What is tried of what changes left out, for how long, and what follows from what it comes to."""

from hypothesis import given
from hypothesis import strategies as st

from companion.core.board import file_of
from companion.core.impact.shadowing import (
    FILES,
    ITEMS,
    SHARE,
    SLICE,
    WINDOW,
    Duty,
    Skip,
    Tried,
    decide,
    in_order,
    one_session,
)
from companion.core.impact.texts import UNKNOWN, Texts
from companion.messages import Outcome

OUTCOMES: tuple[Outcome, ...] = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")
STEPS = ("again", "in file order", "before")
outcomes = st.sampled_from(OUTCOMES)
skips = st.lists(
    st.builds(
        Skip,
        st.builds("test_{}.py::{}".format, st.integers(0, 30), st.integers(0, 50)),
        st.floats(0, 3),
        st.booleans(),
    ),
    unique_by=lambda skip: skip.id,
)  # fmt: skip


# --- which ----------------------------------------------------------------------------------------------------


@given(skips, st.integers(0, 9))
def test_each_is_tried_once_and_near_ones_first(given_: list[Skip], turn: int) -> None:
    found = in_order(given_, turn)
    assert sorted(found, key=lambda skip: skip.id) == sorted(given_, key=lambda skip: skip.id)
    assert [skip.near for skip in found] == sorted((skip.near for skip in found), reverse=True)


@given(skips, st.integers(0, 9))
def test_a_sample_is_spread_over_the_files(given_: list[Skip], turn: int) -> None:
    for near in (True, False):
        found = [skip for skip in in_order(given_, turn) if skip.near == near]
        files = {file_of(skip.id) for skip in found}
        assert {file_of(skip.id) for skip in found[: len(files)]} == files
        rest = [file_of(skip.id) for skip in found[len(files) :]]
        assert rest == sorted(rest, key=list(dict.fromkeys(rest)).index), "then file by file"


@given(skips)
def test_sessions_are_short_and_come_to_an_end(given_: list[Skip]) -> None:
    left = list(given_)
    while left:
        number = one_session(left)
        assert 1 <= number <= ITEMS
        tried, left = left[:number], left[number:]
        assert number == 1 or sum(skip.seconds for skip in tried) <= SLICE
        assert len({file_of(skip.id) for skip in tried}) <= FILES
    assert one_session([]) == 0


# --- for how long ---------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100), st.booleans()), max_size=20))
def test_at_most_a_tenth_of_the_time_is_worked(days: list[tuple[float, float, bool]]) -> None:
    """Each works for a while, at once where something must be cleared up, and is idle before."""
    duty, now, worked = Duty(), 0.0, 0.0
    for idle, work, at_once in days:
        now += idle if at_once else max(idle, duty.rest(now))
        duty.begin(now)
        now += work
        worked += work
        duty.end(now)
        duty.end(now)
        assert worked <= SHARE * (now + duty.rest(now)) + 1e-6
    assert duty.rest(now + duty.rest(now)) <= 1e-6


# --- what it means --------------------------------------------------------------------------------------------


def test_what_comes_out_as_before_is_left_at_that() -> None:
    for outcome in OUTCOMES:
        assert decide(outcome, [outcome]) == "same"


@given(outcomes, st.lists(st.sampled_from([*OUTCOMES, None]), min_size=1, max_size=4))
def test_it_comes_to_a_meaning_in_four_steps(stored: Outcome, answers: list[Outcome | None]) -> None:
    known = [decide(stored, answers[:number]) for number in range(1, len(answers) + 1)]
    settled = next((number for number, verdict in enumerate(known) if verdict not in STEPS), len(known))
    assert tuple(known[:settled]) == STEPS[:settled]
    assert known[settled:] or settled < 4


@given(outcomes, outcomes, outcomes, outcomes)
def test_only_what_came_otherwise_each_time_and_not_before_the_change_was_missed(
    stored: Outcome, shadow: Outcome, again: Outcome, ordered: Outcome
) -> None:
    differs: list[Outcome] = [shadow, again, ordered]
    for before in (*OUTCOMES, None):
        shown: list[Outcome | None] = [*differs, before]
        verdicts = [decide(stored, shown[:number]) for number in range(1, 5)]
        settled = next(verdict for verdict in verdicts if verdict not in STEPS)
        missed = stored not in differs and before in (stored, None)
        assert (settled == "miss") == missed


def test_what_flips_without_the_change_is_flaky_and_by_itself_only_a_matter_of_order() -> None:
    assert decide("passed", ["failed", "passed"]) == "flaky"
    assert decide("passed", ["failed", "failed", "passed"]) == "order-dependent"
    assert decide("passed", ["failed", "failed", "failed", "failed"]) == "flaky"


@given(st.lists(st.booleans(), max_size=50), st.integers(0, 3))
def test_the_recall_is_of_the_latest(misses: list[bool], rounds: int) -> None:
    tried = Tried(WINDOW, (1 << WINDOW) - 1) if rounds else Tried()
    for missed in misses:
        tried = tried.after(missed=missed)
    before = WINDOW if rounds else 0
    assert tried.number == min(WINDOW, before + len(misses))
    assert tried.misses == max(0, before - len(misses)) + sum(misses)
    assert tried.recall == 1 - tried.misses / max(1, tried.number)


# --- what was there before ------------------------------------------------------------------------------------

paths = st.sampled_from(["a.py", "b.py", "c.py"])
texts = st.one_of(st.none(), st.binary(max_size=4))


@given(st.lists(st.tuples(paths, texts), max_size=20), st.data())
def test_each_mark_is_told_what_changed_since_as_it_was_then(
    notes: list[tuple[str, bytes | None]], data: st.DataObject
) -> None:
    found = Texts()
    for path, before in notes:
        found.note(path, before)
    assert found.mark == len(notes)
    forgotten = data.draw(st.integers(0, len(notes)))
    found.forget(forgotten)
    assert found.mark == len(notes)
    for mark in range(forgotten, len(notes) + 1):
        first: dict[str, bytes | None] = {}
        for path, before in notes[mark:]:
            first.setdefault(path, before)
        assert found.since(mark) == first


@given(st.lists(texts, max_size=30), st.integers(0, 12), st.integers(0, 30))
def test_the_oldest_texts_go_first(before: list[bytes | None], largest: int, forget: int) -> None:
    found = Texts(largest)
    for number, text in enumerate(before):
        if number == forget:
            found.forget(number // 2)
        found.note(str(number), text)
    kept = list(found.since(0).items())
    sizes = [len(text or b"") for _, text in kept]
    assert sum(sizes) <= largest
    lost = [int(path) for path, text in kept if text != before[int(path)]]
    there = [int(path) for path, text in kept if text and text == before[int(path)]]
    assert not lost or min(there, default=len(before)) > max(lost)
    assert all(text in (before[int(path)], UNKNOWN) for path, text in kept)
