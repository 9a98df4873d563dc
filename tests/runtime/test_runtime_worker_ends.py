"""However a worker ends, its owner hears of it, and nothing is left; one that never ends keeps nobody."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from runtime_kit import DEADLINE, SETTINGS, ending, inside, nothing_left, working

from companion.errors import BrokenResourceError, EndOfChannel
from companion.messages import Ping
from companion.runtime.interpreter import Isolation, Worker, unshare


@pytest.mark.parametrize(
    ("entry", "failure"),
    [(ending("fail"), "LookupError"), (ending("leave"), "SystemExit"), (ending("no_such"), "ImportError")],
)
def test_however_it_ends_it_is_heard_of(entry: str, failure: str) -> None:
    with nothing_left():
        worker = Worker("test", entry, SETTINGS)
        worker.start()
        with pytest.raises(EndOfChannel):
            worker.receive.receive(DEADLINE)
        assert worker.join(DEADLINE)
        assert failure in worker.failure
        assert not worker.alive
        with pytest.raises(BrokenResourceError):
            worker.send.send(Ping(1), DEADLINE)
        assert worker.stop(DEADLINE), "once more, harmlessly"
        del worker


def test_an_end_in_order_is_no_failure() -> None:
    worker = Worker("test", inside("echo"), SETTINGS)
    worker.start()
    assert worker.stop(DEADLINE)
    assert worker.failure == ""
    with pytest.raises(EndOfChannel):
        worker.receive.receive(DEADLINE)


@pytest.mark.skipif(not hasattr(os, "unshare"), reason="no thread has descriptors of its own here")
def test_a_worker_that_closes_all_its_descriptors() -> None:
    """With them go its ends of the channels: it could not ring any more, but its end is heard of all the same."""
    with nothing_left():
        worker = Worker("test", ending("close_all_descriptors"), SETTINGS, isolation=~Isolation.NOTHING)
        worker.start()
        with pytest.raises(EndOfChannel):
            worker.receive.receive(DEADLINE)
        assert worker.join(DEADLINE)
        if Isolation.DESCRIPTORS in worker.isolated:
            assert "LookupError" in worker.failure
        del worker


@pytest.mark.skipif(not hasattr(os, "unshare"), reason="no thread has descriptors of its own here")
def test_nothing_is_left_of_a_worker_with_descriptors_of_its_own() -> None:
    with nothing_left():
        for _ in range(5):
            with working("echo", isolation=~Isolation.NOTHING) as worker:
                worker.send.send(Ping(1), DEADLINE)
                assert worker.receive.receive(DEADLINE) == Ping(1)
            del worker


def test_a_busy_worker_is_left_behind() -> None:
    """In a process of its own, which has to end although the worker does not."""
    program = dedent(
        """
        from companion.messages import Ping, Status
        from companion.runtime.interpreter import Isolation, Worker

        for isolation in (Isolation.FILESYSTEM, ~Isolation.NOTHING):
            worker = Worker("busy", "tests.runtime.runtime_ending:spin", Status("", "ok", ""), isolation=isolation)
            worker.start()
            assert worker.receive.receive(30.0) == Ping(0)
            assert not worker.stop(0.05)
            assert worker.alive
        print("left", flush=True)
        """
    )
    folder = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=False, cwd=folder)
    assert (done.returncode, done.stdout) == (0, b"left\n"), done.stderr


def test_unshare_grants_nothing_that_is_not_asked_for() -> None:
    assert unshare(Isolation.NOTHING) == Isolation.NOTHING
    assert ~Isolation.NOTHING == Isolation.FILESYSTEM | Isolation.DESCRIPTORS
