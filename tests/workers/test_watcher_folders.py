"""Folders that come, go and move; folders and files that do not count; links."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from watcher_bench import Bench, quick

from companion.core.complaints import Complaints
from companion.messages import FileChange, LookAt
from companion.workers.watching.knowledge import Knowledge
from companion.workers.watching.rules import Rules
from companion.workers.watching.sweep import Sweeper

TEXT = "x = 1\n"


def write(path: Path, text: str = TEXT) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def summary(changes: list[FileChange] | tuple[FileChange, ...]) -> list[tuple[str, str]]:
    return [(change.kind, change.path) for change in changes]


def test_new_folders_and_a_file_at_once(tmp_path: Path) -> None:
    with Bench(quick(tmp_path)) as bench:
        for number in range(8):
            write(tmp_path / f"n{number}" / "a" / "b" / "c.py")
            assert summary(bench.next().changes) == [("created", f"n{number}/a/b/c.py")]
            write(tmp_path / f"n{number}" / "a" / "b" / "c.py", "x = 2\n")
            assert summary(bench.next().changes) == [("modified", f"n{number}/a/b/c.py")]


def test_a_whole_tree_is_moved_in(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "p" / "q" / "a.py")
    (tmp_path / "root").mkdir()
    with Bench(quick(tmp_path / "root")) as bench:
        (tmp_path / "elsewhere" / "p").rename(tmp_path / "root" / "p")
        assert summary(bench.next().changes) == [("created", "p/q/a.py")]
        write(tmp_path / "root" / "p" / "q" / "b.py")
        assert summary(bench.next().changes) == [("created", "p/q/b.py")]


def test_a_folder_is_renamed(tmp_path: Path) -> None:
    write(tmp_path / "old" / "sub" / "a.py")
    with Bench(quick(tmp_path)) as bench:
        (tmp_path / "old").rename(tmp_path / "new")
        assert summary(bench.next().changes) == [("created", "new/sub/a.py"), ("deleted", "old/sub/a.py")]
        write(tmp_path / "new" / "sub" / "a.py", "x = 2\n")
        assert summary(bench.next().changes) == [("modified", "new/sub/a.py")]
        assert bench.rest() == []


def test_two_folders_change_places(tmp_path: Path) -> None:
    write(tmp_path / "one" / "a.py", "x = 1\n")
    write(tmp_path / "two" / "a.py", "x = 2\n")
    with Bench(replace(quick(tmp_path), debounce=0.2)) as bench:
        (tmp_path / "one").rename(tmp_path / "aside")
        (tmp_path / "two").rename(tmp_path / "one")
        (tmp_path / "aside").rename(tmp_path / "two")
        assert summary(bench.next().changes) == [("modified", "one/a.py"), ("modified", "two/a.py")]
        write(tmp_path / "two" / "a.py", "x = 3\n")
        write(tmp_path / "one" / "b.py")
        assert sorted(summary(bench.rest())) == [("created", "one/b.py"), ("modified", "two/a.py")]


def test_a_folder_is_moved_away_and_what_happens_there_is_not_ours(tmp_path: Path) -> None:
    write(tmp_path / "root" / "p" / "q" / "a.py")
    with Bench(quick(tmp_path / "root")) as bench:
        (tmp_path / "root" / "p").rename(tmp_path / "p")
        assert summary(bench.next().changes) == [("deleted", "p/q/a.py")]
        write(tmp_path / "p" / "q" / "a.py", "x = 2\n")
        assert bench.rest() == []


def test_a_tree_is_deleted_and_made_again(tmp_path: Path) -> None:
    for number in range(10):
        write(tmp_path / "p" / f"q{number}" / "a.py")
    with Bench(replace(quick(tmp_path), debounce=0.2)) as bench:
        shutil.rmtree(tmp_path / "p")
        assert summary(bench.next().changes) == [("deleted", f"p/q{number}/a.py") for number in range(10)]
        write(tmp_path / "p" / "q3" / "a.py")
        assert summary(bench.next().changes) == [("created", "p/q3/a.py")]
        shutil.rmtree(tmp_path / "p")
        write(tmp_path / "p" / "q3" / "a.py", "x = 2\n")
        assert summary(bench.next().changes) == [("modified", "p/q3/a.py")]


@pytest.mark.parametrize("polling", ["auto", "always"])
def test_a_file_becomes_a_folder_and_back(polling: Literal["auto", "always"], tmp_path: Path) -> None:
    write(tmp_path / "a")
    with Bench(replace(quick(tmp_path), polling=polling)) as bench:
        for _ in range(2):
            (tmp_path / "a").unlink()
            write(tmp_path / "a" / "b.py")
            assert sorted(summary(bench.rest())) == [("created", "a/b.py"), ("deleted", "a")]
            shutil.rmtree(tmp_path / "a")
            assert summary(bench.rest()) == [("deleted", "a/b.py")]
            write(tmp_path / "a" / "b.py")
            assert summary(bench.rest()) == [("created", "a/b.py")]
            shutil.rmtree(tmp_path / "a")
            write(tmp_path / "a")
            assert sorted(summary(bench.rest())) == [("created", "a"), ("deleted", "a/b.py")]


@pytest.mark.skipif(not Path("/proc/self/fdinfo").exists(), reason="no /proc here")
def test_as_many_watches_as_folders(tmp_path: Path) -> None:
    for folder in "p/q", "r", "node_modules/x":
        write(tmp_path / "root" / folder / "a.py")
    with Bench(quick(tmp_path / "root")) as bench:
        bench.status()
        assert watches() == 4
        (tmp_path / "root" / "p").rename(tmp_path / "p")
        bench.rest()
        assert watches() == 2
        (tmp_path / "p").rename(tmp_path / "root" / "s")
        bench.rest()
        assert watches() == 4
        write(tmp_path / "root" / ".gitignore", "s/\n")
        bench.rest()
        assert watches() == 2
        shutil.rmtree(tmp_path / "root" / "r")
        bench.rest()
        assert watches() == 1


def watches() -> int:
    """This process's inotify watches, as the kernel counts them."""
    count = 0
    for path in Path("/proc/self/fdinfo").iterdir():
        with suppress(FileNotFoundError):  # the descriptor of this very listing
            count += path.read_text("utf-8").count("inotify wd:")
    return count


def test_listened_to_before_listed(tmp_path: Path) -> None:
    write(tmp_path / "p" / "a.py")
    (tmp_path / "secret").mkdir()
    order: list[str] = []
    complaints = Complaints()

    def list_folder(path: str) -> AbstractContextManager[Iterator[os.DirEntry[str]]]:
        order.append(f"list {path.removeprefix(str(tmp_path) + '/')}")
        if path.endswith("secret"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return os.scandir(path)

    sweeper = Sweeper(
        str(tmp_path), Rules(str(tmp_path), ()), Knowledge(), complaints,
        watch=lambda folder: order.append(f"watch {folder}"), unwatch=order.append, list_folder=list_folder,
    )  # fmt: skip
    assert [path for paths in sweeper.sweep("") for path in paths] == ["p/a.py"]
    assert order[:2] == ["watch ", "list "]
    assert order.index("watch p") + 1 == order.index("list p")
    status = complaints.news()
    assert status is not None
    assert "secret (Permission denied)" in status.message


def test_ignored_folders_are_neither_watched_nor_read(tmp_path: Path) -> None:
    for folder in ".git/objects", "node_modules/x", "src/__pycache__", "env/lib", "build", ".venv":
        write(tmp_path / folder / "a.py")
    write(tmp_path / "env" / "pyvenv.cfg")
    write(tmp_path / ".gitignore", "/build/\n/.venv\n")
    with Bench(quick(tmp_path)) as bench:
        assert bench.detail == "1 files in 2 folders, listening"  # the root and src
        for folder in ".git/objects", "node_modules/x", "src/__pycache__", "env/lib", "build", ".venv", ".companion":
            write(tmp_path / folder / "b.py")
        assert bench.rest() == []


def test_a_new_virtual_environment_is_no_change(tmp_path: Path) -> None:
    with Bench(quick(tmp_path)) as bench:
        write(tmp_path / "env" / "pyvenv.cfg")
        write(tmp_path / "env" / "lib" / "a.py")
        assert bench.rest() == []
        write(tmp_path / "env" / "lib" / "b.py")
        assert bench.rest() == []
        shutil.rmtree(tmp_path / "env")
        write(tmp_path / "env" / "a.py")
        assert summary(bench.rest()) == [("created", "env/a.py")]


def test_a_folder_turns_out_to_be_a_virtual_environment(tmp_path: Path) -> None:
    write(tmp_path / "env" / "lib" / "a.py")
    with Bench(quick(tmp_path)) as bench:
        write(tmp_path / "env" / "pyvenv.cfg")
        assert bench.rest() == []
        write(tmp_path / "env" / "lib" / "a.py", "x = 2\n")
        assert bench.rest() == []


def test_other_rules_other_files(tmp_path: Path) -> None:
    write(tmp_path / "gen" / "a.py")
    write(tmp_path / "b.txt")
    write(tmp_path / ".gitignore", "gen/\n")
    with Bench(quick(tmp_path)) as bench:
        write(tmp_path / ".gitignore", "b.txt\n")
        assert summary(bench.next().changes) == [("modified", ".gitignore"), ("created", "gen/a.py")]
        write(tmp_path / "b.txt", "x = 2\n")
        assert bench.rest() == []
        write(tmp_path / "gen" / "a.py", "x = 2\n")
        assert summary(bench.next().changes) == [("modified", "gen/a.py")]
        write(tmp_path / "gen" / ".gitignore", "*\n")
        assert summary(bench.next().changes) == [("created", "gen/.gitignore")]
        write(tmp_path / "gen" / "a.py", "x = 3\n")
        assert bench.rest() == []


def test_the_configuration_ignores_too(tmp_path: Path) -> None:
    with Bench(replace(quick(tmp_path), ignore=("data/", "*.log"))) as bench:
        write(tmp_path / "data" / "a.py")
        write(tmp_path / "a.log")
        assert bench.rest() == []


def test_links(tmp_path: Path) -> None:
    write(tmp_path / "outside" / "a.py")
    root = tmp_path / "root"
    write(root / "shared.py")
    (root / "link.py").symlink_to("shared.py")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(root)
    (root / "self.py").symlink_to("self.py")
    (root / "broken.py").symlink_to("absent.py")
    with Bench(quick(root)) as bench:
        assert bench.detail.startswith("2 files in 1 folders")
        write(root / "shared.py", "x = 2\n")
        assert summary(bench.next().changes) == [("modified", "link.py"), ("modified", "shared.py")]
        write(tmp_path / "outside" / "a.py", "x = 2\n")
        assert bench.rest() == []
        write(root / "absent.py")
        assert ("created", "absent.py") in summary(bench.rest())
        (root / "late.py").symlink_to("link.py")
        (root / "late_self.py").symlink_to("late_self.py")
        assert summary(bench.rest()) == [("created", "late.py")]
        write(root / "shared.py", "x = 3\n")
        assert [path for _, path in summary(bench.rest())] == ["late.py", "link.py", "shared.py"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipes_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "before")
    with Bench(quick(tmp_path)) as bench:
        os.mkfifo(tmp_path / "after")
        bench.tell(LookAt(("before",)))
        assert bench.rest() == []


def test_names_of_all_kinds(tmp_path: Path) -> None:
    with Bench(quick(tmp_path)) as bench:
        for name in "with space.py", "naïve-日本.py", "back\\slash.py", "-rf.py":
            write(tmp_path / name)
        write(tmp_path / os.fsdecode(b"caf\xe9.py"))
        found = {path for _, path in summary(bench.rest())}
        assert found == {"with space.py", "naïve-日本.py", "back\\slash.py", "-rf.py"}
