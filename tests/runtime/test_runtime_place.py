"""Where an engine lives: the same place for everyone who asks, and nobody else's."""

import os
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from runtime_kit import user_is_root

from companion.errors import EngineUnavailableError
from companion.runtime.place import LONGEST_SOCKET, OLDEST_CODE, Place, code_folder, place_of, remove_old_code
from companion.runtime.private import is_private, private_folder

SOMEBODY_ELSE = 12345
as_root = pytest.mark.skipif(not user_is_root(), reason="only root can give folders away")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Everything that the product writes outside the project; a short path, because sockets' paths are limited."""
    with tempfile.TemporaryDirectory(prefix="cmp-") as name:
        folder = Path(name).resolve()
        for variable, part in {
            "XDG_RUNTIME_DIR": "run",
            "XDG_STATE_HOME": "state",
            "XDG_CACHE_HOME": "cache",
        }.items():
            (folder / part).mkdir(mode=0o700)
            monkeypatch.setenv(variable, str(folder / part))
        (folder / "tmp").mkdir(mode=0o700)
        monkeypatch.setattr(tempfile, "tempdir", str(folder / "tmp"))
        yield folder


def folder_of(place: Place) -> Path:
    return place.socket.parent


def files(place: Place) -> tuple[Path, ...]:
    assert place.life.socket == place.socket
    return place.socket, place.lock, place.life.path, place.log


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_same_for_the_same_root_and_no_other(home: Path) -> None:
    first, again, other = place_of(home / "a"), place_of(home / "a"), place_of(home / "b")
    assert first == again
    assert len({file for place in (first, other) for file in files(place)}) == 8
    assert folder_of(first) == home / "run" / "companion"
    assert mode(folder_of(first)) == 0o700
    assert first.log.parent.is_dir()


def test_a_root_of_any_name_and_length(home: Path) -> None:
    for root in (Path("/" + "long/" * 500), Path(os.fsdecode(b"/\xff\xfe\n"))):
        assert len(os.fsencode(place_of(root).socket)) <= LONGEST_SOCKET


def test_a_long_session_folder_gives_way_to_a_short_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = home / ("x" * LONGEST_SOCKET)
    long.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    assert folder_of(place_of(home)).parent == home / "tmp"
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    assert folder_of(place_of(home)).is_relative_to(home / "state")
    monkeypatch.setenv("XDG_STATE_HOME", str(long))
    with pytest.raises(EngineUnavailableError, match="set XDG_RUNTIME_DIR to a folder of your own with a short path"):
        place_of(home)


def test_the_locks_lie_in_one_place_whatever_the_session(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or there would be an engine for each."""
    places = [place_of(home)]
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "nowhere"))
    for name in ("first", "second"):
        (home / name).mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(home / name))
        places.append(place_of(home))
    assert len({place.socket for place in places}) > 1
    (locks,) = {(place.lock, place.life.path) for place in places}
    assert {lock.parent for lock in locks} == {places[0].log.parent}


@pytest.mark.parametrize("session", ["relative", "", "/nowhere/at/all"])
def test_a_session_folder_that_is_none(home: Path, monkeypatch: pytest.MonkeyPatch, session: str) -> None:
    (home / "relative").mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("XDG_RUNTIME_DIR", session)
    assert folder_of(place_of(home)).parent in {home / "tmp", Path(f"/run/user/{os.getuid()}").resolve()}


def test_a_folder_of_ours_that_others_could_read_is_closed_to_them(home: Path) -> None:
    (home / "run" / "companion").mkdir(mode=0o755)
    assert mode(folder_of(place_of(home))) == 0o700


def test_a_place_that_is_no_folder(home: Path) -> None:
    (home / "run" / "companion").write_text("")
    assert folder_of(place_of(home)).parent == home / "tmp"


def test_a_home_that_keeps_nothing(home: Path) -> None:
    (home / "state" / "companion").write_text("")
    place = place_of(home)
    assert place.log.parent.parent == home / "tmp"
    assert mode(place.log.parent) == 0o700
    assert place_of(home) == place


def test_the_log_cannot_be_kept_anywhere(home: Path) -> None:
    (home / "state" / "companion").write_text("")
    (home / "tmp" / f"companion-{os.getuid()}-log").write_text("")
    with pytest.raises(EngineUnavailableError, match="no folder for logs"):
        place_of(home)


# --- private folders ------------------------------------------------------------------------------------


def test_private_whatever_the_umask(home: Path) -> None:
    before = os.umask(0)
    try:
        folder = private_folder(home / "new")
    finally:
        os.umask(before)
    assert folder == home / "new"
    assert mode(home / "new") == 0o700
    assert private_folder(home / "new") == folder


@pytest.mark.parametrize("open_to", [0o020, 0o002, 0o022, 0o1022])
def test_one_that_others_can_write_to_is_refused_and_left_alone(home: Path, open_to: int) -> None:
    folder = home / "open"
    folder.mkdir()
    folder.chmod(0o700 | open_to)
    assert private_folder(folder) is None
    assert not is_private(folder)
    assert mode(folder) == 0o700 | open_to


@pytest.mark.parametrize("open_to", [0o020, 0o002])
def test_one_that_others_could_replace_is_refused(home: Path, open_to: int) -> None:
    (home / "outer" / "inner").mkdir(parents=True)
    (home / "outer").chmod(0o700 | open_to)
    assert private_folder(home / "outer" / "inner" / "ours") is None
    (home / "outer").chmod(0o1700 | open_to)
    assert private_folder(home / "outer" / "inner" / "ours") is not None, "sticky: each keeps their own"


@pytest.mark.parametrize("target", [".", "real", "missing"])
def test_a_link_in_its_place_is_refused(home: Path, target: str) -> None:
    (home / "real").mkdir(mode=0o755)
    (home / "link").symlink_to(target)
    assert private_folder(home / "link") is None
    assert mode(home / "real") == 0o755


def test_links_on_the_way_are_resolved(home: Path) -> None:
    """What they lead to is what is looked at, and stays what is used, wherever they lead later."""
    (home / "real").mkdir(mode=0o700)
    (home / "link").symlink_to("real")
    assert private_folder(home / "link" / "ours") == home / "real" / "ours"
    assert is_private(home / "real" / "ours")
    assert not is_private(home / "link" / "ours")
    (home / "real").chmod(0o777)
    assert private_folder(home / "link" / "ours") is None


def test_without_a_parent_there_is_none(home: Path) -> None:
    assert private_folder(home / "missing" / "ours") is None
    assert not is_private(home / "missing")
    assert not (home / "missing").exists()


@as_root
def test_somebody_elses_is_refused_and_left_alone(home: Path) -> None:
    folder = home / "theirs"
    folder.mkdir(mode=0o755)
    os.chown(folder, SOMEBODY_ELSE, SOMEBODY_ELSE)
    assert private_folder(folder) is None
    assert mode(folder) == 0o755


@as_root
def test_one_inside_somebody_elses_is_refused(home: Path) -> None:
    """As with ``sudo``, which may keep the other user's XDG_RUNTIME_DIR."""
    os.chown(home / "run", SOMEBODY_ELSE, SOMEBODY_ELSE)
    assert folder_of(place_of(home)).parent == home / "tmp"


# --- compiled code --------------------------------------------------------------------------------------


def test_the_code_folder_is_ours_alone(home: Path) -> None:
    before = os.umask(0o002)
    try:
        folder = Path(code_folder())
    finally:
        os.umask(before)
    assert folder.is_relative_to(home / "cache")
    assert mode(folder) == mode(folder.parent) == 0o700
    assert code_folder() == str(folder)


@pytest.mark.parametrize("part", ["companion", "companion/code"])
@pytest.mark.parametrize("open_to", [0o020, 0o002])
def test_code_that_others_could_have_written_is_not_run(home: Path, part: str, open_to: int) -> None:
    code_folder()
    folder = home / "cache" / part
    folder.chmod(0o700 | open_to)
    assert code_folder() == ""
    assert mode(folder) == 0o700 | open_to


@as_root
def test_code_of_somebody_else_is_not_run(home: Path) -> None:
    os.chown(code_folder(), SOMEBODY_ELSE, SOMEBODY_ELSE)
    assert code_folder() == ""


def test_no_code_folder_can_be_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "cache" / "companion").write_text("")
    assert code_folder() == ""
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache" / "companion" / "below"))
    assert code_folder() == ""


def test_old_code_is_removed_and_nothing_else(home: Path) -> None:
    folder = Path(code_folder())
    old, new, other = folder / "ab" / "old", folder / "ab" / "new", folder / "other" / "old"
    for path in (old, new, other):
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    for path in (old, other):
        os.utime(path, (0, time.time() - OLDEST_CODE - 60))
    code_folder()
    assert old.exists(), "an engine's start does not wait for it"
    remove_old_code(str(folder))
    assert not old.exists()
    assert new.exists()
    assert other.exists()


def test_no_folder_has_no_old_code(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Least of all the current one."""
    monkeypatch.chdir(home)
    (home / "ab").mkdir()
    (home / "ab" / "precious").write_text("")
    os.utime(home / "ab" / "precious", (0, 0))
    remove_old_code("")
    assert (home / "ab" / "precious").exists()
