"""Two processes, and one that is killed while it writes: what is found is what one of them has saved, whole."""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from companion.store.store import LaneRecord, Store

WRITER = """
import sys
from companion.store.store import LaneRecord, Store
root, who, first = sys.argv[1], sys.argv[2], int(sys.argv[3])
store = Store(root)
for number in range(first, first + int(sys.argv[4])):
    record = LaneRecord(f"{number:032x}", "process", who)
    store.keep_lanes("here", {f"{who}/{i}.py": record for i in range(200)})
    store.keep_modules(who, [str(number)] * 3 + [f"m{i}" for i in range(number % 7)])
    store.keep_seconds({f"{who}.py": float(number)})
    store.save()
    print(number, flush=True)
print(store.problem, flush=True)
store.close()
"""


def writer(root: Path, who: str, first: int, times: int) -> subprocess.Popen[str]:
    command: Sequence[str] = [sys.executable, "-c", WRITER, str(root), who, str(first), str(times)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def saved(root: Path, who: str) -> int:
    """The number of the last save of this one, which is there whole; -1: none."""
    with closing(Store(str(root))) as store:
        lanes = {file: record for file, record in store.lanes("here").items() if file.startswith(f"{who}/")}
        modules = store.modules(who)
        assert store.problem == ""
    if not lanes:
        assert modules == ()
        return -1
    number = int(next(iter(lanes.values())).content, 16)
    assert lanes == {f"{who}/{i}.py": LaneRecord(f"{number:032x}", "process", who) for i in range(200)}
    assert modules == tuple(dict.fromkeys([str(number), *(f"m{i}" for i in range(number % 7))]))
    return number


@pytest.mark.parametrize("seed", range(6))
def test_killed_at_any_moment(tmp_path: Path, seed: int) -> None:
    """What it has said to be saved is saved; of what it was at, all or nothing."""
    random, number = Random(seed), 0
    for _ in range(3):
        with writer(tmp_path, "a", number, 100_000) as process:
            assert process.stdout is not None
            told = [int(process.stdout.readline()) for _ in range(random.randrange(1, 25))]
            process.kill()
            told += [int(line) for line in process.stdout.read().split()]
        assert saved(tmp_path, "a") in (told[-1], told[-1] + 1)
        number = told[-1] + 1


def test_killed_as_soon_as_it_begins(tmp_path: Path) -> None:
    """While it makes the folder, the file, the tables; or before."""
    random = Random(0)
    for _ in range(8):
        with writer(tmp_path, "a", 0, 100_000) as process:
            waited: subprocess.TimeoutExpired | None = None
            try:
                process.wait(random.random() * 0.2)
            except subprocess.TimeoutExpired as error:
                waited = error
            assert waited is not None
            process.kill()
        assert saved(tmp_path, "a") >= -1


def test_two_write_at_once(tmp_path: Path) -> None:
    """One writer is the rule; a second for a moment, while an engine takes over from another, does no harm."""
    with writer(tmp_path, "a", 0, 60) as one, writer(tmp_path, "b", 0, 60) as other:
        said = [process.communicate(timeout=60)[0].splitlines() for process in (one, other)]
    for who, lines in zip(("a", "b"), said, strict=True):
        assert lines[:60] == [str(number) for number in range(60)]
        if lines[60] == "":
            assert saved(tmp_path, who) == 59
        else:  # the other had it for too long on a machine that is busy
            assert "(database is locked)" in lines[60]


BEGINNER = """
import sys
from companion.store.store import Store
print(flush=True)
who = sys.stdin.readline().strip()
store = Store(sys.argv[1])
store.keep_seconds({who: 1.0})
store.close()
print(store.problem)
"""


@pytest.mark.parametrize("number", range(4))
def test_many_make_the_file_at_once(tmp_path: Path, number: int) -> None:
    """Nobody takes a file that another has half made for a foreign one."""
    command = [sys.executable, "-c", BEGINNER, str(tmp_path)]
    pipe = subprocess.PIPE
    beginners = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(5)]
    for process in beginners:
        assert process.stdout is not None
        process.stdout.readline()
    for who, process in enumerate(beginners):
        assert process.stdin is not None
        process.stdin.write(f"{who}\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0].strip() for process in beginners]
    kept = {str(who) for who, problem in enumerate(said) if not problem}
    assert all("(database is locked)" in problem for problem in said if problem), "on a machine that is busy"
    with closing(Store(str(tmp_path))) as store:
        assert store.problem == ""
        assert store.seconds().keys() == kept


def test_two_open_a_damaged_file_at_once(tmp_path: Path) -> None:
    """Both go on, whichever of them sets it aside."""
    (tmp_path / ".companion").mkdir()
    (tmp_path / ".companion" / "state.db").write_bytes(b"garbage" * 1000)
    with writer(tmp_path, "a", 0, 5) as one, writer(tmp_path, "b", 0, 5) as other:
        said = [process.communicate(timeout=60)[0].splitlines() for process in (one, other)]
    assert [lines[:5] for lines in said] == [["0", "1", "2", "3", "4"]] * 2
    assert saved(tmp_path, "a") in (-1, 4)
    assert saved(tmp_path, "b") in (-1, 4)
