"""Executed lines: kept by owner and version, replaced, added, forgotten with their items."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from companion.core.impact.coverage import bits_of, lines_of
from companion.store.database import Database
from companion.store.lines import Lines, Owned, Version
from companion.store.records import ItemRecord, Records

T, APP = "test_a.py", "app.py"
X, Y = f"{T}::test_x", f"{T}::test_y"
V1, V2 = (APP, "1"), (APP, "2")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(str(tmp_path), "state.db")
    Records(made).keep_items(T, [ItemRecord(X, frozenset()), ItemRecord(Y, frozenset())])
    yield made
    made.close()


def item(name: str, version: Version, *lines: int) -> Owned:
    return Owned("item", name, {version: bits_of(lines)})


def keep(lines: Lines, *owned: Owned, state: str = "s") -> None:
    texts = {version: f"text {version}".encode() for each in owned for version in each.lines}
    lines.keep({T: state}, owned, texts)


def known(lines: Lines) -> dict[tuple[str, str], dict[Version, set[int]]]:
    return {(each.kind, each.name): {v: set(lines_of(of)) for v, of in each.lines.items()} for each in lines.all()}


def test_an_item_s_lines_are_those_of_its_last_session(database: Database) -> None:
    lines = Lines(database)
    keep(lines, item(X, V1, 1, 2), item(Y, V1, 7))
    assert lines.text(V1) == b"text ('app.py', '1')"
    keep(lines, item(X, V2, 3))
    assert known(lines) == {("item", X): {V2: {3}}, ("item", Y): {V1: {7}}}
    assert lines.items() == {X, Y}
    keep(lines, item(Y, V2, 7))
    assert lines.text(V1) is None, "of which no lines are known any more"


def test_lines_of_an_import_add_up_for_a_version(database: Database) -> None:
    lines = Lines(database)
    other = ("lib.py", "1")
    keep(
        lines,
        Owned("import", APP, {V1: bits_of({1}), other: bits_of({5})}),
        Owned("session", "", {V1: 0}),
    )
    keep(lines, Owned("import", APP, {V1: bits_of({2})}))
    assert known(lines)["import", APP] == {V1: {1, 2}, other: {5}}
    keep(lines, Owned("import", APP, {V2: bits_of({1})}))
    assert known(lines)["import", APP] == {V2: {1}, other: {5}}
    keep(lines, Owned("collect", T, {V2: bits_of({1})}))
    keep(lines, Owned("collect", T, {V2: bits_of({4})}))
    assert known(lines)["collect", T] == {V2: {4}}


def test_what_is_gone_is_forgotten(database: Database) -> None:
    lines, records = Lines(database), Records(database)
    keep(lines, item(X, V1, 1), item(Y, V1, 2))
    records.keep_items(T, [], gone=[X])
    assert known(lines) == {("item", Y): {V1: {2}}}
    assert lines.items() == {Y}


def test_items_that_run_again_are_known_to_have(database: Database) -> None:
    lines, records = Lines(database), Records(database)
    assert lines.states() == {}
    keep(lines, item(X, V1, 1), state="one")
    assert lines.states() == {T: ("one", False)}
    records.keep_items(T, [ItemRecord(X, frozenset())])
    assert lines.states() == {T: ("one", True)}
    assert known(lines) == {("item", X): {V1: {1}}}
    lines.settle([T])
    assert lines.states() == {T: ("one", False)}
    records.keep_items(T, [ItemRecord(X, frozenset())])
    keep(lines, item(X, V2, 1), state="two")
    assert lines.states() == {T: ("two", False)}


def test_they_outlive_the_process(database: Database, tmp_path: Path) -> None:
    keep(Lines(database), item(X, ("no\udcfftext.py", "1"), 1, 90_000))
    database.close()
    again = Database(str(tmp_path), "state.db")
    assert known(Lines(again)) == {("item", X): {("no\udcfftext.py", "1"): {1, 90_000}}}
    assert again.problem == ""
    again.close()


def test_items_that_call_themselves_otherwise_in_each_session_do_not_pile_up(database: Database) -> None:
    lines = Lines(database)
    keep(lines, item(X, V1, 1), item(f"{T}::test_z[1]", V1, 2), item("test_b.py::test_z[1]", V1, 3))
    keep(lines, item(f"{T}::test_z[2]", V2, 2), item(f"{T}::test_z[3::4]", V2, 2))
    names = {name for _, name in known(lines)}
    assert names == {X, f"{T}::test_z[2]", f"{T}::test_z[3::4]", "test_b.py::test_z[1]"}
    keep(lines)
    assert {name for _, name in known(lines)} == {X, "test_b.py::test_z[1]"}
    assert lines.text(V2) is None
