"""Files that share something, and a suite's parts on several machines."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runkit import Suite as Toy

from companion.core.board import file_of
from companion.core.shards import tied
from companion.messages import Collected
from companion.workers.running.batch import Batch
from companion.workers.running.sources import Sources, SuiteFacts
from companion.workers.running.spreading import Spreading

names = st.dictionaries(st.sampled_from("abcdefgh"), st.frozensets(st.sampled_from("12345")))


@given(names)
def test_files_are_tied_that_share_something_by_way_of_others(shared: dict[str, frozenset[str]]) -> None:
    ties = tied(shared)
    reach = {file: {file} for file in shared}
    for _ in shared:
        for one, other in product(shared, shared):
            if shared[one] & shared[other]:
                reach[one] |= reach[other]
    assert ties.keys() == {file for file in shared if shared[file]}
    for one, other in product(ties, ties):
        assert (ties[one] == ties[other]) == (other in reach[one]), (shared, ties)


def collected(*items: str, ties: tuple[tuple[str, str], ...]) -> Collected:
    return Collected(1, items, ("test_*.py",), (), 0, ties)


def test_a_file_between_two_groups_ties_them_whatever_comes_first() -> None:
    facts = SuiteFacts()
    ties = (("x.py", "1"), ("x.py", "2"), ("y.py", "2"), ("z.py", "1"))
    facts.collected(collected("x.py::a", "y.py::a", "z.py::a", ties=ties))
    assert len({facts.ties[file] for file in ("x.py", "y.py", "z.py")}) == 1
    facts.collected(collected("x.py::a", ties=()))
    assert facts.ties["y.py"] != facts.ties["z.py"], "nothing is between them any more"
    assert "x.py" not in facts.ties
    facts.collected(collected("x.py::a", ties=ties[:2]))
    assert facts.ties["y.py"] == facts.ties["z.py"], "and what others share was not forgotten"


@pytest.fixture
def suite(tmp_path: Path) -> Toy:
    files = ["test_a.py", "sub/test_b.py", "sub/c_test.py", "check_d.py", "test_e.py", "test_f.py"]
    for number, file in enumerate(files):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("# " + "x" * 100 * number)
    return Toy({f"{file}::{item}": "ok" for file in files for item in "xy"})


def facts_of(*seen: str) -> SuiteFacts:
    facts = SuiteFacts()
    facts.items = dict.fromkeys(seen, 1)
    facts.ties = dict.fromkeys(seen, "tie")
    facts.patterns = ("test_*.py",)
    return facts


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9])
def test_parts_are_the_whole_whatever_each_machine_knows(tmp_path: Path, suite: Toy, count: int) -> None:
    """One has run a part before, another moved files to a lane of their own, a third knows nothing."""
    everything = [Batch("process", ())]
    known = ("test_a.py", "test_e.py")
    apart = [Batch("process", (), left_out=known), Batch("interpreter", (), known, walks=True)]
    files = [Batch("process", tuple(suite.files), tuple(suite.files))]
    states: list[tuple[list[Batch], tuple[str, ...]]] = [
        (everything, ()), (everything, known), (apart, tuple(suite.files)), (files, known),
    ]  # fmt: skip
    ran: list[str] = []
    for index in range(count):
        batches, seen = states[index % len(states)]
        spreading = Spreading(facts_of(*seen), Sources(str(tmp_path)))
        for batch in spreading.shard(batches, index + 1, count):
            ran += suite.asked_of(batch)[1]
    assert sorted(ran) == sorted(suite.items)


def test_one_part_is_no_division(tmp_path: Path) -> None:
    batches = [Batch("process", ())]
    assert Spreading(SuiteFacts(), Sources(str(tmp_path))).shard(batches, 1, 1) == batches


def busy(suite: Toy, *done: str, **options: object) -> Batch:
    batch = Batch("process", (), **options)  # type: ignore[arg-type]  # those of a batch
    batch.expect(tuple(suite.items))
    for item in done:
        batch.finish(item)
    return batch


def spreading(root: Path, *, ties: dict[str, str] | None = None, undivided: str = "") -> Spreading:
    facts = SuiteFacts()
    facts.seconds = dict.fromkeys(("test_a.py", "test_e.py", "test_f.py"), 5.0)
    facts.ties, facts.undivided = ties or {}, undivided
    return Spreading(facts, Sources(str(root)))


@pytest.fixture
def three() -> Toy:
    return Toy({f"test_{file}.py::{item}": "ok" for file in "aef" for item in "xy"})


def test_a_free_spare_takes_over_what_has_not_begun(tmp_path: Path, three: Toy) -> None:
    batch = busy(three, "test_a.py::x")
    assert spreading(tmp_path).steal([batch], ()) == (batch, ("test_f.py",))


@pytest.mark.parametrize(
    "arguments", [("-x",), ("tests/test_a.py",), ("--report-log=out",), ("-p", "no:x"), ("--lf",)]
)
def test_nothing_is_taken_over_where_arguments_concern_the_whole(
    tmp_path: Path, three: Toy, arguments: tuple[str, ...]
) -> None:
    """A path is collected by each session that is told it; a report is written by each that is to write one."""
    assert spreading(tmp_path).steal([busy(three)], arguments) is None


def test_nothing_is_taken_over_of_what_cannot_be_divided(tmp_path: Path, three: Toy) -> None:
    assert spreading(tmp_path, undivided="coverage").steal([busy(three)], ()) is None
    ties = {"test_a.py": "1", "test_e.py": "1", "test_f.py": "1"}
    assert spreading(tmp_path, ties=ties).steal([busy(three, "test_a.py::x")], ()) is None
    assert spreading(tmp_path).steal([busy(three, repeat=True)], ()) is None, "all of it runs again elsewhere"
    unknown = Batch("process", ())
    assert spreading(tmp_path).steal([unknown], ()) is None, "it has collected nothing yet"
    assert spreading(tmp_path).steal([], ()) is None


def test_the_one_that_takes_longest_leaves_something(tmp_path: Path, three: Toy) -> None:
    short = busy(three, *three.of("test_a.py"), *three.of("test_e.py"), "test_f.py::x")
    long = busy(three)
    found = spreading(tmp_path).steal([short, long], ())
    assert found is not None
    assert found[0] is long
    assert {file_of(item) for item in three.items} > set(found[1])
