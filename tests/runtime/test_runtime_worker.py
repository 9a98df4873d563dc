"""A worker shares nothing with another, has a GIL of its own, and takes nothing with it when it ends."""

import builtins
import gc
import os
import threading
from pathlib import Path

import pytest
from runtime_kit import DEADLINE, SETTINGS, Held, ending, inside, nothing_left, working

from companion.errors import WouldBlock
from companion.messages import Ping, Pong, Status
from companion.runtime.interpreter import Isolation, Worker, unshare
from companion.runtime.memory import resident


def own_filesystem() -> bool:
    """Whether this system lets a thread have a working directory of its own; asked in a thread that then ends."""
    granted: list[Isolation] = []
    thread = threading.Thread(target=lambda: granted.append(unshare(Isolation.FILESYSTEM)))
    thread.start()
    thread.join()
    return Isolation.FILESYSTEM in granted[0]


def seen(worker: Worker, go_to: Path) -> str:
    """What it sees of the world; afterwards it has changed all of it."""
    worker.send.send(Status("change", "ok", str(go_to)), DEADLINE)
    answer = worker.receive.receive(DEADLINE)
    assert isinstance(answer, Status)
    return answer.message


@pytest.mark.skipif(not own_filesystem(), reason="threads share their working directory here")
def test_two_workers_share_no_state(tmp_path: Path) -> None:
    here = Path.cwd()
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with working("change_everything", "one") as one, working("change_everything", "two") as two:
        untouched = f"- - - - - {here.name}"
        assert seen(one, tmp_path / "one") == untouched
        assert seen(two, tmp_path / "two") == untouched
        assert seen(one, tmp_path / "one") == "one one json-of-one one world-of-one one"
        assert seen(two, tmp_path / "two") == "two two json-of-two two world-of-two two"
    assert Path.cwd() == here
    assert "COMPANION_WORLD" not in os.environ
    assert not hasattr(os, "world")
    assert not hasattr(builtins, "world")
    os.unsetenv("COMPANION_WORLD")  # the C environment belongs to the whole process, and later children


def test_a_worker_that_never_yields_stops_nobody() -> None:
    """Under one GIL it would: each of these hands work over some hundred times."""
    spinner = Worker("spinner", ending("spin_until_told"), SETTINGS)
    spinner.start()
    assert spinner.receive.receive(DEADLINE) == Ping(0)
    with working("count_on_request") as worker:
        for number in range(300):
            worker.send.send(Ping(number), DEADLINE)
            assert worker.receive.receive(DEADLINE) == Pong(sum(range(number)))
    assert spinner.alive
    spinner.ends[0].close()
    assert spinner.join(DEADLINE)


def test_own_gil() -> None:
    """A computation that never lets go of its GIL (one C call of seconds) goes on beside this interpreter."""
    with working(ending("compute")) as worker:
        worker.send.send(Ping(1), DEADLINE)
        assert worker.receive.receive(DEADLINE) == Pong(1), "the computation begins now"
        beside = 0
        has_ended = False
        while not has_ended:
            try:
                has_ended = worker.receive.receive_nowait() == Pong(2)
            except WouldBlock:
                beside += 1
        assert beside > 100


def test_nothing_is_left_of_forty_workers() -> None:
    def live() -> None:
        with working("echo") as worker:
            worker.send.send(Ping(1), DEADLINE)
            assert worker.receive.receive(DEADLINE) == Ping(1)

    for _ in range(3):
        live()
    gc.collect()
    before, memory = Held.now(), resident()
    for _ in range(40):
        live()
    assert Held.now() == before
    assert resident() - memory < 40_000_000, "40 bare interpreters at once would be 100 MB"


def test_memory_is_noted_when_it_is_warm() -> None:
    with working("echo") as worker:
        assert worker.memory == 0
        worker.send.send(Ping(1), DEADLINE)
        worker.receive.receive(DEADLINE)
        worker.note_memory()
        assert (worker.memory > 0) == (resident() > 0)


def test_a_worker_that_is_never_started() -> None:
    with nothing_left():
        worker = Worker("test", inside("echo"), SETTINGS)
        assert not worker.alive
        assert worker.interpreter == -1
        del worker


def test_settings_and_names_cross() -> None:
    worker = Worker("a name", inside("tell_settings"), Status("source", "warning", "\ud800"))
    worker.start()
    assert worker.receive.receive(DEADLINE) == Status("a name", "warning", "\ud800")
    assert worker.join(DEADLINE)
