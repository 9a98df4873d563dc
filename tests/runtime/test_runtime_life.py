"""One engine a root: the lock that it holds as long as it lives."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from runtime_kit import DEADLINE, nothing_left

from companion.errors import EngineUnavailableError
from companion.runtime.life import Life, hold_life, holder_of, served_by, silent

HOLD = """
import os, subprocess, sys, threading
from pathlib import Path
from companion.runtime.life import Life, hold_life

if os.fork():
    os._exit(0)
hold_life(Life(Path(sys.argv[1]), Path(sys.argv[1] + '.sock')))
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=0, stdout=subprocess.DEVNULL)
print(os.getpid(), flush=True)
threading.Event().wait()
"""
"""As an engine: it has detached itself, and has a child, which outlives it."""


def kill(pid: int) -> None:
    """And wait for its end; harmless if it has ended."""
    with contextlib.suppress(ProcessLookupError):
        watched = os.pidfd_open(pid)
        os.kill(pid, signal.SIGKILL)
        assert select.select([watched], [], [], DEADLINE)[0]
        os.close(watched)


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(tmp_path / "life", tmp_path / "sock")


@pytest.fixture
def other(life: Life) -> Iterator[int]:
    """Another process that lives."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, life.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.wait(DEADLINE)
        yield pid
        kill(pid)


def test_nobody_lives_before_and_after(life: Life) -> None:
    assert holder_of(life) is None
    with nothing_left():
        held = hold_life(life)
        assert holder_of(life) == os.getpid()
        os.close(held)
        assert holder_of(life) is None
        os.close(hold_life(life))
    assert life.path.exists(), "two processes could lock two files of one name"


def test_a_second_one_cannot_live(life: Life) -> None:
    held = hold_life(life)
    with nothing_left(), pytest.raises(EngineUnavailableError, match=f"process {os.getpid()}.*kill -9 {os.getpid()}"):
        hold_life(life)
    assert holder_of(life) == os.getpid()
    os.close(held)


def test_another_process_lives_until_it_is_killed(life: Life, other: int) -> None:
    """Its child does not live on in its place."""
    assert holder_of(life) == other
    with pytest.raises(EngineUnavailableError, match=f"process {other}"):
        hold_life(life)
    kill(other)
    assert holder_of(life) is None
    os.close(hold_life(life))


def test_one_that_is_suspended_lives(life: Life, other: int) -> None:
    os.kill(other, signal.SIGSTOP)
    assert holder_of(life) == other
    os.kill(other, signal.SIGCONT)


def test_a_link_is_not_followed(life: Life, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    life.path.symlink_to("precious")
    for ask in (hold_life, holder_of, served_by):
        with pytest.raises(EngineUnavailableError, match="cannot be locked"):
            ask(life)
    assert (tmp_path / "precious").read_text() == "precious"


@pytest.mark.parametrize(
    "content", ["", "nonsense", "-1", "0 /sock\0", "1 /so", "1", f"{10**9} /sock\0", f"{10**30} /s\0"]
)
def test_one_that_has_not_told_who_it_is(life: Life, content: str) -> None:
    held = hold_life(life)
    life.path.write_text(content)
    assert holder_of(life) == 0
    assert silent(0) == "another engine of this folder is only just starting: try again"
    assert served_by(life) is None
    os.close(held)


def test_what_a_dead_one_told_is_not_taken_for_the_next_ones_word(life: Life, other: int) -> None:
    """It locks first and tells then; and the number of the dead one may be another process's by now."""
    told = life.path.read_bytes()
    kill(other)
    assert holder_of(life) is None
    assert told
    assert not life.path.read_bytes(), "before another one is started"


def test_the_next_one_begins_with_an_empty_file(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has started it without looking."""
    os.close(hold_life(life))
    before: list[bytes] = []

    def write(fileno: int, data: bytes, offset: int) -> int:
        before.append(life.path.read_bytes())
        return os.write(fileno, data)

    monkeypatch.setattr(os, "pwrite", write)
    os.close(hold_life(life))
    assert before == [b""]


def test_its_socket_is_told(life: Life, tmp_path: Path) -> None:
    assert served_by(life) is None
    folder = tmp_path / "new\nline \udcff"
    folder.mkdir(mode=0o700)
    held = hold_life(Life(life.path, folder / "sock"))
    assert served_by(life) == folder / "sock"
    folder.chmod(0o777)
    assert served_by(life) is None, "anybody may be listening there"
    folder.rmdir()
    assert served_by(life) is None
    os.close(held)


def test_one_that_others_can_write_to_is_refused(life: Life) -> None:
    life.path.touch()
    life.path.chmod(0o622)
    for ask in (hold_life, holder_of, served_by):
        with pytest.raises(EngineUnavailableError, match="others can write to it"):
            ask(life)


def test_only_this_user_can_read_it(life: Life) -> None:
    os.close(hold_life(life))
    assert life.path.stat().st_mode & 0o777 == 0o600
