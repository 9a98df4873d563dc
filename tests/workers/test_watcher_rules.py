"""The ignore rules, with git itself as the oracle."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from companion.workers.watching.patterns import parse
from companion.workers.watching.rules import Rules

FILES = [
    "a.py", "b.txt", "foo", "x y", "a/a.py", "a/b.txt", "a/foo/a.py", "a/foo/b.txt", "a/foo/bar/a.py", "a/b/c/d/a.py",
    "foo.d/a.py", "foo.d/foo/b.txt", "bar/foo/a.py", "bar/foo/foo/b.txt", "bar/b/a.py", "b/a/foo/x y", "b/!a", "b/#a",
]  # fmt: skip
PLACES = ["", "a", "a/foo", "bar"]

names = st.sampled_from(
    ["a", "b", "foo", "bar", "*", "*.py", "*.txt", "f*", "?", "fo[op]", "[!a]*", "**", "x y", "!a"]
)
bodies = st.lists(names, min_size=1, max_size=3).map("/".join)
lines = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "", "", "!", "!"]),
        st.sampled_from(["", "", "", "/", "\\"]),
        bodies,
        st.sampled_from(["", "", "", "/", " ", "\r"]),
    ),
)
texts = st.lists(st.one_of(lines, st.sampled_from(["", "# a", "\\#a", "/", "!", "a\\"])), max_size=6).map("\n".join)
scenes = st.dictionaries(st.sampled_from([*PLACES, ".git/info/exclude"]), texts, max_size=3)


def make_tree(root: Path) -> Path:
    for file in FILES:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    git(root, "init", "-q")
    return root


def git(root: Path, *arguments: str, given: str = "") -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-C", str(root), *arguments]
    done = subprocess.run(
        command, env=environment, input=given, capture_output=True, text=True, timeout=20, check=False
    )
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout


def ignored_by_git(root: Path, paths: list[str]) -> set[str]:
    said = git(root, "check-ignore", "--no-index", "--stdin", "-z", given="\0".join(paths))
    return set(said.split("\0")) - {""}


def ignored_by_us(root: Path, paths: list[str], extra: tuple[str, ...] = ()) -> set[str]:
    rules = Rules(str(root), extra)
    return {path for path in paths if rules.ignored(path, folder=(root / path).is_dir())}


def folders() -> list[str]:
    return sorted({str(parent) for file in FILES for parent in Path(file).parents} - {"."})


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tree(tmp_path_factory.mktemp("tree").resolve())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scenes)
@example({"": "*\n!*/\n!*.py"})
@example({"": "a/**\n!a/foo/\n!a/foo/**"})
@example({"": "foo/*\n!foo/bar/", "a": "!foo"})
@example({"": "/foo\nb/**/x y\n**/b/"})
@example({"": "foo/\n", "a": "!foo/\n"})
def test_as_git_sees_it(tree: Path, scene: dict[str, str]) -> None:
    for place in [*PLACES, ".git/info/exclude"]:
        target = tree / place if place.startswith(".git") else tree / place / ".gitignore"
        target.write_text(scene.get(place, ""), "utf-8", newline="")
    paths = [*FILES, *folders()]
    ours, gits = ignored_by_us(tree, paths), ignored_by_git(tree, paths)
    assert ours <= gits
    assert all(path.endswith(".py") for path in gits - ours), "what may be executed counts by itself"


@pytest.mark.parametrize(
    ("pattern", "path", "folder", "verdict"),
    [
        ("a", "a", False, True),
        ("a/", "a", False, None),
        ("a/", "a", True, True),
        ("a", "a/b", False, None),  # the folder a was judged before
        ("!a", "a", False, False),
        ("*.py\n!b.py", "b.py", False, False),
        ("!b.py\n*.py", "b.py", False, True),
        ("a\\ ", "a ", False, True),
        ("a   ", "a", False, True),
        ("\ufeffa", "a", False, True),
        ("[z-a]\na\\\nb", "b", False, True),  # two that are no patterns, and one that is
        ("# a\n\n/\n!\n", "a", False, None),
    ],
)
def test_one_entry(pattern: str, path: str, folder: bool, verdict: bool | None) -> None:
    assert parse(pattern).judge(path, folder=folder) is verdict


def test_rules_from_above_the_root(tmp_path: Path) -> None:
    tree = make_tree(tmp_path.resolve())
    (tree / ".gitignore").write_text("a/foo/bar\n*.txt\n", "utf-8")
    (tree / ".git/info/exclude").write_text("/a/b/\n", "utf-8")
    paths = ["a.py", "b.txt", "foo/a.py", "foo/b.txt", "foo/bar", "foo/bar/a.py", "b", "b/c"]
    assert ignored_by_us(tree / "a", paths) == {"b.txt", "foo/b.txt", "foo/bar", "foo/bar/a.py", "b", "b/c"}


def test_a_root_that_its_repository_ignores_is_watched_all_the_same(tmp_path: Path) -> None:
    tree = make_tree(tmp_path.resolve())
    (tree / ".gitignore").write_text("foo\n", "utf-8")
    assert ignored_by_us(tree / "a" / "foo", ["a.py", "bar/a.py"]) == set()


def test_exclusions_of_a_linked_work_tree(tmp_path: Path) -> None:
    tree = make_tree(tmp_path.resolve() / "main")
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    git(tree, *identity, "commit", "-q", "--allow-empty", "-m", "x")
    git(tree, "worktree", "add", "-q", str(tmp_path / "linked"))
    (tree / ".git/info/exclude").write_text("*.txt\n", "utf-8")
    assert ignored_by_us(tmp_path.resolve() / "linked", ["a.txt", "a.py"]) == {"a.txt"}


def test_without_a_repository_ignore_files_count_too(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.txt\n", "utf-8")
    assert ignored_by_us(tmp_path, ["a.txt", "a.py"]) == {"a.txt"}


def test_the_configuration_has_the_last_word(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.txt\n", "utf-8")
    assert ignored_by_us(tmp_path, ["a.txt", "b.txt", "a.py", "d/a.py"], ("!a.txt", "/a.py")) == {"b.txt", "a.py"}


def test_virtual_environments_and_tools_folders(tmp_path: Path) -> None:
    for folder in "env", "lib", "node_modules":
        (tmp_path / folder).mkdir()
    (tmp_path / "env" / "pyvenv.cfg").touch()
    paths = ["env", "env/lib/a.py", "lib", "lib/a.py", "node_modules/a.py", "lib/__pycache__/a.py"]
    assert ignored_by_us(tmp_path, paths, ("!*",)) == {
        "env", "env/lib/a.py", "node_modules/a.py", "lib/__pycache__/a.py",
    }  # fmt: skip


def test_rule_files_are_seen_whatever_they_say(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text(".*\nd/\n", "utf-8")
    (tmp_path / "d").mkdir()
    assert ignored_by_us(tmp_path, [".gitignore", ".other", "d/.gitignore"]) == {".other", "d/.gitignore"}


def test_what_tests_may_execute_counts_unless_its_whole_folder_does_not(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.so\n.env*\n_version.py\n*.txt\nbuild/\nout/*\n", "utf-8")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / ".gitignore").write_text("*\n", "utf-8")
    counts = ["_ext.cpython-314-x86_64-linux-gnu.so", ".env", ".env.test", "app/_version.py", "app/_ext.so"]
    not_so = ["a.txt", "build/a.py", "build/_ext.so", "out/a.py", "own/a.py", "own/.env"]
    assert ignored_by_us(tmp_path, [*counts, *not_so]) == set(not_so)
    assert ignored_by_us(tmp_path, counts, ("_version.py", "*.so")) == {counts[0], *counts[3:]}


def test_reload_and_forget(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    rules = Rules(str(tmp_path), ())
    assert not rules.ignored("d/a.py", folder=False)
    (tmp_path / "d" / "pyvenv.cfg").touch()
    assert not rules.ignored("d/a.py", folder=False)
    rules.forget("d")
    assert rules.ignored("d/a.py", folder=False)
    (tmp_path / ".gitignore").write_text("*.txt\n", "utf-8")
    assert not rules.ignored("a.txt", folder=False)
    rules.reload()
    assert rules.ignored("a.txt", folder=False)
