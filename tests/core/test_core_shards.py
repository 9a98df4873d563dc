"""Laws of dividing: nothing lost, nothing torn apart, near the best division, and the same on every machine."""

from collections.abc import Mapping, Sequence
from itertools import pairwise, product
from math import fsum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.core.shards import partition, share, steal

CALM = settings(deadline=None)
NAMES = [f"tests/test_{letter}.py" for letter in "abcdefghijkl"]
costs = st.one_of(st.integers(0, 20).map(float), st.floats(0, 1e6))
suites = st.dictionaries(st.sampled_from(NAMES), costs, max_size=12)
ties = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["db", "web", NAMES[0]]), max_size=8)
shards = st.integers(1, 5)


def groups(files: Sequence[str], tied: Mapping[str, str]) -> list[set[str]]:
    named = {name: {file for file in files if tied.get(file) == name} for name in tied.values()}
    return [*(group for group in named.values() if group), *({file} for file in files if file not in tied)]


@CALM
@given(suites, ties, shards)
def test_every_file_is_in_one_shard_with_what_it_is_tied_to(
    suite: dict[str, float], tied: dict[str, str], count: int
) -> None:
    files = list(suite)
    made = partition(files, suite.__getitem__, tied, count)
    assert len(made) == count
    assert sorted(file for shard in made for file in shard) == sorted(files)
    for group in groups(files, tied):
        assert sum(bool(group & set(shard)) for shard in made) == 1
    for shard in made:
        assert list(shard) == [file for file in files if file in shard], "in the order given"
    assert sum(map(bool, made)) == min(count, len(groups(files, tied)))


@CALM
@given(
    st.permutations(list(zip(NAMES, [3.0, 3.0, 3.0, 0.1, 0.2, 0.3, 0.0, 0.0, 7.0, 1.0, 1.0, 2.5], strict=True))), ties
)
def test_the_order_of_files_divides_nothing_differently(order: list[tuple[str, float]], tied: dict[str, str]) -> None:
    suite = dict(order)
    made = partition(list(suite), suite.__getitem__, tied, 4)
    again = partition(NAMES, suite.__getitem__, dict(sorted(tied.items())), 4)
    assert [set(shard) for shard in made] == [set(shard) for shard in again]


@CALM
@given(st.dictionaries(st.sampled_from(NAMES[:6]), costs, min_size=1), ties, st.integers(1, 3))
def test_near_the_best_division(suite: dict[str, float], tied: dict[str, str], count: int) -> None:
    """Graham's bound, against the best of all divisions."""
    weights = [fsum(suite[file] for file in sorted(group)) for group in groups(list(suite), tied)]
    best = min(
        max(fsum(weight for weight, at in zip(weights, places, strict=True) if at == shard) for shard in range(count))
        for places in product(range(count), repeat=len(weights))
    )
    made = partition(list(suite), suite.__getitem__, tied, count)
    longest = max(fsum(suite[file] for file in shard) for shard in made)
    assert longest <= (4 / 3 - 1 / (3 * count)) * best * (1 + 1e-9)


@CALM
@given(st.lists(costs, min_size=1, max_size=300), st.integers(1, 16))
def test_large_suites_are_even_but_for_one_file(durations: list[float], count: int) -> None:
    suite = {f"test_{number}.py": seconds for number, seconds in enumerate(durations)}
    made = partition(list(suite), suite.__getitem__, {}, count)
    longest = max(fsum(suite[file] for file in shard) for shard in made)
    even = fsum(durations) / count
    assert longest <= (even + (1 - 1 / count) * max(durations)) * (1 + 1e-9)


def test_files_that_cost_nothing_are_spread() -> None:
    assert [len(shard) for shard in partition(NAMES, lambda _: 0.0, {}, 4)] == [3, 3, 3, 3]
    assert [len(shard) for shard in partition(NAMES, lambda _: -1.0, {}, 4)] == [3, 3, 3, 3], "nor do these"


def test_a_tie_that_is_called_like_a_file_holds_only_what_it_names() -> None:
    made = partition(["a.py", "b.py", "c.py"], lambda _: 1.0, {"b.py": "a.py", "c.py": "a.py"}, 2)
    assert made == (("b.py", "c.py"), ("a.py",))


# --- parts for CI -------------------------------------------------------------------------------------------


@CALM
@given(st.dictionaries(st.sampled_from(NAMES), st.integers(0, 10**6)), ties, shards, st.data())
def test_the_parts_of_all_machines_are_the_whole(
    sizes: dict[str, int], tied: dict[str, str], count: int, data: st.DataObject
) -> None:
    shuffled = [dict(data.draw(st.permutations(list(sizes.items())))) for _ in range(count)]
    parts = [share(own, index, count, tied) for index, own in enumerate(shuffled, 1)]
    assert sorted(file for part in parts for file in part) == sorted(sizes)
    assert all(part == tuple(sorted(part)) for part in parts)


def test_parts_are_what_they_were_in_the_last_version() -> None:
    """Written down: machines of one CI run may have different versions of Python."""
    sizes = {"test_a.py": 900, "test_b.py": 500, "test_c.py": 500, "test_d.py": 400, "test_e.py": 0}
    assert [share(sizes, index, 3) for index in (1, 2, 3)] == [
        ("test_a.py",), ("test_b.py", "test_d.py"), ("test_c.py", "test_e.py"),
    ]  # fmt: skip


@pytest.mark.parametrize(("index", "count"), [(0, 3), (4, 3), (1, 0), (-1, -1)])
def test_a_part_that_is_none(index: int, count: int) -> None:
    with pytest.raises(ValueError, match="is no part of anything"):
        share({"a.py": 1}, index, count)


# --- stealing -----------------------------------------------------------------------------------------------


def taken(
    waiting: Mapping[str, float],
    *,
    running: float = 0.0,
    session: float = 0.1,
    tied: Mapping[str, str] | None = None,
    begun: Sequence[str] = (),
) -> str:
    return " ".join(steal(list(waiting.items()), tied or {}, begun=begun, running=running, session=session))


def test_half_from_the_end() -> None:
    assert taken(dict.fromkeys("abcdef", 1.0)) == "d e f"
    assert taken(dict.fromkeys("abcdef", 1.0), session=1.5) == "e f", "what a new session takes is divided too"


def test_one_that_waits_behind_a_long_one() -> None:
    assert taken({"a": 1.0}, running=5.0) == "a"
    assert taken({"a": 1.0}) == "", "it would begin now anyway"


def test_a_long_one_at_the_end_goes_alone() -> None:
    assert taken({"a": 1.0, "b": 1.0, "c": 30.0}) == "c"


def test_a_long_one_in_front_stays() -> None:
    assert taken({"a": 30.0, "b": 1.0, "c": 1.0}) == "b c"


def test_what_costs_less_than_a_session_stays() -> None:
    assert taken(dict.fromkeys("abcd", 0.1), session=0.5) == ""
    assert taken(dict.fromkeys("abcd", 0.1), running=60.0, session=0.5) == ""
    assert taken(dict.fromkeys("abcd", 0.2), running=60.0, session=0.5) == "a b c d"


def test_tied_files_go_together_or_stay() -> None:
    tied = {"b": "db", "d": "db"}
    assert taken(dict.fromkeys("abcd", 1.0), tied=tied) == "b d"
    assert taken(dict.fromkeys("abcd", 1.0), tied={**tied, "x": "db"}, begun=("x",)) == "a c", "it is set up there"
    assert taken(dict.fromkeys("abcd", 1.0), tied=dict.fromkeys("abcd", "db")) == "", "nothing to divide"


def test_nothing_to_take() -> None:
    assert taken({}) == ""
    assert taken({}, running=60.0) == ""


@CALM
@given(suites, ties, st.sets(st.sampled_from(NAMES)), st.floats(0, 100), st.floats(0, 10))
def test_both_are_done_earlier_or_nothing_moves(
    suite: dict[str, float], tied: dict[str, str], begun: set[str], running: float, session: float
) -> None:
    waiting = {file: seconds for file, seconds in suite.items() if file not in begun}
    took = steal(list(waiting.items()), tied, begun=begun, running=running, session=session)
    assert list(took) == [file for file in waiting if file in took], "in their order"
    stay = {tied[file] for file in begun if file in tied}
    for group in groups(list(waiting), tied):
        assert group & set(took) in (set(), group)
        assert not group & set(took) or not {tied.get(file) for file in group} & stay
    if took:
        moved, rest = fsum(waiting[file] for file in took), running + fsum(waiting.values())
        assert moved > session
        assert max(rest - moved, moved + session) < rest


@CALM
@given(st.lists(st.integers(1, 50).map(float), min_size=1, max_size=40), st.integers(1, 20).map(float))
def test_no_other_end_would_be_better(durations: list[float], session: float) -> None:
    waiting = [(f"test_{number}.py", seconds) for number, seconds in enumerate(durations)]
    took = steal(waiting, {}, begun=(), running=0.0, session=session)
    ends = {n: fsum(durations[-n:]) for n in range(1, len(durations) + 1)}
    done = {n: max(fsum(durations) - moved, moved + session) for n, moved in ends.items() if moved > session}
    best = min(done.values(), default=fsum(durations))
    assert (done[len(took)] if took else fsum(durations)) == min(best, fsum(durations))


def test_taking_in_turns_ends() -> None:
    """Two hosts that take from each other, whenever one is free, finish everything; each time less is moved."""
    waiting = [(f"test_{number}.py", 1.0 + number % 5) for number in range(200)]
    moves: list[float] = []
    while took := steal(waiting, {}, begun=(), running=0.0, session=1.0):
        moves.append(fsum(seconds for file, seconds in waiting if file in took))
        waiting = [(file, seconds) for file, seconds in waiting if file in took]
    assert all(later < earlier for earlier, later in pairwise(moves))
