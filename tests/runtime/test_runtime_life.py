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
from companion.runtime.life import hold_life, holder_of, silent

HOLD = """
import os, subprocess, sys, threading
from pathlib import Path
from companion.runtime.life import hold_life

if os.fork():
    os._exit(0)
hold_life(Path(sys.argv[1]))
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
def life(tmp_path: Path) -> Path:
    return tmp_path / "life"


@pytest.fixture
def other(life: Path) -> Iterator[int]:
    """Another process that lives."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, life], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.wait(DEADLINE)
        yield pid
        kill(pid)


def test_nobody_lives_before_and_after(life: Path) -> None:
    assert holder_of(life) is None
    with nothing_left():
        held = hold_life(life)
        assert holder_of(life) == os.getpid()
        os.close(held)
        assert holder_of(life) is None
        os.close(hold_life(life))
    assert life.exists(), "two processes could lock two files of one name"


def test_a_second_one_cannot_live(life: Path) -> None:
    held = hold_life(life)
    with nothing_left(), pytest.raises(EngineUnavailableError, match=f"process {os.getpid()}.*kill -9 {os.getpid()}"):
        hold_life(life)
    assert holder_of(life) == os.getpid()
    os.close(held)


def test_another_process_lives_until_it_is_killed(life: Path, other: int) -> None:
    """Its child does not live on in its place."""
    assert holder_of(life) == other
    with pytest.raises(EngineUnavailableError, match=f"process {other}"):
        hold_life(life)
    kill(other)
    assert holder_of(life) is None
    os.close(hold_life(life))


def test_one_that_is_suspended_lives(life: Path, other: int) -> None:
    os.kill(other, signal.SIGSTOP)
    assert holder_of(life) == other
    os.kill(other, signal.SIGCONT)


def test_a_link_is_not_followed(life: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    life.symlink_to("precious")
    for ask in (hold_life, holder_of):
        with pytest.raises(EngineUnavailableError, match="cannot be locked"):
            ask(life)
    assert (tmp_path / "precious").read_text() == "precious"


@pytest.mark.parametrize("content", ["", "nonsense", "-1"])
def test_one_that_has_not_told_who_it_is(life: Path, content: str) -> None:
    held = hold_life(life)
    life.write_text(content)
    assert holder_of(life) == 0
    assert silent(0) == "another engine of this folder is only just starting: try again"
    os.close(held)


def test_only_this_user_can_read_it(life: Path) -> None:
    os.close(hold_life(life))
    assert life.stat().st_mode & 0o777 == 0o600
