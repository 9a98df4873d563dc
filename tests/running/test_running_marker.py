"""What took an engine along is found by the next one, whenever it ended, and forgotten when no reason is left."""

import os
from pathlib import Path
from random import Random

import pytest

from companion.store.marker import Marker

A, B, C = "tests/test_a.py", "tests/test_ü.py", "test_c.py"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".companion").mkdir()
    for path in (A, B, C):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(f"# {path}\n", "utf-8")
    return tmp_path


def run(root: Path, spare: int, *files: str) -> None:
    """What a spare does that turns to these files; it does not come to its end."""
    for file in files:
        with Path(Marker(str(root)).entry(spare)).open("a", encoding="utf-8", errors="surrogateescape") as out:
            out.write(f"{file}\n")


def next_engine(root: Path) -> frozenset[str]:
    marker = Marker(str(root))
    marker.take_suspects()
    return marker.quarantined()


def test_without_a_folder_nothing_is_remembered(tmp_path: Path) -> None:
    marker = Marker(str(tmp_path))
    assert marker.entry(1) == ""
    assert marker.running(1) == ""
    marker.ended(1)
    marker.suspect()
    marker.take_suspects()
    marker.clear()
    assert marker.quarantined() == frozenset()
    assert list(tmp_path.iterdir()) == []


def test_what_took_an_engine_along_is_found_by_the_next(root: Path) -> None:
    run(root, 1, A, B)
    assert Marker(str(root)).quarantined() == frozenset(), "it runs"
    assert next_engine(root) == {B}
    assert next_engine(root) == {B}, "and by all that follow"
    run(root, 1, C)
    assert next_engine(root) == {B, C}


def test_spares_do_not_mix(root: Path) -> None:
    """One ends while the next begins, and a third was left behind."""
    marker = Marker(str(root))
    run(root, 1, A)
    run(root, 2, B)
    run(root, 3, C)
    marker.ended(2)
    assert [marker.running(spare) for spare in (1, 2, 3, 4)] == [A, "", C, ""]
    assert next_engine(root) == {A, C}
    assert [marker.running(spare) for spare in (1, 2, 3)] == ["", "", ""]


def test_an_engine_that_ends_in_order_blames_nobody(root: Path) -> None:
    run(root, 1, A)
    run(root, 2, B)
    Marker(str(root)).clear()
    assert next_engine(root) == frozenset()


def test_what_still_runs_while_the_engine_ends_finds_no_place(root: Path) -> None:
    place = Path(Marker(str(root)).entry(1))
    Marker(str(root)).clear()
    with pytest.raises(FileNotFoundError):
        place.open("a")
    assert Marker(str(root)).entry(1) == str(place), "there is one for the next engine's"


def test_an_engine_that_has_to_end_suspects_what_runs(root: Path) -> None:
    marker = Marker(str(root))
    run(root, 1, A)
    marker.suspect()
    marker.ended(1)
    marker.clear()
    assert marker.quarantined() == {A}
    assert next_engine(root) == {A}


def test_an_engine_that_goes_on_afresh_suspects_only_what_does_not_end(root: Path) -> None:
    """Another file is just being tried: it has harmed nobody."""
    marker = Marker(str(root))
    run(root, 1, A)
    run(root, 2, B)
    marker.suspect([1, 3])
    marker.clear()
    assert next_engine(root) == {A}
    run(root, 2, B)
    marker.suspect([])
    marker.clear()
    assert next_engine(root) == {A}


def told_to_end(root: Path, *files: str) -> frozenset[str]:
    """An engine that runs these is told to end, and does in order; what the next one keeps out."""
    marker = Marker(str(root))
    for spare, file in enumerate(files):
        run(root, spare, file)
    marker.told_to_end()
    marker.clear()
    return next_engine(root)


def test_who_is_told_to_end_blames_what_runs_only_if_it_ran_the_last_time_too(root: Path) -> None:
    """A signal comes from outside as a rule; a test that sends it would do so again and again."""
    assert told_to_end(root, A) == frozenset()
    assert told_to_end(root, B) == frozenset(), "another one: nobody is to blame"
    assert told_to_end(root) == frozenset()
    assert told_to_end(root, B, C) == frozenset()
    assert told_to_end(root, A, C) == {C}
    (root / A).write_text("# edited")
    assert told_to_end(root, A) == {C}, "as it is now it has not run before"
    assert told_to_end(root, A) == {A, C}


def test_a_file_that_was_changed_may_try_again(root: Path) -> None:
    run(root, 1, A)
    run(root, 2, B)
    assert next_engine(root) == {A, B}
    (root / A).write_text("# mended\n")
    assert Marker(str(root)).quarantined() == {A, B}, "not at once: it may not be mended, and we would end again"
    assert next_engine(root) == {B}
    (root / A).write_text(f"# {A}\n")
    assert next_engine(root) == {B}, "as it was: forgotten is forgotten"


def test_a_file_that_was_changed_and_does_it_again_is_found_again(root: Path) -> None:
    run(root, 1, A)
    next_engine(root)
    (root / A).write_text("# not mended\n")
    run(root, 1, A)
    assert next_engine(root) == {A}
    assert next_engine(root) == {A}


def test_a_file_that_is_gone_is_forgotten(root: Path) -> None:
    run(root, 1, A)
    run(root, 2, B)
    next_engine(root)
    (root / A).unlink()
    assert next_engine(root) == {B}
    run(root, 1, "was/never/there.py")
    assert next_engine(root) == {B}


def test_the_layout_of_earlier_versions_is_understood(root: Path) -> None:
    """One file for all spares, its only line without an end; a quarantine without hashes."""
    (root / ".companion" / "running").write_text(B, "utf-8")
    (root / ".companion" / "quarantine").write_text(f"\n{A}\ngone.py\n", "utf-8")
    assert Marker(str(root)).entry(1) == "", "no place, until an engine has looked at it"
    assert next_engine(root) == {A, B}
    assert Marker(str(root)).entry(1) != ""
    (root / A).write_text("# changed\n")
    assert next_engine(root) == {B}, "its hash was taken when it was first seen"


@pytest.mark.parametrize("content", [b"", b"\n\n\n", b"\xff\xfe\0", b"\0" * 4000, b"a" * 5000, b"0" * 32 + b" "])
def test_memories_that_make_no_sense_are_none(root: Path, content: bytes) -> None:
    (root / ".companion" / "quarantine").write_bytes(content)
    run(root, 1, A)
    Path(Marker(str(root)).entry(2)).write_bytes(content)
    assert next_engine(root) == {A}


def test_folders_where_files_should_be(root: Path) -> None:
    (root / ".companion" / "quarantine").mkdir()
    (root / ".companion" / "running" / "1").mkdir(parents=True)
    marker = Marker(str(root))
    assert marker.running(1) == ""
    marker.ended(1)
    assert next_engine(root) == frozenset()


def test_names_that_are_no_text(root: Path) -> None:
    name = os.fsdecode(b"test_\xff.py")
    try:
        (root / name).write_text("")
    except OSError:
        pytest.skip("this file system takes text only")
    run(root, 1, name)
    assert Marker(str(root)).running(1) == name
    assert next_engine(root) == {name}
    assert next_engine(root) == {name}


def test_an_engine_that_ends_while_it_looks_loses_nothing(root: Path) -> None:
    """At any point: what was written so far, or not, is what the next one finds."""
    run(root, 1, A)
    next_engine(root)
    run(root, 1, A, B)
    run(root, 2, C)
    quarantine = root / ".companion" / "quarantine"
    quarantine.with_name("quarantine.new").write_text("half of a li")  # it ended while it wrote
    before = quarantine.read_bytes()
    assert next_engine(root) == {A, B, C}
    run(root, 1, A, B)
    run(root, 2, C)  # it ended when it had written the list, and not yet removed these
    assert next_engine(root) == {A, B, C}
    quarantine.write_bytes(before)
    run(root, 2, C)
    run(root, 1, A, "tests/te")  # and this is what a torn line would look like
    assert next_engine(root) == {A, C}


def test_where_nothing_can_be_written_nothing_is_lost(root: Path) -> None:
    """The list cannot be replaced: what is to be found stays where it is."""
    run(root, 1, A)
    (root / ".companion" / "quarantine.new").mkdir()
    assert next_engine(root) == frozenset()
    (root / ".companion" / "quarantine.new").rmdir()
    assert next_engine(root) == {A}


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_what_ran_when_it_ended_is_found(root: Path, seed: int) -> None:
    random = Random(seed)
    expected: set[str] = set()
    for _ in range(10):
        marker = Marker(str(root))
        running: dict[int, str] = {}
        for spare in range(1, random.randint(2, 12)):
            file = random.choice([A, B, C])
            run(root, spare, file)
            running[spare] = file
            while running and random.random() < 0.4:
                gone = random.choice(list(running))
                marker.ended(gone)
                del running[gone]
        if random.random() < 0.3:
            marker.clear()
            running.clear()
        if random.random() < 0.3:
            changed = random.choice([A, B, C])
            (root / changed).write_text(f"# {random.random()}\n")
            expected.discard(changed)
        expected |= set(running.values())
        assert next_engine(root) == expected
        assert not any(Marker(str(root)).running(spare) for spare in range(12))
