"""Which files run in one session although they are of two lanes."""

import pytest
from runkit import Suite

from companion.messages import Lane
from companion.workers.running.batch import Batch, as_one
from companion.workers.running.gathering import gather
from companion.workers.running.memory import LaneMemory

A, B, C = "t/test_a.py", "t/test_b.py", "t/test_c.py"
SUITE = Suite({f"{file}::{item}": "ok" for file in (A, B, C) for item in "xy"})


def of(lane: Lane, *files: str) -> Batch:
    return Batch(lane, files, files)


def gathered(
    batches: list[Batch],
    *,
    usual: Lane = "process",
    forced: str = "",
    seconds: float = 0.1,
    warm: tuple[Lane, ...] = (),
) -> list[tuple[Lane, tuple[str, ...]]]:
    lanes = LaneMemory(usual, forced=((forced, "interpreter"),) if forced else ())
    found = gather(batches, lanes, lambda _: seconds, warm.__contains__)
    assert sorted(i for b in found for i in SUITE.asked_of(b)[1]) == sorted(
        i for b in batches for i in SUITE.asked_of(b)[1]
    )
    return [(batch.lane, batch.arguments) for batch in found]


BOTH: tuple[Lane, ...] = ("interpreter", "process")


@pytest.mark.parametrize("warm", [(), BOTH, ("process",)])
def test_few_files_of_two_lanes_are_one_session_in_their_order(warm: tuple[Lane, ...]) -> None:
    batches = [of("interpreter", A, C), of("process", B)]
    assert gathered(batches, warm=warm) == [("process", (A, B, C))]


def test_long_ones_run_side_by_side() -> None:
    batches = [of("interpreter", A, C), of("process", B)]
    assert gathered(batches, seconds=5.0, warm=BOTH) == [("interpreter", (A, C)), ("process", (B,))]


def test_who_is_ready_gets_them() -> None:
    assert gathered([of("interpreter", A)], warm=("process",)) == [("process", (A,))]
    assert gathered([of("interpreter", A)], warm=BOTH) == [("interpreter", (A,))]
    assert gathered([of("interpreter", A)]) == [("interpreter", (A,))]
    assert gathered([of("process", A)], warm=("interpreter",)) == [("process", (A,))]


def test_what_is_configured_stays() -> None:
    batches = [of("interpreter", A, C), of("process", B)]
    apart: list[tuple[Lane, tuple[str, ...]]] = [("interpreter", (A, C)), ("process", (B,))]
    assert gathered(batches, usual="interpreter", warm=("process",)) == apart
    assert gathered(batches, forced="t/test_a.py", warm=("process",)) == apart
    everything = Batch("interpreter", (), left_out=(B,))
    assert gathered([everything, of("process", B)], usual="interpreter") == [("interpreter", ()), ("process", (B,))]


def test_items_keep_the_order_in_which_they_were_asked_for() -> None:
    asked = (f"{C}::y", f"{C}::x", f"{A}::x")
    batches = [Batch("interpreter", asked, (C, A), whole=False), of("process", B)]
    assert gathered(batches) == [("process", (*asked, B))]


def test_everything_runs_in_both_lanes_or_as_one_but_for_what_another_shard_has() -> None:
    rest = Batch("process", (), left_out=(A, B))
    mine = Batch("interpreter", (), (A,), walks=True)
    assert gathered([rest, mine], warm=("process",)) == [("process", ()), ("interpreter", ())]
    one = as_one([rest, mine])
    assert (one.left_out, one.files) == ((B,), ())
