"""What tests leave behind (threads, programs, exit handlers, sockets) is told, ended, or done, and harms nobody."""

import os
import socket
import time
from pathlib import Path

import pytest
from sessionkit import outcomes_of, session, snapshot_of, started

from companion.errors import EndOfChannel
from companion.messages import Message, NeedsProcess, RunItems, SessionFinished
from companion.runtime.memory import resident

DEADLINE = 60.0


def project(folder: Path, text: str) -> Path:
    root = folder.resolve() / "project"
    root.mkdir()
    (root / "test_it.py").write_text(text, "utf-8")
    return root


def told(said: list[Message]) -> list[tuple[str, str]]:
    return [(message.id, message.reason) for message in said if isinstance(message, NeedsProcess)]


def run(root: Path, folder: Path) -> list[Message]:
    return session(root, snapshot_of(root), folder / "code")


THREAD = """
import os, threading, time
def wait():
    while not os.path.exists(os.environ["GO_ON"]):
        time.sleep(0.01)
def test_before(): pass
def test_leaves(): threading.Thread(target=wait, name="left").start()
def test_after(): assert threading.active_count() == 2
"""


def test_a_thread_that_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told with its item, all results are there, the next spare is not harmed, and this one ends with it."""
    monkeypatch.setenv("GO_ON", str(tmp_path / "go on"))
    root = project(tmp_path, THREAD)
    snapshot = snapshot_of(root)
    spare = started(root, snapshot, tmp_path / "code")
    spare.send.send(RunItems(1, (), (), DEADLINE))
    said: list[Message] = []
    while not said or not isinstance(said[-1], SessionFinished):
        said.append(spare.receive.receive(DEADLINE))
    assert told(said) == [("test_it.py::test_leaves", "the thread 'left', which goes on, needs a process of its own")]
    assert set(outcomes_of(said).values()) == {"passed"}
    assert not spare.join(0.2), "no interpreter ends under a thread"

    (tmp_path / "other").mkdir()
    other = project(tmp_path / "other", "def test_fine(): pass\n")
    assert outcomes_of(run(other, tmp_path)) == {"test_it.py::test_fine": "passed"}

    (tmp_path / "go on").touch()
    assert spare.join(DEADLINE)
    assert spare.failure == ""
    with pytest.raises(EndOfChannel):
        spare.receive.receive(DEADLINE)


def test_threads_that_end_by_themselves_are_nobodys_business(tmp_path: Path) -> None:
    text = """
import concurrent.futures, threading, time
KEPT = concurrent.futures.ThreadPoolExecutor(2)
def test_timer(): threading.Timer(0.05, print).start()
def test_executor(): assert KEPT.submit(abs, -1).result() == 1
"""
    said = run(project(tmp_path, text), tmp_path)
    assert told(said) == []
    assert list(outcomes_of(said).values()) == ["passed"] * 2


def test_a_thread_that_threading_did_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be told, not joined: the session comes to its end all the same."""
    monkeypatch.setenv("GO_ON", str(tmp_path / "go on"))
    text = """
import _thread, os, threading, time
def wait(known):
    threading.current_thread()
    known.set()
    while not os.path.exists(os.environ["GO_ON"]):
        time.sleep(0.01)
def test_leaves():
    known = threading.Event()
    _thread.start_joinable_thread(lambda: wait(known), daemon=False)
    assert known.wait(30)
"""
    root = project(tmp_path, text)
    spare = started(root, snapshot_of(root), tmp_path / "code")
    spare.send.send(RunItems(1, (), (), DEADLINE))
    said: list[Message] = []
    while not said or not isinstance(said[-1], SessionFinished):
        said.append(spare.receive.receive(DEADLINE))
    assert [item for item, _ in told(said)] == ["test_it.py::test_leaves"]
    (tmp_path / "go on").touch()
    assert spare.join(DEADLINE)
    assert spare.failure == ""


def test_a_program_that_goes_on_is_ended(tmp_path: Path) -> None:
    text = """
import subprocess, sys
def test_leaves():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    open("child", "w").write(str(child.pid))
"""
    root = project(tmp_path, text)
    ((item, reason),) = told(run(root, tmp_path))
    assert item == "test_it.py::test_leaves"
    pid = int((root / "child").read_text("utf-8"))
    assert reason == f"a program that goes on (process {pid}) needs a process of its own"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_programs_that_have_ended_leave_nothing(tmp_path: Path) -> None:
    """Nobody waited for them: they would stay the engine's children for good."""
    text = """
import multiprocessing, os, subprocess
def test_unwaited():
    pids = [subprocess.Popen(["true"]).pid, os.posix_spawn("/bin/true", ["true"], os.environ)]
    open("children", "w").write(" ".join(map(str, pids)))
def work(): pass
def test_helpers():
    child = multiprocessing.get_context("forkserver").Process(target=work)
    child.start()
    child.join()
    assert child.exitcode == 0
"""
    root = project(tmp_path, text)
    before = children()
    said = run(root, tmp_path)
    assert list(outcomes_of(said).values()) == ["passed"] * 2
    assert told(said) == []
    for word in (root / "children").read_text("utf-8").split():
        with pytest.raises(ProcessLookupError):
            os.kill(int(word), 0)
    assert children() == before


def children() -> set[str]:
    """This process's."""
    lists = Path("/proc/self/task").glob("*/children")
    return {pid for one in lists for pid in one.read_text("utf-8").split()}


def test_exit_handlers_are_called_while_all_is_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUT", str(tmp_path / "out"))
    text = """
import atexit, os, subprocess, weakref
def write(word):
    with open(os.environ["OUT"], "a") as out:
        out.write(f"{word} {os.getcwd()} {os.environ.get('OWN')}\\n")
class Object: pass
KEPT = Object()
def fail(): raise OSError("in an exit handler")
def test_registers():
    os.environ["OWN"] = "own"
    atexit.register(write, "first")
    atexit.register(fail)
    weakref.finalize(KEPT, write, "finalized")
    atexit.register(lambda: subprocess.run(["sh", "-c", "echo $OWN >> $OUT"]))
"""
    root = project(tmp_path, text)
    said = run(root, tmp_path)
    assert told(said) == []
    lines = (tmp_path / "out").read_text("utf-8").splitlines()
    assert lines == ["own", f"finalized {root} own", f"first {root} own"]


@pytest.mark.parametrize("call", ["os._exit(3)", "os.abort()", "os.kill(os.getpid(), 9)", "os.closerange(0, 1000)"])
def test_an_exit_handler_that_would_end_the_engine(tmp_path: Path, call: str) -> None:
    text = f"import atexit, os\ndef test_registers(): atexit.register(lambda: {call})\n"
    said = run(project(tmp_path, text), tmp_path)
    assert told(said) == [(".", f"{call.partition('(')[0]} needs a process of its own")]
    assert isinstance(said[-1], SessionFinished)


def test_open_sockets_loops_and_files(tmp_path: Path) -> None:
    text = """
import asyncio, os, socket
SERVER = socket.create_server(("127.0.0.1", 0))
LOOP = asyncio.new_event_loop()
FILES = [os.open("port", os.O_CREAT | os.O_RDWR) for _ in range(20)]
def test_leaves():
    os.write(FILES[0], b"%d" % SERVER.getsockname()[1])
    LOOP.run_until_complete(asyncio.sleep(0))
"""
    root = project(tmp_path, text)
    before = len(list(Path("/proc/self/fd").iterdir()))
    said = run(root, tmp_path)
    assert set(outcomes_of(said).values()) == {"passed"}
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", int((root / "port").read_text("utf-8")))) != 0
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_guards_and_survivors_leak_nothing(tmp_path: Path) -> None:
    text = """
import atexit, subprocess, threading
def test_uses():
    atexit.register(print)
    subprocess.run(["true"])
    thread = threading.Thread(target=print)
    thread.start()
    thread.join()
"""
    root = project(tmp_path, text)
    for _ in range(3):
        run(root, tmp_path)
    before, began = resident(), time.monotonic()
    for _ in range(8):
        run(root, tmp_path)
    assert resident() - before < 30_000_000, f"{time.monotonic() - began:.1f} s"
