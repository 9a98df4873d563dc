"""What edits of real files mean for items that have run, until these have run again."""

from collections.abc import Generator
from pathlib import Path

import pytest
from clockkit import tick
from recordkit import Workplace, names, workplace, write

from companion.messages import FileChange

A, B = "test_a.py", "sub/test_b.py"
X, Y, Z = f"{A}::test_x", f"{A}::test_y", f"{B}::test_z"
FILES = {
    "app.py": "import rates\n\ndef f():\n    return rates.RATE\n\ndef g():\n    return 2\n",
    "rates.py": "RATE = 1\nOTHER = 1\n",
    A: "import app\n\ndef test_x():\n    app.f()\n\ndef test_y():\n    app.g()\n",
    B: "try:\n    import fast\nexcept ImportError:\n    pass\n\ndef test_z():\n    pass\n",
}
ALL = {X: "app.py:f", Y: "app.py:g", Z: ""}


@pytest.fixture
def place(tmp_path: Path) -> Generator[Workplace]:
    with workplace(tmp_path, FILES) as made:
        made.run(ALL)
        yield made


def changed(path: str, old: str, new: str) -> dict[str, str]:
    assert old in FILES[path]
    return {path: FILES[path].replace(old, new)}


# --- edits --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "old", "new", "expected", "why"),
    [
        ("app.py", "return 2", "return 3", {Y}, "calls app:g"),
        ("app.py", "return rates.RATE", "return 7", {X}, "calls app:f"),
        ("rates.py", "RATE = 1", "RATE = 2", {X}, "mentions rates:RATE"),
        ("rates.py", "OTHER = 1", "OTHER = 2", set[str](), ""),
        ("rates.py", "OTHER = 1", "OTHER = print()", {A}, "imports rates"),
        ("app.py", "def g():", "def h(): pass\n\n\ndef g():", set[str](), ""),
        ("app.py", "import rates\n", "import rates  # why\n", set[str](), ""),
        (A, "app.g()", "app.g() or 1", {Y}, "calls test_a:test_y"),
    ],
)
def test_an_edit(place: Workplace, path: str, old: str, new: str, expected: set[str], why: str) -> None:
    chosen = place.edit(changed(path, old, new))
    assert names(chosen) == expected
    reasons = {of.why for of in chosen.values() if of.items != {}}
    assert reasons == ({why} if expected else set())
    assert place.due() == ({X, Y} if expected == {A} else expected)


def test_a_file_that_is_told_of_and_holds_what_it_held(place: Workplace) -> None:
    """Touched, or changed and changed back before anybody looked."""
    assert place.affected({"app.py": FILES["app.py"]}) == set()
    assert place.due() == set()


def test_an_edit_that_is_undone_affects_nobody_whether_or_not_something_has_run_meanwhile(place: Workplace) -> None:
    """What the items came to is known."""
    for runs in (False, True):
        assert place.affected(changed("app.py", "return 2", "return 3")) == {Y}
        if runs:
            place.run({Y: "app.py:g"}, whole=False)
        assert place.affected({"app.py": FILES["app.py"]}) == set()
        assert place.due() == set()


def test_a_new_test_is_looked_for_in_its_file_only(place: Workplace) -> None:
    chosen = place.edit({A: FILES[A] + "\ndef test_new():\n    pass\n"})
    assert {file: of.items for file, of in chosen.items()} == {A: {}}
    assert set(place.impact.others(A, chosen[A])) == {X, Y}


def test_several_files_at_once(place: Workplace) -> None:
    edits = changed("app.py", "return 2", "return 3") | changed("rates.py", "RATE = 1", "RATE = 2")
    chosen = place.edit(edits)
    assert chosen[A].items == {X: "mentions rates:RATE", Y: "calls app:g"}


# --- what does not parse ------------------------------------------------------------------------------------


def test_a_syntax_error_affects_nobody_and_neither_does_undoing_it(place: Workplace) -> None:
    broken = {"app.py": FILES["app.py"] + "def broken(:\n"}
    assert place.affected(broken) == set()
    assert place.impact.broken == {"app.py"}
    assert place.affected(broken) == set()
    assert place.affected({"app.py": FILES["app.py"]}) == set()
    assert place.impact.broken == set()
    assert place.due() == set()


def test_what_changed_while_a_file_did_not_parse_counts_from_before(place: Workplace) -> None:
    place.edit({"app.py": FILES["app.py"] + "def broken(:\n"})
    place.edit({"app.py": "def g(:\n"})
    assert place.affected(changed("app.py", "return 2", "return 3")) == {Y}


def test_what_does_not_parse_and_is_deleted_affects_who_imported_it(place: Workplace) -> None:
    place.edit({"app.py": "def g(:\n"})
    assert place.affected({"app.py": None}) == {A}
    assert place.impact.broken == set()


def test_other_files_are_taken_in_beside_one_that_does_not_parse(place: Workplace) -> None:
    assert place.affected({"app.py": "def g(:\n"} | changed("rates.py", "RATE = 1", "RATE = 2")) == {X}


# --- files that come and go ---------------------------------------------------------------------------------


def test_a_module_that_goes_and_comes_back(place: Workplace) -> None:
    assert place.affected({"rates.py": None}) == {A}
    assert place.affected({"rates.py": FILES["rates.py"]}) == set()
    assert place.due() == set()


def test_a_module_that_was_looked_for(place: Workplace) -> None:
    assert place.affected({"slow.py": "x = 1\n"}) == set()
    assert place.affected({"fast.py": "x = 1\n"}) == {B}


@pytest.mark.parametrize("path", ["app/_speed.py", "app/_speed/__init__.py"])
def test_a_module_that_was_looked_for_by_a_name_that_no_text_shows(place: Workplace, path: str) -> None:
    place.run(ALL, notes={Z: ("i app._speed",)})
    chosen = place.edit({path: "x = 1\n"})
    assert {file: of.items for file, of in chosen.items() if of.items} == {B: {Z: "looks for app._speed"}}


def test_a_new_conftest_concerns_what_is_below_it(place: Workplace) -> None:
    assert place.affected({"sub/conftest.py": "import pytest\n"}) == {B}
    assert place.affected({"conftest.py": "import pytest\n"}) == {A, B}


def test_a_test_file_that_goes(place: Workplace) -> None:
    place.edit({B: None})
    assert place.affected({"fast.py": "x = 1\n"}) <= {B}
    place.recording.whole(B, ())
    place.facts.now_holds(B, ())
    assert place.affected({"fast.py": None}) == set()


def test_a_package_that_hides_a_module(place: Workplace) -> None:
    assert A in place.affected({"app/__init__.py": "def f(): pass\n"})


# --- what is no Python --------------------------------------------------------------------------------------


def test_files_and_folders_that_were_read(place: Workplace) -> None:
    write(place.root, {"data/one.json": "1"})
    place.run(ALL, imports={"rates.py": ""}, notes={
        X: ("r data/one.json",), Y: ("l data",), Z: ("m data/late.json",), "rates.py": ("r rates.toml",),
    })  # fmt: skip
    assert place.affected({"data/one.json": "2"}) == {X}
    assert place.affected({"data/late.json": "2"}) == {Y, Z}
    assert place.affected({"data/late.json": None}) == {Y}, "it is not there, as when the other one ran"
    assert place.affected({"rates.toml": "1"}) == {A}
    assert place.affected({"README.md": "1"}) == set()


def test_who_starts_programs_depends_on_everything_but_prose(place: Workplace) -> None:
    place.run(ALL, notes={Z: ("p git",)})
    assert place.edit({"setup.sh": "1"})[B].items == {Z: "opaque: starts processes"}
    assert place.affected(changed("app.py", "return 2", "return 3")) == {Y, Z}
    assert place.affected({"README.md": "1"}) == set()


def test_what_nobody_traced_depends_on_what_it_imports_and_on_all_data(place: Workplace) -> None:
    place.finished(Z)
    place.recording.whole(B, (Z,))
    assert place.edit({"data.json": "1"})[B].items == {Z: "may read data.json"}
    assert place.affected({"notes.md": "1"}) == set()
    assert place.affected({B: FILES[B].replace("pass\n\ndef", "pass\n\n\ndef")}) == {Z}
    assert place.affected(changed("app.py", "return 2", "return 3")) == {Y}


# --- what has yet to run ------------------------------------------------------------------------------------


def test_items_stay_due_until_they_have_run(place: Workplace) -> None:
    place.edit(changed("app.py", "return 2", "return 3") | changed("rates.py", "RATE = 1", "RATE = 2"))
    assert place.impact.due([A])[A].items == {X: "mentions rates:RATE", Y: "calls app:g"}
    place.run({Y: "app.py:g"}, whole=False)
    assert place.due() == {X, Y}, "nothing is kept before somebody asks, or the file is through"
    place.recording.keep()
    assert place.due() == {X}
    place.edit({"app.py": FILES["app.py"]})
    assert place.due() == {X, Y}
    place.run(ALL)
    assert place.due() == set()


def test_of_a_file_that_is_owed_though_no_change_is_known_all_is_due(place: Workplace) -> None:
    place.edit(changed("app.py", "return 2", "return 3"))
    assert names(place.impact.due(["test_new.py", A, B])) == {"test_new.py", Y, B}


def test_the_next_runner_knows_what_this_one_left(place: Workplace) -> None:
    place.edit(changed("app.py", "return 2", "return 3"))
    place.restart()
    assert place.due() == {Y}
    assert place.affected(changed("rates.py", "RATE = 1", "RATE = 2")) == {X}


def test_what_changed_while_nobody_looked_is_taken_in(place: Workplace) -> None:
    write(place.root, changed("rates.py", "RATE = 1", "RATE = 2"))
    place.restart()
    place.impact.since()
    assert place.due() == {X}
    place.impact.since()
    assert place.due() == {X}
    (place.root / "app.py").unlink()
    place.impact.since()
    assert place.due() == {X, Y}


def test_a_configuration_that_nothing_has_run_with_is_remembered(place: Workplace) -> None:
    write(place.root, {"pytest.ini": "[pytest]\n"})
    place.impact.known.meet("pytest.ini")
    assert place.impact.since() is not None
    place.edit({"pytest.ini": "[pytest]\naddopts = --strict-markers\n"})
    for _ in range(2):
        place.restart()
        assert place.impact.since() is None, "everything"
    place.impact.has_run()
    place.restart()
    assert place.impact.since() is not None


def test_a_change_that_is_told_late_is_compared_with_the_text_that_ran(place: Workplace) -> None:
    """The session read the newer text before the watcher told of it."""
    edit = changed("app.py", "return 2", "return 3")
    tick()
    write(place.root, edit)
    place.run({Y: "app.py:g"}, whole=False)
    change = FileChange("app.py", "modified", "1", "2", (), None)
    assert Y in names(place.impact.take([change])), "what ran is not known part by part"
    place.run({Y: "app.py:g"}, whole=False)
    assert place.affected({"app.py": FILES["app.py"]}) == {Y}, "what it came to then has been replaced untold"


def test_a_text_that_has_been_replaced_counts_until_the_item_has_run_again(place: Workplace) -> None:
    telling = place.begin()
    place.edit(changed("app.py", "return 2", "return 3"))
    place.heard(telling.told("item", X, f"{A}:test_x app.py:f"))
    place.finished(X)
    place.recording.keep()
    assert place.affected(changed("app.py", "rates.RATE", "5")) == {X, Y}
