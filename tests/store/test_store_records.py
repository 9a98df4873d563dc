"""What items depend on is a few dictionaries that survive: whatever is kept, kept again, gone, or reopened."""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from companion.core.impact.graph import ENVIRONMENT
from companion.store.database import Database
from companion.store.numbers import (
    packed_bits,
    packed_numbers,
    packed_window,
    unpacked_bits,
    unpacked_numbers,
    unpacked_window,
)
from companion.store.records import ItemRecord, PartKey, Records
from companion.store.store import Store

TESTS = ("test_a.py", "test_b.py", "no\udcfftext.py")
PATHS = ("app.py", "a\0b", "test_a.py", "<environment>")
LARGEST = 2**63 - 1

numbers = st.integers(0, 300) | st.integers(0, 2**40)
tests = st.sampled_from(TESTS)
paths = st.sampled_from(PATHS)
keys = st.sampled_from(["f()", "C.f()#2", "", "<content>", "ü\udcff"])
parts: st.SearchStrategy[PartKey] = st.tuples(paths, keys, st.sampled_from([0, 1, LARGEST]))
names = st.sampled_from(["test_x", "test_y[\0]", "test_z[\udcff]", "T::test_v", ""])


@given(st.frozensets(numbers))
def test_sets_of_numbers_come_back(found: frozenset[int]) -> None:
    assert unpacked_numbers(packed_numbers(found)) == sorted(found)
    bits = sum(1 << number for number in found if number <= 300)
    assert unpacked_bits(packed_bits(bits)) == bits
    assert unpacked_window(packed_window(bits)) == bits


@given(st.binary(max_size=40))
def test_damaged_numbers_are_others_and_no_error(data: bytes) -> None:
    found = unpacked_numbers(data)
    assert found == sorted(found)
    assert unpacked_bits(data) >= 0
    assert unpacked_window(data) >= 0


def test_what_lies_close_together_takes_a_byte_each() -> None:
    assert len(packed_numbers(range(100_000, 101_000))) <= 1_002


@dataclass
class Kept:
    """Of one test file."""

    items: dict[str, frozenset[PartKey]] = field(default_factory=dict[str, frozenset[PartKey]])
    numbers: dict[str, int] = field(default_factory=dict[str, int])
    stale: dict[str, str] = field(default_factory=dict[str, str])
    closure: dict[str, bool] = field(default_factory=dict[str, bool])


class Remembering(RuleBasedStateMachine):
    """The store against dictionaries."""

    @initialize()
    def begin(self) -> None:
        self.root = tempfile.mkdtemp()
        self._open()
        self.kept = {test: Kept() for test in TESTS}
        self.files: dict[str, tuple[str, bytes | None]] = {}
        self.words: dict[str, frozenset[str]] = {}
        self.imported: dict[str, frozenset[PartKey]] = {}
        self.numbers: dict[PartKey, int] = {}

    def _open(self) -> None:
        self.database = Database(self.root, "state.db")
        self.records = Records(self.database)

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.root)

    @rule()
    def reopen(self) -> None:
        self.database.close()
        self._open()

    @rule(
        test=tests,
        ran=st.dictionaries(names, st.frozensets(parts, max_size=4), max_size=4),
        gone=st.frozensets(names, max_size=2),
        flags=st.integers(0, 3),
    )
    def items_run(self, test: str, ran: dict[str, frozenset[PartKey]], gone: frozenset[str], flags: int) -> None:
        kept, gone = self.kept[test], gone - ran.keys()
        number = self._numbers_of({part for of in ran.values() for part in of})
        records = [
            ItemRecord(name, frozenset(number[part] for part in of), flags, 0.25, f"{flags}".encode("ascii"), LARGEST)
            for name, of in ran.items()
        ]
        self.records.keep_items(test, records, gone)
        for name in gone:
            for known in (kept.items, kept.numbers, kept.stale):
                known.pop(name, None)
        for name, of in ran.items():
            kept.items[name] = of
            kept.stale.pop(name, None)
        found = {record.id: number for number, record in self.records.items(test).items()}
        assert {name: found[name] for name in kept.numbers} == kept.numbers, "a number is for good"
        kept.numbers = found
        by_name = {record.id: record for record in self.records.items(test).values()}
        assert [by_name[record.id] for record in records] == records

    def _numbers_of(self, wanted: set[PartKey]) -> dict[PartKey, int]:
        found = self.records.numbers_of(sorted(wanted))
        assert found.keys() == wanted
        assert {part: self.numbers.get(part, number) for part, number in found.items()} == found
        self.numbers |= found
        assert len(set(self.numbers.values())) == len(self.numbers)
        return found

    @rule(test=tests, files=st.dictionaries(paths, st.booleans(), max_size=3))
    def a_closure_is_another(self, test: str, files: dict[str, bool]) -> None:
        self.records.keep_closure(test, files)
        self.kept[test].closure = files

    @rule(path=paths, of=st.frozensets(parts, max_size=3))
    def an_import_executes(self, path: str, of: frozenset[PartKey]) -> None:
        number = self._numbers_of({*of, (path, "", 0)})
        self.records.keep_bundle(path, [number[part] for part in of])
        others = {part[:2] for part in of}
        before = {part for part in self.imported.get(path, frozenset()) if part[0] != ENVIRONMENT}
        self.imported[path] = of | {part for part in before if part[:2] not in others}

    @rule(path=paths, content=st.sampled_from(["", "1", "2"]), source=st.binary(max_size=3) | st.none(),
          words=st.frozensets(names, max_size=3))  # fmt: skip
    def a_file_changes(self, path: str, content: str, source: bytes | None, words: frozenset[str]) -> None:
        self.records.keep_file(path, content, source, words)
        self.files[path], self.words[path] = (content, source), words

    @rule(items=st.dictionaries(tests, st.dictionaries(names, st.sampled_from(["calls f", "reads \udcff"]))))
    def items_are_affected(self, items: dict[str, dict[str, str]]) -> None:
        self.records.keep_stale(items)
        for test, reasons in items.items():
            kept = self.kept[test]
            kept.stale = {name: why for name, why in reasons.items() if name in kept.items} | kept.stale

    @rule(items=st.dictionaries(tests, st.frozensets(names)))
    def items_are_not_affected_after_all(self, items: dict[str, frozenset[str]]) -> None:
        self.records.forget_stale(items)
        for test, forgotten in items.items():
            self.kept[test].stale = {n: why for n, why in self.kept[test].stale.items() if n not in forgotten}

    @rule(path=paths, key=keys)
    def who_executes(self, path: str, key: str) -> None:
        found = self.records.executing(path, key)
        for test, kept in self.kept.items():
            expected = {name for name, of in kept.items.items() if (path, key) in {part[:2] for part in of}}
            assert found.get(test, 0) == sum(1 << kept.numbers[name] for name in expected)
        importing = {file for file, of in self.imported.items() if (path, key) in {part[:2] for part in of}}
        assert set(self.records.importing(path, key)) == importing

    @rule(path=paths, word=names)
    def who_imports_and_mentions(self, path: str, word: str) -> None:
        assert self.records.importers(path) == {test for test in TESTS if path in self.kept[test].closure}
        assert set(self.records.mentioning(word)) == {file for file, words in self.words.items() if word in words}

    @invariant()
    def what_is_kept_is_there(self) -> None:
        assert self.records.stale() == {test: kept.stale for test, kept in self.kept.items() if kept.stale}
        assert self.records.tests() == {test: len(kept.items) for test, kept in self.kept.items() if kept.items}
        assert {test: self.records.closure(test) for test in TESTS} == {t: k.closure for t, k in self.kept.items()}
        there = {path: of for path, of in self.files.items() if of[0]}
        assert self.records.hashes() == {path: content for path, (content, _) in there.items()}
        assert {path: self.records.file(path) for path in PATHS} == {path: there.get(path) for path in PATHS}
        assert self.database.problem == ""


TestRemembering = Remembering.TestCase
TestRemembering.settings = settings(deadline=None, max_examples=60, stateful_step_count=30)


# --- what is wrong with the file ----------------------------------------------------------------------------


@contextmanager
def opened(root: Path) -> Generator[tuple[Records, Database]]:
    with closing(Database(str(root), "state.db")) as database:
        yield Records(database), database


def keep_one(records: Records, name: str = "test_a.py::test_x") -> None:
    part = ("app.py", "f()", 7)
    records.keep_items("test_a.py", [ItemRecord(name, frozenset(records.numbers_of([part]).values()))])


def test_it_lives_beside_what_the_store_keeps(tmp_path: Path) -> None:
    with opened(tmp_path) as (records, _), closing(Store(str(tmp_path))) as store:
        keep_one(records)
        store.keep_seconds({"test_a.py": 1.0})
        store.save()
        keep_one(records, "test_a.py::test_y")
        assert store.problem == ""
        assert store.seconds() == {"test_a.py": 1.0}
    with opened(tmp_path) as (records, database):
        assert database.problem == ""
        assert records.executing("app.py", "f()") == {"test_a.py": 0b11}


def test_a_number_that_is_free_again_has_nothing_of_who_had_it(tmp_path: Path) -> None:
    with opened(tmp_path) as (records, _):
        keep_one(records)
        records.keep_stale({"test_a.py": {"test_a.py::test_x": "calls app:f"}})
        records.keep_items("test_a.py", [], ["test_a.py::test_x"])
        assert records.tests() == {}
        assert records.stale() == {}
        records.keep_items("test_a.py", [ItemRecord("test_a.py::test_y", frozenset())])
        assert records.executing("app.py", "f()") == {}


def test_what_is_gone_and_was_never_there_is_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as (records, database):
        records.keep_items("test_a.py", [], ["test_a.py::test_x"])
        records.forget_stale({"test_a.py": ["test_a.py::test_x"]})
        records.keep_stale({"test_a.py": {"test_a.py::test_x": "new"}})
        assert (records.tests(), records.stale(), database.problem) == ({}, {}, "")


@pytest.mark.parametrize("ending", ["", "-wal"])
def test_a_file_that_is_damaged_is_learned_anew(tmp_path: Path, ending: str) -> None:
    with opened(tmp_path) as (records, _):
        keep_one(records)
    file = tmp_path / ".companion" / "state.db"
    file.with_name(file.name + ending).write_bytes(b"\xff" * 9000)
    with opened(tmp_path) as (records, database):
        if not ending:
            assert "could not be used" in database.problem
            assert records.tests() == {}
        keep_one(records)
        assert records.executing("app.py", "f()") == {"test_a.py": 1}


def test_a_file_that_is_removed_meanwhile_is_begun_anew(tmp_path: Path) -> None:
    with opened(tmp_path) as (records, database):
        keep_one(records)
        shutil.rmtree(tmp_path / ".companion")
        keep_one(records, "test_a.py::test_y")
        assert [record.id for record in records.items("test_a.py").values()] == ["test_a.py::test_y"]
        assert records.executing("app.py", "f()") == {"test_a.py": 1}
        assert database.problem == ""
