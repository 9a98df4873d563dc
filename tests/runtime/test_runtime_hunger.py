"""Processes that take too much memory are ended, with what they started, and nobody looks while no test runs."""

import os
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from runtime_kit import DEADLINE, nothing_left
from runtime_stable import Stable, played

from companion.messages import SpareEnded
from companion.runtime.hunger import MB, Watch, limit_in_bytes, too_hungry
from companion.runtime.memory import exceeds, of_machine, resident, resident_of

pytestmark = pytest.mark.skipif(resident() == 0, reason="this system does not tell")

EATS = "x = b'x' * {size}; print(flush=True); input()"
FORKS = """\
import os
x = b"x" * 100_000_000
for _ in range(5):
    if not os.fork():
        input()
print(flush=True)
input()
"""
STARTS = """\
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "x = b'x' * 200_000_000; print(flush=True); input()"])
child.wait()
"""


@contextmanager
def running(program: str) -> Generator[int]:
    """A process that has come so far as to say so."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, start_new_session=True) as made:
        assert made.stdout is not None
        made.stdout.readline()
        try:
            yield made.pid
        finally:
            os.killpg(made.pid, 9)


def test_what_a_process_takes() -> None:
    with running(EATS.format(size=100 * MB)) as pid:
        assert exceeds(pid, 100 * MB)
        assert not exceeds(pid, 200 * MB)
        assert too_hungry(pid, 100 * MB) == "it took more than 100 MB, see item_memory"
        assert too_hungry(pid, 200 * MB) == too_hungry(pid, 0) == ""


def test_what_it_started_counts() -> None:
    with running(STARTS) as pid:
        assert resident_of(pid) < 100 * MB
        assert exceeds(pid, 200 * MB)


def test_what_processes_share_counts_once() -> None:
    with running(FORKS) as pid:
        assert exceeds(pid, 100 * MB)
        assert not exceeds(pid, 250 * MB)


def test_one_that_is_gone_takes_nothing() -> None:
    with running("print()") as pid:
        pass
    assert not exceeds(pid, 0)


def test_limits() -> None:
    assert limit_in_bytes(300) == 300 * MB
    assert 0 < limit_in_bytes(0) < of_machine()


def test_nobody_looks_without_a_reason() -> None:
    with nothing_left():
        looked = threading.Semaphore(0)
        watch = Watch(looked.release, 0.001)
        for _ in range(2):
            watch.begin()
            watch.begin()
            assert looked.acquire(timeout=DEADLINE)
            threads = [thread for thread in threading.enumerate() if thread.name == "companion-memory"]
            watch.end()
            watch.end()
            for thread in threads:
                thread.join(DEADLINE)
            assert len(threads) == 1


def test_a_spare_that_takes_too_much_is_ended_with_the_reason(tmp_path: Path) -> None:
    async def play() -> None:
        stable = Stable(tmp_path)
        stable.spares.config = type(stable.spares.config)(root=str(tmp_path), item_memory=100)
        stable.start("process")
        stable.start("process")
        hungry, modest = stable.made
        with running(EATS.format(size=110 * MB)) as pid, running(EATS.format(size=1)) as other:
            hungry.pid, modest.pid = pid, other
            stable.spares.tests_run(True)
            stable.spares.tests_run(True)
            while not hungry.killed:
                pass
            stable.spares.tests_run(False)
        assert (hungry.killed, modest.killed) == (1, 0)
        stable.spares.drop_all()
        for spare in stable.made:
            spare.end("signal SIGKILL")
        await stable.hears(
            SpareEnded(1, "it took more than 100 MB, see item_memory"), SpareEnded(2, "signal SIGKILL")
        )
        for thread in threading.enumerate():
            if thread.name == "companion-memory":
                thread.join(DEADLINE)

    played(play)
