"""What a batch becomes when it is split, or left to another spare in part: no item is run twice, none by nobody."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runkit import Suite

from companion.core.board import file_of
from companion.messages import Lane
from companion.workers.running.batch import Batch

SUITE = Suite({f"t/test_{file}.py::{item}": "ok" for file in "abcd" for item in "xyz"})
A, B, C, D = FILES = tuple(SUITE.files)
LANES: tuple[Lane, ...] = ("interpreter", "process")
IDS = (f"{A}::x", f"{B}::z", f"{C}::x", f"{C}::y")


def items_of(*batches: Batch) -> list[str]:
    return sorted(item for batch in batches for item in SUITE.asked_of(batch)[1])


def collecting(batch: Batch) -> Batch:
    batch.expect(tuple(SUITE.asked_of(batch)[1]))
    return batch


def kinds(lane: Lane) -> list[Batch]:
    """What a run may be made of."""
    seen = (f"{A}::x", f"{B}::y", f"{D}::x", f"{D}::y")
    return [
        Batch(lane, ("-v",)),
        Batch(lane, (), known=FILES),
        Batch(lane, (), left_out=(B,)),
        Batch(lane, (), (A, C, D), walks=True),
        Batch(lane, (*FILES, "-q"), FILES),
        Batch(lane, IDS, (A, B, C), whole=False),
        Batch(lane, FILES, FILES, deselect=seen),
        Batch(lane, (*IDS, D), FILES, deselect=seen[:2], whole=False),
    ]


EVERY = [
    pytest.param(batch, id=f"{batch.lane} {number}") for lane in LANES for number, batch in enumerate(kinds(lane))
]


@given(st.sampled_from(LANES), st.integers(0, 7), st.data())
def test_what_is_left_to_another_is_run_by_that_one(lane: Lane, number: int, data: st.DataObject) -> None:
    batch = collecting(kinds(lane)[number])
    before, whole = items_of(batch), batch.whole
    files: list[str] = list(dict.fromkeys(map(file_of, before)))
    parts: list[Batch] = []
    while len(files) > 1:
        gone: set[str] = data.draw(st.sets(st.sampled_from(files[1:]), min_size=1))
        taken = batch.release(tuple(item for item in batch.collected or () if file_of(item) in gone))
        parts.append(taken)
        files = [file for file in files if file not in gone]
        assert taken.lane == lane
        assert taken.options == batch.options
        assert taken.whole is whole
        assert items_of(batch, *parts) == before
        assert sorted(taken.files) == sorted(gone)
        assert sorted({*batch.expected}) == items_of(batch)
        if data.draw(st.booleans()):
            break


@given(st.sampled_from(LANES), st.integers(0, 4), st.data())
def test_parts_are_the_whole(lane: Lane, number: int, data: st.DataObject) -> None:
    batch = kinds(lane)[number]
    before = items_of(batch)
    files = sorted(set(map(file_of, before)))
    place = data.draw(st.lists(st.integers(0, 2), min_size=len(files), max_size=len(files)))
    shares = [tuple(f for f, p in zip(files, place, strict=True) if p == part) for part in range(3)]
    parts = batch.split([share for share in shares if share])
    assert items_of(*parts) == before
    assert {part.lane for part in parts} == {lane}
    assert len({part.serial for part in parts}) == len(parts)


def test_what_nobody_knows_yet_is_the_first_part_s() -> None:
    """A file that is new since the last run."""
    first, second = Batch("process", ()).split([(A,), (B, C)])
    assert items_of(first) == sorted((*SUITE.of(A), *SUITE.of(D)))
    assert items_of(second) == sorted((*SUITE.of(B), *SUITE.of(C)))


def test_a_folder_keeps_its_name_and_what_is_taken_of_it_has_its_own() -> None:
    batch = Batch("process", ("t",), ("t",))
    batch.expect(tuple(SUITE.items))
    taken = batch.release(tuple(SUITE.of(B)))
    assert taken.arguments == taken.files == (B,)
    assert batch.arguments == batch.files == ("t",)
    assert not batch.left(B)


@pytest.mark.parametrize("batch", EVERY)
def test_what_is_owed_after_a_theft_and_a_death(batch: Batch) -> None:
    """The one that died owes what it has neither shown nor left to another."""
    collecting(batch)
    before = items_of(batch)
    first, *others = dict.fromkeys(map(file_of, before))
    taken = batch.release(tuple(item for item in before if file_of(item) == others[-1]))
    done = next(item for item in before if file_of(item) == first)
    batch.finish(done)
    batch.shown[done] = None
    rest = batch.rest(batch.owed())
    assert sorted((done, *items_of(taken, rest))) == before


def in_order(batches: Sequence[Batch]) -> list[str]:
    return [file for batch in batches for file in batch.files]


def test_parts_keep_their_order() -> None:
    assert in_order(Batch("process", FILES, FILES).split([(D, A), (C,)])) == [D, A, C]
