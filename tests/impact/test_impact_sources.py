"""The project's files as the disk and as sessions show them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from companion.core.impact.imports import ImportRef
from companion.messages import Collected
from companion.workers.running.sources import Sources, SuiteFacts, python_files

A, B = "tests/test_a.py", "tests/test_b.py"


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode() if isinstance(content, str) else content)


def project(root: Path, files: Mapping[str, str | bytes]) -> Sources:
    write(root, files)
    return Sources(str(root))


def test_environments_and_hidden_folders_hold_no_files_of_the_project(tmp_path: Path) -> None:
    inside = ["a.py", "p/b.py", "env/lib/c.py", ".venv/d.py", ".tox/e.py", "node_modules/f.py", "p/__pycache__/g.py"]
    project(tmp_path, dict.fromkeys([*inside, "env/pyvenv.cfg", "p/data.txt"], ""))
    assert sorted(python_files(str(tmp_path))) == ["a.py", "p/b.py"]


def test_where_a_session_imported_from_is_looked_up(tmp_path: Path) -> None:
    sources = project(tmp_path, {"lib/deep/shop.py": "", A: "import shop"})
    assert sources.closure(A) == {A}
    sources.learn([str(tmp_path / "lib" / "deep"), "/elsewhere", str(tmp_path)])
    assert sources.import_roots == ("", "lib/deep")
    assert sources.closure(A) == {A, "lib/deep/shop.py"}


def test_a_folder_that_only_begins_like_the_root_is_elsewhere(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    sources = project(root, {"p/x.py": "", A: "import x"})
    sources.learn([f"{root}s/p"])
    assert sources.import_roots == ("",)
    assert sources.closure(A) == {A}


def test_source_that_is_no_text_imports_nothing_and_is_still_imported(tmp_path: Path) -> None:
    sources = project(tmp_path, {"shop.py": b"\xff\xfe", A: "import shop", B: b"# coding: nope\n"})
    assert sources.closure(A) == {A, "shop.py"}
    assert sources.closure(B) == {B}


def test_an_import_that_was_added_is_followed_once_somebody_has_told(tmp_path: Path) -> None:
    sources = project(tmp_path, {"shop.py": "", "tax.py": "", A: "import shop", B: ""})
    for text, expected in (("import tax", {A, "shop.py", "tax.py"}), ("", {A, "shop.py"})):
        before = sources.closure(A)
        (tmp_path / "shop.py").write_text(text)
        assert sources.closure(A) == before
        sources.tell({"shop.py"}, set())
        assert sources.closure(A) == expected
    assert sources.closure(B) == {B}


def test_a_file_that_comes_is_found_and_one_that_goes_is_not(tmp_path: Path) -> None:
    sources = project(tmp_path, {A: "import shop"})
    assert sources.closure(A) == {A}
    write(tmp_path, {"shop.py": "import tax", "data.json": ""})
    sources.tell({"shop.py", "data.json"}, set())
    assert sources.closure(A) == {A, "shop.py"}
    assert sources.python_files == {A, "shop.py"}
    (tmp_path / "shop.py").unlink()
    sources.tell({"shop.py"}, {"shop.py"})
    assert sources.closure(A) == {A}
    assert sources.python_files == {A}


def test_what_changed_without_anybody_telling_is_taken_in_by_refreshing(tmp_path: Path) -> None:
    sources = project(tmp_path, {"shop.py": "", A: "import shop"})
    sources.warm(A)
    write(tmp_path, {"shop.py": "import late", "late.py": ""})
    assert sources.closure(A) == {A, "shop.py"}
    sources.refresh()
    assert sources.closure(A) == {A, "shop.py", "late.py"}


def test_a_file_may_be_told_to_have_gone_that_nobody_ever_saw(tmp_path: Path) -> None:
    """A runner that has just been started is told of it, and sees no trace of it."""
    sources = project(tmp_path, {A: "import shop"})
    sources.tell({"shop.py"}, {"shop.py"})
    assert sources.closure(A) == {A}
    assert sources.python_files == {A}


@pytest.mark.parametrize(
    ("importer", "ref", "expected"),
    [
        ("app/core.py", ImportRef("shop.cart"), {"shop/__init__.py", "shop/cart.py"}),
        ("app/core.py", ImportRef("cart", 0), set[str]()),
        ("shop/tax.py", ImportRef("cart", 1), {"shop/__init__.py", "shop/cart.py"}),
        ("shop/tax.py", ImportRef("", 1, ("cart", "x")), {"shop/__init__.py", "shop/cart.py"}),
        ("shop/tax.py", ImportRef("", 1, ("*",)), {"shop/__init__.py", "shop/cart.py", "shop/tax.py"}),
        ("tests/test_a.py", ImportRef("helper"), {"tests/helper.py"}),
        ("app/core.py", ImportRef("helper"), set[str]()),
        ("app/core.py", ImportRef("json"), set[str]()),
    ],
)
def test_an_import_is_resolved_from_the_file_that_it_is_in(
    tmp_path: Path, importer: str, ref: ImportRef, expected: set[str]
) -> None:
    files = ["shop/__init__.py", "shop/cart.py", "shop/tax.py", "app/core.py", "tests/helper.py", A]
    assert project(tmp_path, dict.fromkeys(files, "")).resolve(importer, ref) == expected


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("shop/cart.py", {"shop.cart", "cart"}),
        ("src/shop/cart.py", {"src.shop.cart", "shop.cart", "cart"}),
        ("src/shop/__init__.py", {"src.shop", "shop"}),
        ("cart.py", {"cart"}),
        ("lib/deep/x.py", {"lib.deep.x", "x"}),
    ],
)
def test_what_imports_may_call_a_file(tmp_path: Path, path: str, names: set[str]) -> None:
    sources = project(tmp_path, {path: ""})
    sources.learn([str(tmp_path), str(tmp_path / "src"), str(tmp_path / "lib" / "deep")])
    assert set(sources.names_of(path)) == names


def test_the_next_runner_goes_on_with_what_this_one_learned(tmp_path: Path) -> None:
    files = {"lib/deep/shop.py": "", "plugins/p.py": "", A: "import shop", B: "", "data/check_it.py": ""}
    sources, facts = project(tmp_path, files), SuiteFacts()
    for path in (A, B):
        facts.now_holds(path, (f"{path}::x",))
    facts.collected(
        Collected(1, (f"{A}::x", f"{B}::x"), ("test_*.py", "check_*.py"), ("tests",), 0, ((A, "db"),), "c")
    )
    facts.broken.add("conftest.py")
    sources.learn([str(tmp_path / "lib" / "deep")])
    known = facts.known(sources)
    after, fresh = Sources(str(tmp_path)), SuiteFacts()
    after.restore(known)
    fresh.restore(known)
    assert fresh.known(after) == known
    assert (fresh.ties, fresh.broken, fresh.undivided) == ({A: "db"}, {"conftest.py"}, "c")
    assert after.closure(A) == sources.closure(A) == {A, "lib/deep/shop.py"}


def test_what_did_not_change_is_not_looked_at_again(tmp_path: Path) -> None:
    """A run asks this of every test file; only what is told to have changed is read."""
    sources = project(tmp_path, {A: "first", B: "first"})
    first = sources.content(A)
    assert first == sources.content(B) != ""
    (tmp_path / A).write_text("second")
    assert sources.content(A) == first, "nobody has told of it yet"
    sources.tell({B}, set())
    assert sources.content(A) == first
    sources.tell({A}, set())
    assert sources.content(A) not in ("", first)
    (tmp_path / A).unlink()
    sources.tell({A}, {A})
    assert sources.content(A) == ""


def test_what_is_kept_as_evidence_is_looked_at_however_little_was_told(tmp_path: Path) -> None:
    sources = project(tmp_path, {A: "first", B: "first"})
    first = sources.content(A)
    assert sources.content(B) == first
    (tmp_path / A).write_text("second")
    assert sources.reread(A) != first
    assert sources.content(A) != first
    (tmp_path / B).write_text("second and longer")
    assert sources.content(B) == first
    sources.refresh()
    assert sources.content(B) != first, "a watcher that was down told of nothing"


def test_an_extension_that_was_compiled_for_several_pythons_is_imported_as_each(tmp_path: Path) -> None:
    builds = {"ext.cpython-312-x86_64-linux-gnu.so", "ext.cpython-314-x86_64-linux-gnu.so", "ext.cp314-win.pyd"}
    sources = project(tmp_path, {**dict.fromkeys(builds, b"\x7fELF"), A: "import ext"})
    assert sources.closure(A) == {A, *builds}


def test_extensions_are_modules_and_no_python_files(tmp_path: Path) -> None:
    sources = project(tmp_path, {"ext.abi3.so": b"\x7fELF", "app.py": ""})
    assert sources.python_files == {"app.py"}
    assert sources.modules == {"app.py", "ext.abi3.so"}
