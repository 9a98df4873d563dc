"""The project's files as the disk and as sessions show them."""

from collections.abc import Mapping
from pathlib import Path

from companion.messages import Collected, FileChange
from companion.workers.running.sources import Sources, SuiteFacts, python_files

A, B = "tests/test_a.py", "tests/test_b.py"


def project(root: Path, files: Mapping[str, str | bytes]) -> tuple[Sources, SuiteFacts]:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode() if isinstance(content, str) else content)
    facts = SuiteFacts()
    for path in files:
        if path.rpartition("/")[2].startswith("test_"):
            facts.now_holds(path, (f"{path}::x",))
    return Sources(str(root)), facts


def change(path: str) -> list[FileChange]:
    return [FileChange(path, "modified", "1", "2", (), None)]


def test_environments_and_hidden_folders_hold_no_files_of_the_project(tmp_path: Path) -> None:
    inside = ["a.py", "p/b.py", "env/lib/c.py", ".venv/d.py", ".tox/e.py", "node_modules/f.py", "p/__pycache__/g.py"]
    project(tmp_path, dict.fromkeys([*inside, "env/pyvenv.cfg", "p/data.txt"], ""))
    assert sorted(python_files(str(tmp_path))) == ["a.py", "p/b.py"]


def test_where_a_session_imported_from_is_looked_up(tmp_path: Path) -> None:
    sources, facts = project(tmp_path, {"lib/deep/shop.py": "", A: "import shop"})
    assert sources.select(facts, change("lib/deep/shop.py")) == {}
    sources.learn([str(tmp_path / "lib" / "deep"), "/elsewhere", str(tmp_path)], [], [A])
    assert sources.select(facts, change("lib/deep/shop.py")) == {A: "imports lib/deep/shop.py"}


def test_a_folder_that_only_begins_like_the_root_is_elsewhere(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    sources, facts = project(root, {"p/x.py": "", A: "import x"})
    sources.learn([f"{root}s/p"], [f"{root}s/p/x.py"], [A])
    assert sources.dynamic == frozenset()
    assert sources.select(facts, change("p/x.py")) == {}


def test_what_was_loaded_though_nothing_says_so_selects_everything(tmp_path: Path) -> None:
    sources, facts = project(tmp_path, {"plugins/p.py": "", "shop.py": "", A: "import shop", B: ""})
    loaded = [str(tmp_path / path) for path in ("plugins/p.py", "shop.py", A, B)]
    sources.learn([str(tmp_path)], loaded, [A, B])
    assert sources.dynamic == {"plugins/p.py"}
    assert set(sources.select(facts, change("plugins/p.py"))) == {A, B}


def test_a_session_of_a_part_takes_nothing_back(tmp_path: Path) -> None:
    """With ``-k`` pytest still imports every test file, and runs few."""
    files = {"plugins/p.py": "", "shop.py": "", A: "import shop", B: ""}
    sources, _ = project(tmp_path, files)
    loaded = [str(tmp_path / path) for path in files]
    sources.learn([str(tmp_path)], loaded, [A, B])
    sources.learn([str(tmp_path)], loaded, [B])
    assert sources.dynamic == {"plugins/p.py"}
    sources.learn([str(tmp_path)], [str(tmp_path / B)], [B])
    assert sources.dynamic == {"plugins/p.py"}


def test_source_that_is_no_text_imports_nothing_and_still_counts(tmp_path: Path) -> None:
    sources, facts = project(tmp_path, {"shop.py": b"\xff\xfe", A: "import shop", B: b"# coding: nope\n"})
    assert set(sources.select(facts, change("shop.py"))) == {A}
    assert set(sources.select(facts, change(B))) == {B}


def test_an_import_that_was_added_is_followed_from_then_on(tmp_path: Path) -> None:
    sources, facts = project(tmp_path, {"shop.py": "", "tax.py": "", A: "import shop", B: ""})
    (tmp_path / "shop.py").write_text("import tax")
    assert set(sources.select(facts, change("shop.py"))) == {A}
    assert set(sources.select(facts, change("tax.py"))) == {A}
    (tmp_path / "shop.py").write_text("")
    assert set(sources.select(facts, change("shop.py"))) == {A}
    assert set(sources.select(facts, change("tax.py"))) == set()


def test_what_changed_without_anybody_telling_is_taken_in_by_refreshing(tmp_path: Path) -> None:
    sources, facts = project(tmp_path, {"shop.py": "", A: "import shop"})
    sources.warm(A)
    (tmp_path / "shop.py").write_text("import late")
    (tmp_path / "late.py").write_text("")
    assert sources.select(facts, change("late.py")) == {}
    sources.refresh()
    assert sources.select(facts, change("late.py")) == {A: "imports late.py"}


def test_a_file_that_was_gone_before_anybody_looked_affects_who_imports_it(tmp_path: Path) -> None:
    """A runner that has just been started is told of it, and sees no trace of it."""
    sources, facts = project(tmp_path, {A: "import shop", B: ""})
    assert sources.select(facts, [FileChange("shop.py", "deleted", "1", "", (), None)]) == {A: "imports shop.py"}
    assert sources.select(facts, change(B)) == {B: "changed"}


def test_the_next_runner_goes_on_with_what_this_one_learned(tmp_path: Path) -> None:
    files = {"lib/deep/shop.py": "", "plugins/p.py": "", A: "import shop", B: "", "data/check_it.py": ""}
    sources, facts = project(tmp_path, files)
    facts.collected(
        Collected(1, (f"{A}::x", f"{B}::x"), ("test_*.py", "check_*.py"), ("tests",), 0, ((A, "db"),), "c")
    )
    facts.broken.add("conftest.py")
    sources.learn([str(tmp_path / "lib" / "deep")], [str(tmp_path / "plugins/p.py")], [A, B])
    known = facts.known(sources)
    after, fresh = Sources(str(tmp_path)), SuiteFacts()
    after.restore(known)
    fresh.restore(known)
    assert fresh.known(after) == known
    assert (fresh.ties, fresh.broken, fresh.undivided) == ({A: "db"}, {"conftest.py"}, "c")
    for path in (*files, "tests/check_new.py", "tests/test_new.py", "README.md", "tests/data.json"):
        assert after.select(fresh, change(path)) == sources.select(facts, change(path)), path


def test_what_did_not_change_is_not_looked_at_again(tmp_path: Path) -> None:
    """A run asks this of every test file; only what is told to have changed is read."""
    sources, facts = project(tmp_path, {A: "first", B: "first"})
    first = sources.content(A)
    assert first == sources.content(B) != ""
    (tmp_path / A).write_text("second")
    assert sources.content(A) == first, "nobody has told of it yet"
    sources.select(facts, change(B))
    assert sources.content(A) == first
    sources.select(facts, change(A))
    assert sources.content(A) not in ("", first)
    (tmp_path / A).unlink()
    sources.select(facts, [FileChange(A, "deleted", "1", "", (), None)])
    assert sources.content(A) == ""


def test_what_is_kept_as_evidence_is_looked_at_however_little_was_told(tmp_path: Path) -> None:
    sources, _ = project(tmp_path, {A: "first", B: "first"})
    first = sources.content(A)
    assert sources.content(B) == first
    (tmp_path / A).write_text("second")
    assert sources.reread(A) != first
    assert sources.content(A) != first
    (tmp_path / B).write_text("second and longer")
    assert sources.content(B) == first
    sources.refresh()
    assert sources.content(B) != first, "a watcher that was down told of nothing"
