"""What a session notes before it writes is its own; what a person writes is not, at the same time or afterwards."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from watcher_bench import Bench, quick

from companion.messages import FilesChanged, LookAt
from companion.store.ledger import Ledgers, now
from companion.workers.testrun.ledger import Ledger

SPARE = 7


@dataclass
class Writing:
    """A session that is on, and the watcher."""

    root: Path
    bench: Bench
    ledger: Ledger

    def test_writes(self, name: str, text: str) -> FilesChanged:
        self.ledger.writes(str(self.root / name))
        (self.root / name).write_text(text, "utf-8")
        return self.bench.next()

    def person_writes(self, name: str, text: str) -> FilesChanged:
        (self.root / name).write_text(text, "utf-8")
        return self.bench.next()


@pytest.fixture
def writing(tmp_path: Path) -> Iterator[Writing]:
    (tmp_path / ".companion").mkdir()
    (tmp_path / "a.txt").write_text("first", "utf-8")
    while now() <= (tmp_path / "a.txt").stat().st_ctime_ns:
        pass  # a clock's tick: no watcher reads a file that soon
    ledger = Ledger(Ledgers(str(tmp_path)).open(SPARE), str(tmp_path), owns_children=True)
    ledger.begin()
    with Bench(quick(tmp_path)) as bench:
        yield Writing(tmp_path, bench, ledger)


def test_each_write_of_a_test_is_its_own(writing: Writing) -> None:
    for number in range(5):
        assert writing.test_writes("a.txt", f"{number}").own == ("a.txt",)
    assert writing.test_writes("new.txt", "new").own == ("new.txt",)


def test_a_person_s_edit_after_the_test_s_is_not(writing: Writing) -> None:
    assert writing.test_writes("a.txt", "test").own == ("a.txt",)
    assert writing.person_writes("a.txt", "person").own == ()
    assert writing.test_writes("a.txt", "test").own == ("a.txt",)


def test_a_person_s_edit_after_a_write_that_changed_nothing(writing: Writing) -> None:
    """The watcher has nothing to tell of it; another file shows that it has looked."""
    writing.ledger.writes(str(writing.root / "a.txt"))
    (writing.root / "a.txt").write_text("first", "utf-8")
    writing.person_writes("b.txt", "later")
    assert writing.person_writes("a.txt", "person").own == ()


def test_a_person_s_edit_when_the_item_is_over(writing: Writing) -> None:
    writing.ledger.writes(str(writing.root / "a.txt"))  # and never did
    writing.ledger.over()
    assert writing.person_writes("a.txt", "person").own == ()


def test_what_is_announced_is_a_person_s(writing: Writing) -> None:
    """Whether the disk or the front tells of it first."""
    assert writing.test_writes("a.txt", "who was it?").own == ("a.txt",)
    writing.bench.tell(LookAt(("a.txt",)))
    told = writing.bench.next()
    assert ([change.path for change in told.changes], told.trigger, told.own) == (["a.txt"], "save", ())


def test_what_stays_open_is_the_session_s_to_its_end(writing: Writing) -> None:
    writing.ledger.writes(str(writing.root / "log"))
    with (writing.root / "log").open("w", encoding="utf-8") as log:
        writing.ledger.over()
        for number in range(3):
            print(number, file=log, flush=True)
            assert writing.bench.next().own == ("log",)
    Ledgers(str(writing.root)).end(SPARE)
    assert writing.person_writes("log", "person").own == ()


def test_what_is_removed_and_moved(writing: Writing) -> None:
    writing.ledger.writes(str(writing.root / "a.txt"))
    (writing.root / "a.txt").unlink()
    assert writing.bench.next().own == ("a.txt",)
    (writing.root / "b.tmp").write_text("moved", "utf-8")
    writing.ledger.moves(str(writing.root / "b.txt"))
    (writing.root / "b.tmp").rename(writing.root / "b.txt")
    assert writing.bench.next().own == ("b.txt",)
    (writing.root / "b.txt").unlink()
    assert writing.bench.next().own == ()


def test_data_that_changes_while_programs_run_interrupts_nothing(writing: Writing) -> None:
    writing.ledger.starts()
    told = writing.person_writes("a.txt", "whose?")
    assert (told.own, told.unclear) == ((), ("a.txt",))
    assert writing.person_writes("a.py", "code = 1").unclear == ()
    writing.ledger.over()  # there are no children
    os.utime(writing.root / "a.txt")
    Ledgers(str(writing.root)).clear()
    assert writing.person_writes("a.txt", "a person's").unclear == ()
