"""One save is one message, however the editor writes."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from watcher_bench import Bench, Mirror, on_disk, quick

from companion.core.diff import TextEdit
from companion.core.text import content_hash
from companion.messages import FileChange, FilesChanged, LookAt

OLD, NEW = b"def f():\n    return 1\n", b"def f():\n    return 2\n"
EDITS = (TextEdit(20, 21, "2"),)


def in_place(path: Path) -> None:
    path.write_bytes(NEW)


def vs_code(path: Path) -> None:
    fd = os.open(path, os.O_WRONLY)
    os.ftruncate(fd, 0)
    os.write(fd, NEW[:10])
    os.write(fd, NEW[10:])
    os.fsync(fd)
    os.close(fd)


def vim(path: Path) -> None:
    probe = path.with_name("4913")
    probe.touch()
    probe.unlink()
    backup = path.with_name(f"{path.name}~")
    path.rename(backup)
    path.write_bytes(NEW)
    backup.unlink()


def vim_with_backup_kept_elsewhere(path: Path) -> None:
    shutil.copy(path, path.with_name(f"{path.name}~"))
    path.write_bytes(NEW)


def py_charm(path: Path) -> None:
    written = path.with_name(f"{path.name}___jb_tmp___")
    written.write_bytes(NEW)
    old = path.with_name(f"{path.name}___jb_old___")
    path.rename(old)
    written.rename(path)
    old.unlink()


def emacs(path: Path) -> None:
    lock = path.with_name(f".#{path.name}")
    lock.symlink_to("ann@host.1234:1")
    path.with_name(f"#{path.name}#").write_bytes(NEW[:12])
    path.rename(path.with_name(f"{path.name}~"))
    path.write_bytes(NEW)
    path.with_name(f"#{path.name}#").unlink()
    lock.unlink()


def atomic(path: Path) -> None:
    written = path.with_name(f".{path.name}.k3x9q")
    written.write_bytes(NEW)
    written.replace(path)


def delete_and_create(path: Path) -> None:
    path.unlink()
    path.write_bytes(NEW)


def there_and_back(path: Path) -> None:
    path.write_bytes(b"something else\n")
    path.rename(path.with_name("b.py"))
    path.with_name("b.py").rename(path)
    path.write_bytes(NEW)


def sed(path: Path) -> None:
    subprocess.run(["sed", "-i", "s/return 1/return 2/", path], check=True, timeout=20)


def real_vim(path: Path) -> None:
    program = shutil.which("vim")
    if program is None:
        pytest.skip("vim is not installed")
    options = ["-N", "-u", "NONE", "-es", "-c", "set backup backupcopy=no", "-c", "%s/return 1/return 2/", "-c", "wq"]
    subprocess.run([program, *options, path], check=True, timeout=20, stdin=subprocess.DEVNULL)


DANCES: list[Callable[[Path], None]] = [
    in_place, vs_code, vim, vim_with_backup_kept_elsewhere, py_charm, emacs, atomic, delete_and_create,
    there_and_back, sed, real_vim,
]  # fmt: skip


@pytest.mark.parametrize("dance", DANCES)
def test_one_save_is_one_change(dance: Callable[[Path], None], tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(OLD)
    with Bench(replace(quick(tmp_path), debounce=0.2, debounce_closed=0.2)) as bench:
        dance(tmp_path / "a.py")
        change = FileChange("a.py", "modified", content_hash(OLD), content_hash(NEW), EDITS, NEW)
        assert bench.next() == FilesChanged((change,), "disk")
        assert bench.rest() == []


def test_the_second_save_is_a_difference_only(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(OLD)
    with Bench(quick(tmp_path)) as bench:
        (tmp_path / "a.py").write_bytes(NEW)
        bench.next()
        (tmp_path / "a.py").write_bytes(OLD)
        (change,) = bench.next().changes
        assert (change.edits, change.data) == ((TextEdit(20, 21, "1"),), None)


@pytest.mark.parametrize("dance", [in_place, vs_code, vim, py_charm, emacs, atomic, delete_and_create, sed])
def test_a_file_that_was_closed_is_waited_for_no_longer(dance: Callable[[Path], None], tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(OLD)
    with Bench(replace(quick(tmp_path), debounce=60.0, settle=60.0)) as bench:
        dance(tmp_path / "a.py")
        assert ("a.py", NEW) in [(change.path, change.data) for change in bench.next().changes]


def test_while_a_file_is_open_its_save_goes_on(tmp_path: Path) -> None:
    with Bench(replace(quick(tmp_path), debounce=60.0, debounce_closed=0.0, settle=60.0)) as bench:
        with (tmp_path / "a.py").open("wb", buffering=0) as file:
            file.write(NEW[:10])
            (tmp_path / "b.py").write_bytes(OLD)
            file.write(NEW[10:])
        assert [(change.path, change.data) for change in bench.next().changes] == [("a.py", NEW), ("b.py", OLD)]


def same_again(path: Path) -> None:
    path.write_bytes(OLD)


def other_mode(path: Path) -> None:
    path.chmod(0o755)


@pytest.mark.parametrize("nothing", [same_again, Path.touch, other_mode])
def test_same_content_is_no_change(nothing: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(OLD)
    with Bench(quick(tmp_path)) as bench:
        nothing(tmp_path / "a.py")
        assert bench.rest() == []


def test_created_and_deleted(tmp_path: Path) -> None:
    with Bench(quick(tmp_path)) as bench:
        (tmp_path / "a.py").write_bytes(OLD)
        assert bench.next().changes == (FileChange("a.py", "created", "", content_hash(OLD), (), OLD),)
        (tmp_path / "a.py").unlink()
        assert bench.next().changes == (FileChange("a.py", "deleted", content_hash(OLD), "", (), None),)


def test_a_file_that_came_and_went_is_nothing(tmp_path: Path) -> None:
    with Bench(quick(tmp_path)) as bench:
        (tmp_path / "a.py").write_bytes(OLD)
        (tmp_path / "a.py").unlink()
        assert bench.rest() == []


def test_an_announced_save_is_read_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(OLD)
    with Bench(replace(quick(tmp_path), debounce=30.0, debounce_closed=30.0, settle=30.0)) as bench:
        (tmp_path / "a.py").write_bytes(NEW)
        bench.tell(LookAt(("a.py",)))
        change = FileChange("a.py", "modified", content_hash(OLD), content_hash(NEW), EDITS, NEW)
        assert bench.next() == FilesChanged((change,), "save")


def test_after_an_announced_save_the_disk_adds_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(OLD)
    with Bench(quick(tmp_path)) as bench:
        (tmp_path / "a.py").write_bytes(NEW)
        bench.tell(LookAt(("a.py",)))
        bench.next()
        bench.tell(LookAt(("a.py",)))
        assert bench.rest() == []


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../a.py", "b/../a.py", "absent.py", ".git/config", "b", "./a.py"]
)
def test_announced_paths_that_lead_nowhere(path: str, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").touch()
    with Bench(quick(tmp_path)) as bench:
        bench.tell(LookAt((path,)))
        assert bench.rest() == []


def test_a_hundred_quick_saves_end_with_the_last(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(OLD)
    mirror = Mirror(on_disk(tmp_path))
    with Bench(replace(quick(tmp_path), debounce=0.002, settle=0.01)) as bench:
        for number in range(100):
            atomic(tmp_path / "a.py")
            (tmp_path / "a.py").write_text(f"x = {number}\n", "utf-8")
        mirror.apply(bench.rest())
    assert mirror.files == {"a.py": b"x = 99\n"}


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, timeout=20, capture_output=True)


def commit_300_files(root: Path, branch: str) -> None:
    git(root, "switch", "-q", "-c", branch)
    for number in range(300):
        path = root / f"p{number % 20}" / f"m{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"NAME = {branch!r}\n", "utf-8")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", branch)


def test_git_checkout_of_300_files(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    commit_300_files(tmp_path, "two")
    commit_300_files(tmp_path, "one")
    with Bench(replace(quick(tmp_path), debounce=0.3, settle=10.0)) as bench:
        git(tmp_path, "switch", "-q", "two")
        changes = bench.next()
        assert len(changes.changes) == 300
        assert {(change.kind, change.edits) for change in changes.changes} == {
            ("modified", (TextEdit(8, 11, "two"),)),
        }  # fmt: skip
        assert bench.rest() == []
