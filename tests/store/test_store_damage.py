"""No database, a wrong one, a newer one; folders that cannot be written: told once, and never in the way."""

import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from random import Random

import pytest

from companion.store.database import LARGEST_CHECKED
from companion.store.schema import APPLICATION, MIGRATIONS
from companion.store.store import LaneRecord, Store

HERE = "0123456789abcdef"
OURS = f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {len(MIGRATIONS)}"
KNOWN = {f"tests/test_{number}.py": LaneRecord("0" * 32, "interpreter", "") for number in range(300)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store with something in it, closed in order."""
    with closing(Store(str(tmp_path))) as store:
        store.keep_lanes(HERE, KNOWN)
        store.keep_seconds(dict.fromkeys(KNOWN, 1.0))
    return tmp_path / ".companion" / "state.db"


def opened(file: Path) -> closing[Store]:
    return closing(Store(str(file.parent.parent)))


def keeps(file: Path, seconds: dict[str, float]) -> None:
    """The next finds exactly this, and has nothing to tell."""
    with opened(file) as store:
        assert store.problem == ""
        assert store.seconds() == seconds


def is_of_use(file: Path) -> None:
    """It keeps what it learns, also for the next."""
    with opened(file) as store:
        store.keep_seconds({"new.py": 2.0})
        seconds = store.seconds()
    assert seconds["new.py"] == 2.0
    keeps(file, seconds)


def learned_anew(file: Path) -> str:
    """What people are told, if the file was set aside for a new one."""
    with opened(file) as store:
        said = store.problem
        assert store.lanes(HERE) == {}
    assert ".companion/state.db could not be used (" in said
    assert "it is kept as .companion/state.db.damaged" in said
    assert not list(file.parent.glob("*.damaged-*"))
    is_of_use(file)
    return said


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "garbage": lambda data: b"\xff" * len(data),
    "text": lambda _: b"files = 3\n" * 100,
    "half": lambda data: data[: len(data) // 2],
    "first_page": lambda data: data[:4096],
    "short": lambda data: data[:50],
    "no_schema": lambda data: data[:100] + bytes(3996) + data[4096:],
    "schema_is_no_text": lambda data: data.replace(b"CREATE TABLE lane", b"CREATE TABLE l\xffne"),
    "overwritten_middle": lambda data: data[:8192] + Random(0).randbytes(8192) + data[16384:],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_set_aside(file: Path, damage: Callable[[bytes], bytes]) -> None:
    damaged = damage(file.read_bytes())
    file.write_bytes(damaged)
    learned_anew(file)
    assert file.with_name("state.db.damaged").read_bytes() == damaged


def test_an_empty_file_is_a_new_one(file: Path) -> None:
    file.write_bytes(b"")
    keeps(file, {})
    is_of_use(file)


def test_one_damaged_file_is_kept(file: Path) -> None:
    for text in (b"first" * 100, b"second" * 100):
        file.write_bytes(text)
        learned_anew(file)
    assert sorted(path.name for path in file.parent.iterdir()) == [".gitignore", "state.db", "state.db.damaged"]
    assert file.with_name("state.db.damaged").read_bytes() == b"second" * 100


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE notes (text)",
        OURS,
        f"{OURS}; CREATE TABLE lane (file, x)",
        "PRAGMA application_id = 7; PRAGMA user_version = 99",
        "PRAGMA user_version = 99",
    ],
)
def test_a_database_of_something_else_is_set_aside(file: Path, script: str) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as other:
        other.executescript(script)
    assert "another program has made or changed its tables" in learned_anew(file)


@pytest.mark.parametrize(
    "script", ["DROP TABLE module", "CREATE INDEX mine ON lane (lane)", "ALTER TABLE duration ADD COLUMN x TEXT"]
)
def test_tables_that_somebody_changed_are_set_aside(file: Path, script: str) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.executescript(script)
    assert "another program has made or changed its tables" in learned_anew(file)


def test_a_log_of_another_file_is_not_read_into_the_new_one(file: Path) -> None:
    log = file.with_name("state.db-wal")
    with opened(file) as store:
        store.keep_seconds({"old.py": 1.0})
        store.save()
        left = log.read_bytes()
    assert left
    log.write_bytes(left)
    file.write_bytes(b"garbage" * 1000)
    learned_anew(file)


def damaged_while_open(file: Path) -> closing[Store]:
    """A file that is too large to be checked when it is opened, nor is all of it in SQLite's cache."""
    with opened(file) as store:
        store.keep_lanes(
            HERE, {f"{number}.py": LaneRecord("0" * 32, "process", "x" * 2000) for number in range(3000)}
        )
    damaged = opened(file)
    size = file.stat().st_size
    assert size > LARGEST_CHECKED * 4096
    with file.open("r+b") as out:
        out.seek(4096)
        out.write(b"\xaa" * (size - 4096))
    return damaged


def test_a_damage_found_while_reading(file: Path) -> None:
    with damaged_while_open(file) as store:
        assert store.lanes(HERE) == {}
        assert "it is kept as .companion/state.db.damaged" in store.problem
    is_of_use(file)


def test_a_damage_found_while_writing(file: Path) -> None:
    with damaged_while_open(file) as store:
        store.keep_lanes(HERE, {"7.py": None})
        store.keep_seconds({"tests/test_7.py": 3.0})
        store.save()
        assert "it is kept as .companion/state.db.damaged" in store.problem
    keeps(file, {"tests/test_7.py": 3.0})


def test_a_file_that_is_damaged_again_goes_on_in_memory(file: Path) -> None:
    """Whatever does that will do it again."""
    with damaged_while_open(file) as store:
        store.save()
        assert store.lanes(HERE) == {}
        with closing(sqlite3.connect(file)) as other:
            other.execute("DROP TABLE duration")
        store.keep_seconds({"a.py": 1.0})
        assert store.seconds() == {"a.py": 1.0}
        assert "what companion learns of this project ends with it" in store.problem


def test_a_file_that_cannot_be_set_aside(file: Path) -> None:
    """The same sentence as wherever nothing can be written."""
    file.write_bytes(b"garbage" * 1000)
    (file.parent / "state.db.damaged" / "full").mkdir(parents=True)
    with opened(file) as store:
        assert store.problem.startswith(".companion/state.db cannot be used (")
        store.keep_seconds({"a.py": 1.0})
        assert store.seconds() == {"a.py": 1.0}
    assert file.read_bytes() == b"garbage" * 1000


def test_a_newer_file_is_not_touched(file: Path) -> None:
    with closing(sqlite3.connect(file)) as newer:
        newer.executescript(f"PRAGMA user_version = {len(MIGRATIONS) + 1}; CREATE TABLE more (x)")
    before = file.read_bytes()
    with opened(file) as store:
        assert "a newer companion has written .companion/state.db" in store.problem
        store.keep_lanes(HERE, KNOWN)
        assert store.lanes(HERE) == KNOWN
    assert file.read_bytes() == before
    assert not file.with_name("state.db.damaged").exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / ".companion").write_text("a file")
    with closing(Store(str(tmp_path))) as store:
        assert "what companion learns of this project ends with it" in store.problem
        store.keep_lanes(HERE, KNOWN)
        assert store.lanes(HERE) == KNOWN
    assert (tmp_path / ".companion").read_text() == "a file"


def test_a_root_that_is_gone(tmp_path: Path) -> None:
    with closing(Store(str(tmp_path / "gone"))) as store:
        assert store.problem
        store.keep_modules(HERE, ["re"])
        assert store.modules(HERE) == ("re",)
    assert not (tmp_path / "gone").exists()


@contextmanager
def full_disk() -> Generator[None]:
    """No file of this process may grow beyond its first page."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_once_and_nothing_is_lost(file: Path) -> None:
    with opened(file) as store:
        store.keep_modules(HERE, [f"module{number}" for number in range(5000)])
        store.keep_seconds({"tests/test_0.py": 3.0})
        with full_disk():
            store.save()
        said = store.problem
        assert said.startswith(".companion/state.db cannot be used (disk I/O error)")
        assert len(store.modules(HERE)) == 5000
        assert store.seconds()["tests/test_0.py"] == 2.0
        assert store.lanes(HERE) == KNOWN
        store.keep_seconds({"more.py": 1.0})
        assert store.seconds()["more.py"] == 1.0
        assert store.problem == said
    keeps(file, dict.fromkeys(KNOWN, 1.0))


def test_a_disk_that_is_full_from_the_beginning(tmp_path: Path) -> None:
    with full_disk(), closing(Store(str(tmp_path))) as store:
        assert store.problem.startswith(".companion/state.db cannot be used (disk I/O error)")
        store.keep_lanes(HERE, KNOWN)
        assert store.lanes(HERE) == KNOWN
    with closing(Store(str(tmp_path))) as store:
        assert store.problem == ""
        assert store.lanes(HERE) == {}


def test_a_file_that_another_program_has_locked(file: Path) -> None:
    with opened(file) as store, closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        store.keep_seconds({"a.py": 1.0})
        store.save()
        assert "(database is locked)" in store.problem
        assert store.seconds() == {**dict.fromkeys(KNOWN, 1.0), "a.py": 1.0}
    keeps(file, dict.fromkeys(KNOWN, 1.0))


def test_a_file_that_was_removed_meanwhile(file: Path) -> None:
    """By ``git clean``, or by somebody who wants companion to forget."""
    with opened(file) as store:
        shutil.rmtree(file.parent)
        store.keep_seconds({"a.py": 1.0})
        store.save()
        assert store.problem == ""
    assert (file.parent / ".gitignore").exists()
    keeps(file, {"a.py": 1.0})


READ_ONLY = """
import os, sys
if os.geteuid() == 0:
    try:
        os.unshare(os.CLONE_NEWUSER)  # owns the files as before, and may no longer do all
    except OSError:
        sys.exit()
from companion.store.store import Store
store = Store(sys.argv[1])
store.keep_seconds({"a.py": 1.0})
store.save()
print(len(store.lanes(sys.argv[2])), store.seconds()["a.py"], store.problem)
"""


@pytest.mark.parametrize("left_open", [False, True])
def test_a_folder_that_may_only_be_read(file: Path, left_open: bool) -> None:
    """What was learned before is used all the same."""
    with opened(file) if left_open else nullcontext():
        file.chmod(0o400)
        file.parent.chmod(0o500)
        command = [sys.executable, "-c", READ_ONLY, str(file.parent.parent), HERE]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        file.parent.chmod(0o700)
    if not said:
        pytest.skip("nothing is read-only for root here")
    assert said.startswith(f"{len(KNOWN)} 1.0 .companion/state.db cannot be used (")


@pytest.mark.parametrize("seed", range(60))
def test_whatever_the_file_holds_nothing_raises(file: Path, seed: int) -> None:
    """Bytes changed anywhere: it is of use as it is, or set aside; what it says then is never nonsense."""
    random = Random(seed)
    data = bytearray(file.read_bytes())
    for _ in range(random.choice([1, 1, 8, 64])):
        start = random.randrange(len(data))
        data[start : start + random.choice([1, 1, 16, 512])] = random.randbytes(random.choice([1, 1, 16, 512]))
    file.write_bytes(data[: random.choice([len(data), len(data), random.randrange(len(data))])])
    with opened(file) as store:
        lanes, seconds = store.lanes(HERE), store.seconds()
        assert all(record.lane in ("interpreter", "process") for record in lanes.values())
        assert all(isinstance(value, float) for value in seconds.values())
        assert isinstance(store.modules(HERE), tuple)
        store.keep_lanes(HERE, KNOWN)
        store.keep_seconds({"a.py": 1.0})
        store.keep_modules(HERE, ["re", "os"])
        assert store.modules(HERE) == ("re", "os")
        newer = "a newer companion" in store.problem  # or so the bytes say
    if not newer:
        is_of_use(file)
