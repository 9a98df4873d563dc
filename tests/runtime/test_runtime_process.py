"""A worker in a process of its own: the same conversation, and nothing of the user's project in it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from runtime_kit import DEADLINE, nothing_left

from companion.config import Config
from companion.errors import BrokenResourceError, EndOfChannel
from companion.messages import Crashed, Message, Ping, Pong, Raise, Started, Status, Stop
from companion.runtime.memory import proportional
from companion.runtime.process import ProcessWorker, spawn
from companion.runtime.stream import StreamReceiveChannel

ENTRY = "tests.runtime.runtime_agents:process_main"


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[ProcessWorker]:
    with nothing_left():
        made = ProcessWorker("refactorer", Config(root=str(tmp_path)), ENTRY)
        made.start()
        yield made
        made.kill()
        for end in made.ends:
            end.close()
        del made


def heard(worker: ProcessWorker) -> Message:
    return worker.ends[1].receive(DEADLINE)


def send(worker: ProcessWorker, message: Message) -> None:
    worker.ends[0].send(message, DEADLINE)


def test_the_same_conversation(worker: ProcessWorker, tmp_path: Path) -> None:
    assert heard(worker) == Started("refactorer", f"refactorer in {tmp_path.name}")
    send(worker, Ping(7))
    assert heard(worker) == Pong(7)
    send(worker, Status("say", "ok", "\ud800 and \0"))
    assert heard(worker) == Status("said", "ok", "\ud800 and \0")
    send(worker, Stop())
    with pytest.raises(EndOfChannel):
        heard(worker)
    assert worker.join(DEADLINE)


def test_what_is_sent_with_the_settings_is_not_forgotten(worker: ProcessWorker) -> None:
    """It may come in one piece with them, and is for the loop that runs later."""
    send(worker, Ping(1))
    send(worker, Stop())
    assert isinstance(heard(worker), Started)
    assert heard(worker) == Pong(1)
    with pytest.raises(EndOfChannel):
        heard(worker)


def test_a_crash_is_a_message(worker: ProcessWorker) -> None:
    send(worker, Raise("because"))
    assert isinstance(heard(worker), Started)
    crash = heard(worker)
    assert isinstance(crash, Crashed)
    assert crash.reason == "ToldToRaiseError: because"
    assert "_deliver" in crash.traceback
    with pytest.raises(EndOfChannel):
        heard(worker)
    assert worker.join(DEADLINE)


def test_it_ends_when_its_host_is_gone(worker: ProcessWorker) -> None:
    assert isinstance(heard(worker), Started)
    for end in worker.ends:
        end.close()
    assert worker.join(DEADLINE)


def test_a_hanging_one_is_killed(worker: ProcessWorker) -> None:
    assert isinstance(heard(worker), Started)
    send(worker, Status("hang for good", "ok", ""))
    assert not worker.join(0)
    worker.kill()
    assert worker.join(0)
    worker.kill()
    with pytest.raises(EndOfChannel):
        heard(worker)


def test_no_file_of_the_project_stands_for_a_module(worker: ProcessWorker, tmp_path: Path) -> None:
    """It imports libraries while it works in the project's folder."""
    for name in ("colorsys", "only_in_the_project"):
        (tmp_path / f"{name}.py").write_text("raise AssertionError('the user\\'s code runs')", "utf-8")
    assert isinstance(heard(worker), Started)
    send(worker, Status("import", "ok", "colorsys"))
    imported = heard(worker)
    assert isinstance(imported, Status)
    assert Path(imported.message) == Path(os.__file__).with_name("colorsys.py")
    send(worker, Status("import", "ok", "only_in_the_project"))
    assert heard(worker) == Status("imported", "ok", "No module named 'only_in_the_project'")


def test_what_it_prints_is_no_message(worker: ProcessWorker) -> None:
    """Descriptors 0 and 1 were its channels when it was started."""
    assert isinstance(heard(worker), Started)
    send(worker, Status("print", "ok", "x" * 10_000))
    send(worker, Ping(1))
    assert heard(worker) == Pong(1)


def test_a_process_that_ends_at_once(tmp_path: Path) -> None:
    with nothing_left():
        worker = ProcessWorker("refactorer", Config(root=str(tmp_path)), "no.such:module")
        try:
            worker.start()
        except BrokenResourceError:
            assert worker.join(0), "found out while the settings were sent"
        else:
            with pytest.raises((EndOfChannel, BrokenResourceError)):
                heard(worker)
            assert worker.join(DEADLINE)
            for end in worker.ends:
                end.close()


def test_ends_before_the_start() -> None:
    worker = ProcessWorker("refactorer", Config(root="/"))
    with pytest.raises(RuntimeError):
        _ = worker.ends
    assert worker.join(0)
    worker.kill()


@pytest.mark.parametrize("python", [["/no/such/python"], ["/"]])
def test_a_python_that_cannot_be_started(python: list[str], tmp_path: Path) -> None:
    with nothing_left(), pytest.raises(OSError, match=r"No such file|denied"):
        spawn(python, ENTRY, str(tmp_path))


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with nothing_left(), pytest.raises(FileNotFoundError):
        spawn([sys.executable], ENTRY, str(tmp_path / "gone"))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not list them")
def test_spawned_processes_lead_a_group_of_their_own(tmp_path: Path) -> None:
    """So that one can be killed with all that it started; and no descriptor of ours but three is handed on."""
    program = "import os; os.write(1, b'%d %d' % (os.getpgid(0), len(os.listdir('/proc/self/fd'))))"
    keep = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(keep, True)
    process, line = spawn([sys.executable, "-c", program], ENTRY, str(tmp_path))
    assert process.wait(DEADLINE) == 0
    assert os.read(line, 100).split() == [str(process.pid).encode(), b"4"]
    os.close(keep)
    StreamReceiveChannel(line).close()


@pytest.mark.skipif(proportional(os.getpid()) == 0, reason="this system does not tell")
def test_memory_of_processes() -> None:
    assert proportional(os.getpid()) > 1_000_000
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert proportional(process.pid) == 0, "it is gone"
