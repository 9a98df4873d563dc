"""Reading single files, and what is kept of them."""

import os
import socket
import threading
import time
from pathlib import Path

import pytest
from watcher_bench import Bench, Mirror, on_disk, quick

from companion.core.text import content_hash
from companion.messages import LookAt
from companion.workers.watching.content import RACY, Reading, UnsettledError, read, signature_of
from companion.workers.watching.knowledge import SMALL, Knowledge

UNSTEADY = Path("/proc/self/status")
"""A file that is never as long as it says."""
needs_proc = pytest.mark.skipif(not UNSTEADY.exists(), reason="no /proc here")


def reading(data: bytes) -> Reading:
    return Reading(content_hash(data), data, (0, 0, len(data)), fresh=False)


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    signature = signature_of((tmp_path / "a").stat())
    assert read(str(tmp_path / "a"), 3) == Reading(content_hash(b"abc"), b"abc", signature, fresh=True)


def test_an_old_file() -> None:
    path = Path(os.__file__)
    found = read(str(path), 1_000_000)
    assert found is not None
    assert (found.signature, found.fresh) == (signature_of(path.stat()), False)


def test_a_fresh_file_is_read_again_once() -> None:
    now = time.time_ns()
    old, new = (now - 2 * RACY, now - 2 * RACY, 3), (now, now, 3)
    known = Knowledge()
    known.learn("a", Reading("1", b"abc", new, fresh=True))
    assert not known.differs("a", new)  # not yet: it is fresh still
    assert known.differs("a", old)
    known.learn("a", Reading("1", b"abc", old, fresh=True))
    assert known.differs("a", old)
    known.learn("a", Reading("1", b"abc", old, fresh=False))
    assert not known.differs("a", old)
    assert known.differs("b", old)


def test_a_file_above_the_limit_is_told_by_time_and_size(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abcd")
    first = read(str(path), 3)
    path.write_bytes(b"abcde")
    second = read(str(path), 3)
    assert first is not None
    assert second is not None
    assert first.data is second.data is None
    assert first.hash != second.hash
    assert read(str(path), 3) == second


def test_no_files(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    for name in "absent", "folder", "loop", "pipe", "file/absent":
        assert read(str(tmp_path / name), 10) is None
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        assert read(str(tmp_path / "socket"), 10) is None


@needs_proc
def test_a_file_that_changes_while_it_is_read() -> None:
    with pytest.raises(UnsettledError):
        read(str(UNSTEADY), 1_000_000)


@needs_proc
def test_an_unsteady_file_keeps_nobody_waiting(tmp_path: Path) -> None:
    (tmp_path / "unsteady").symlink_to(UNSTEADY)
    with Bench(quick(tmp_path)) as bench:
        (tmp_path / "a.py").touch()
        assert [change.path for change in bench.next().changes] == ["a.py"]


@needs_proc
def test_an_announced_save_that_is_not_complete_yet(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to(UNSTEADY)
    with Bench(quick(tmp_path)) as bench:
        bench.tell(LookAt(("a.py",)))
        (tmp_path / "aside.tmp").write_bytes(b"x = 1\n")
        (tmp_path / "aside.tmp").replace(tmp_path / "a.py")
        changes = bench.next()
        assert changes.trigger == "save"
        assert [change.data for change in changes.changes] == [b"x = 1\n"]


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    mirror = Mirror(on_disk(tmp_path))

    def write() -> None:
        with (tmp_path / "a.py").open("w") as file:
            for number in range(20_000):
                print(f"x{number} = {number}", file=file)

    writer = threading.Thread(target=write)
    with Bench(quick(tmp_path)) as bench:
        writer.start()
        for _ in range(200):
            bench.tell(LookAt(("a.py",)))
        writer.join()
        mirror.apply(bench.rest())
    assert mirror.files == on_disk(tmp_path)


@pytest.mark.parametrize(
    ("path", "data", "is_kept"),
    [
        ("a.py", b"x" * (SMALL + 1), True),
        ("p/pyproject.toml", b"x" * (SMALL + 1), True),
        ("a.json", b"x" * SMALL, True),
        ("a.json", b"x" * (SMALL + 1), False),
        ("a.png", b"\x89\0", False),
    ],
)
def test_which_texts_are_kept(path: str, data: bytes, is_kept: bool) -> None:
    known = Knowledge()
    known.learn(path, reading(data))
    change = known.update(path, reading(data + b"y"))
    assert change is not None
    assert bool(change.edits) == is_kept
    assert change.data == data + b"y"


def test_a_folder_takes_a_files_place_before_that_is_known_to_be_gone() -> None:
    known = Knowledge()
    known.enter("")
    known.learn("a", reading(b"x"))
    known.enter("a")
    known.learn("a/b", reading(b"x"))
    known.forget("a")
    assert known.leave("") == (["", "a"], ["a/b"])


def test_a_file_that_is_known_before_its_folders() -> None:
    known = Knowledge()
    known.enter("")
    known.update("d/e/a.py", reading(b"x"))  # announced by an editor, quicker than the folders' own events
    assert known.leave("d") == (["d", "d/e"], ["d/e/a.py"])


def test_room_for_texts_is_bounded() -> None:
    known = Knowledge(room=10)
    known.learn("a.py", reading(b"x = 1\n"))
    known.learn("b.py", reading(b"x = 1\n"))
    for path, is_known in ("b.py", False), ("a.py", True):
        change = known.update(path, reading(b"x = 2\n"))
        assert change is not None
        assert bool(change.edits) == is_known
    known.forget("a.py")
    known.forget("b.py")
    assert known.room == 10
