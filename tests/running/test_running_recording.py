"""What sessions tell is kept by item, when a test file is through or when somebody needs it."""

from collections.abc import Generator
from pathlib import Path

import pytest
from recordkit import Workplace, passed, workplace, write

from companion.core.impact.graph import CONTENT, ENVIRONMENT
from companion.runtime.codec import pack
from companion.runtime.wire import dumps
from companion.workers.running.impact.traces import ANYTHING, DATA, EXTERNAL, OPAQUE

A, B = "test_a.py", "test_b.py"
X, Y, Z = "test_a.py::test_x", "test_a.py::test_y", "test_b.py::test_z"
FILES = {
    "app.py": "import rates\n\ndef f():\n    return 1\n\ndef g():\n    return 2\n",
    "rates.py": "RATE = 1\n",
    "plug.py": "import deep\n\ndef load():\n    return 1\n",
    "deep.py": "",
    A: "import app\n\ndef test_x():\n    app.f()\n\ndef test_y():\n    app.g()\n",
    B: "def test_z():\n    pass\n",
}
ALL = {X: "app.py:f", Y: "app.py:g", Z: ""}


@pytest.fixture
def place(tmp_path: Path) -> Generator[Workplace]:
    with workplace(tmp_path, FILES) as made:
        yield made


def executing(place: Workplace, path: str, key: str) -> set[str]:
    found = place.records.executing(path, key)
    return {of.id for test, bits in found.items() for n, of in place.records.items(test).items() if bits >> n & 1}


def test_a_test_file_that_is_through_is_kept(place: Workplace) -> None:
    place.run(ALL)
    assert place.records.tests() == {A: 2, B: 1}
    assert executing(place, "app.py", "f()") == {X}
    assert executing(place, "app.py", "g()") == {Y}
    assert place.records.closure(A) == {A: False, "app.py": False, "rates.py": False}
    assert place.records.importers("rates.py") == {A}
    record = place.items(A)[X]
    assert (record.seconds, record.flags, record.result) == (0.25, 0, dumps(pack(passed(X))))


def test_one_that_is_not_is_kept_as_soon_as_somebody_asks(place: Workplace) -> None:
    place.run({X: "app.py:f"}, whole=False)
    assert place.records.tests() == {}
    place.recording.keep()
    assert place.records.tests() == {A: 1}
    place.run(ALL)
    assert place.records.tests() == {A: 2, B: 1}


def test_an_item_that_runs_again_depends_on_what_it_executed_last(place: Workplace) -> None:
    place.run(ALL)
    place.run({X: "app.py:g"}, whole=False)
    place.recording.keep()
    assert executing(place, "app.py", "f()") == set()
    assert executing(place, "app.py", "g()") == {X, Y}


def test_items_that_are_not_there_any_more_are_forgotten(place: Workplace) -> None:
    place.run(ALL)
    place.run({Y: "app.py:g"})
    assert set(place.items(A)) == {Y}
    assert executing(place, "app.py", "f()") == set()
    place.recording.whole(A, ())
    assert place.records.tests() == {B: 1}


def test_of_an_item_that_nobody_traced_whatever_it_may_import_or_read_counts(place: Workplace) -> None:
    for item in (X, Y):
        place.finished(item)
    place.recording.whole(A, (X, Y))
    for path in (A, "app.py", "rates.py"):
        assert executing(place, path, CONTENT) == {X, Y}
    assert executing(place, "plug.py", CONTENT) == set()
    assert executing(place, *DATA[:2]) == {X, Y}
    assert executing(place, *ANYTHING[:2]) == set()


def test_a_file_that_cannot_be_imported_is_no_item(place: Workplace) -> None:
    place.run(ALL)
    place.finished(A)
    place.recording.whole(A, (A,))
    assert place.records.tests() == {B: 1}


def test_what_an_item_reached_is_kept_with_it(place: Workplace) -> None:
    place.run(ALL, notes={X: ("p git",), Y: ("w out.txt",)})
    assert {name: record.flags for name, record in place.items(A).items()} == {X: OPAQUE | EXTERNAL, Y: EXTERNAL}
    assert executing(place, *ANYTHING[:2]) == {X}


# --- imports ------------------------------------------------------------------------------------------------


def test_what_importing_executes_is_kept_for_the_file_that_is_imported(place: Workplace) -> None:
    place.run(ALL, imports={"app.py": "app.py:<module> app.py:g"}, notes={"app.py": ("r rates.json",)})
    assert place.records.importing("app.py", "g()") == ["app.py"]
    assert place.records.importing("rates.json", CONTENT) == ["app.py"]
    assert place.records.importing("app.py", "f()") == []
    place.run(ALL, imports={"app.py": "app.py:<module> app.py:f"})
    assert place.records.importing("app.py", "f()") == ["app.py"]
    assert place.records.importing("app.py", "g()") == ["app.py"], "a session may see less than all of it"


def test_of_a_session_that_goes_on_what_was_imported_is_kept_as_well(place: Workplace) -> None:
    place.heard(place.begin().told("import", "app.py", "app.py:g"))
    place.recording.keep()
    assert place.records.importing("app.py", "g()") == ["app.py"]


def test_what_nobody_could_have_read_in_the_texts_was_imported_with_all_that_it_imports(place: Workplace) -> None:
    place.run(ALL, imports={"plug.py": "plug.py:<module>"}, uses={X: ("plug.py",)})
    closure = {A: False, "app.py": False, "rates.py": False}
    assert place.records.closure(A) == {**closure, "plug.py": True, "deep.py": False}
    place.run({Y: "app.py:g"}, whole=False)
    place.recording.keep()
    assert place.records.closure(A)["plug.py"], "the other item has not run again"
    place.run(ALL)
    assert place.records.closure(A) == closure


def test_what_a_module_imports_late_is_imported_by_all_who_import_it(place: Workplace) -> None:
    place.run(ALL, imports={"plug.py": "", "rates.py": ""}, uses={"rates.py": ("plug.py",)})
    assert place.records.closure(A).keys() >= {"plug.py", "deep.py"}
    assert place.records.closure(B) == {B: False}


def test_what_hooks_import_is_imported_by_every_test(place: Workplace) -> None:
    telling = place.begin()
    place.heard(telling.told("import", "plug.py", "plug.py:<module>"))
    place.heard(telling.told("session", "", "plug.py:load", uses=("plug.py",)))
    place.run(ALL)
    for file in (A, B):
        assert place.records.closure(file).keys() >= {"plug.py", "deep.py"}


# --- texts that change meanwhile ----------------------------------------------------------------------------


def test_a_text_that_was_replaced_while_it_ran_counts_as_a_whole(place: Workplace) -> None:
    place.run(ALL)
    telling = place.begin()
    place.edit({"app.py": FILES["app.py"] + "\n\ndef h(): pass\n"})
    late = [load for load in telling.loads if load.path == "app.py"]
    for load in late:
        place.recording.heard(place.line, load)
    place.heard(telling.told("item", X, "test_a.py:test_x app.py:f"))
    place.finished(X)
    place.recording.keep()
    assert executing(place, "app.py", CONTENT) == {X}


def test_a_text_that_is_newer_than_what_was_told_of_it_counts_as_a_whole(place: Workplace) -> None:
    place.run(ALL)
    write(place.root, {"app.py": FILES["app.py"].replace("return 1", "return 3")})
    place.run({X: "app.py:f"}, whole=False)
    place.recording.keep()
    assert executing(place, "app.py", CONTENT) | executing(place, "app.py", "f()") == {X}


# --- sessions aside -------------------------------------------------------------------------------------------


def aside(place: Workplace, node_id: str, said: str, notes: tuple[str, ...] = ()) -> None:
    """A session of which nobody is told, over this item; it sees less than one that somebody asked for."""
    recording, telling = place.recording.aside(), place.telling()
    for load in telling.loads:
        recording.heard(place.line, load)
    recording.heard(place.line, telling.told("import", "app.py", "app.py:<module>"))
    recording.heard(place.line, telling.told("item", node_id, said, notes=notes))
    recording.finished(recording.item(passed(node_id)))
    recording.keep()


def test_what_a_session_aside_does_not_see_is_not_forgotten(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHERE", "here")
    imports = {"app.py": "app.py:<module>", "plug.py": "plug.py:<module>"}
    reads, late = {"app.py": ("e WHERE",)}, {"app.py": ("plug.py",)}
    place.run(ALL, imports, reads, late)
    aside(place, X, "test_a.py:test_x app.py:f")
    assert place.records.closure(A)["plug.py"]
    place.run(ALL, imports, reads, late)
    assert "WHERE" in place.records.keys(ENVIRONMENT)


def test_what_ran_aside_over_a_change_that_nobody_has_told_is_no_result_of_before(place: Workplace) -> None:
    place.run(ALL)
    change = place.written("app.py", FILES["app.py"].replace("return 1", "return g()"))
    aside(place, X, "test_a.py:test_x app.py:f app.py:g")
    place.impact.take(change)
    place.run({X: "app.py:f app.py:g"}, whole=False)
    place.edit({"app.py": FILES["app.py"]})
    assert X in place.due(), "it ran as the file is no more"


def test_what_reaches_outside_aside_is_known_to_do_so(place: Workplace) -> None:
    place.run(ALL)
    aside(place, X, "test_a.py:test_x app.py:f", notes=("c host",))
    assert place.recording.external == {X}
