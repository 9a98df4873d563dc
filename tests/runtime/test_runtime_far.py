"""Spares behind a command: their code comes over the line, and so does their end."""

import json
import os
import select
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from runtime_kit import DEADLINE, nothing_left

from companion.errors import EndOfChannel
from companion.messages import ItemFinished, ItemStarted, Message, Prepare, RunItems, SessionFinished, Warm
from companion.runtime.far import FarSpare, spawn_far
from companion.runtime.hiring import PROCESS_ENTRY
from companion.runtime.lent import borrow

HANGS = """\
import json, os, subprocess, sys
def test_it():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    with open("pids", "w") as out:
        json.dump([os.getppid(), os.getpid(), child.pid], out)
    print("told")
    while True:
        pass
"""


class Conversation:
    """A far spare of this Python, and the runner's side of its line."""

    def __init__(self, root: Path, *python: str) -> None:
        self.root = root
        child, line = spawn_far(python or (sys.executable,), PROCESS_ENTRY, str(root), str(root))
        self.spare = FarSpare(child, line)
        self.send, self.receive = borrow(self.spare.handles)

    def prepare(self) -> Warm:
        snapshot = (("prefix", sys.prefix), ("sites", ()))
        self.send.send(Prepare(str(self.root), "process", snapshot, (), 10_000, "", ""), DEADLINE)
        warm = self.receive.receive(DEADLINE)
        assert isinstance(warm, Warm)
        return warm

    def run(self, *arguments: str) -> None:
        assert self.prepare().problem == ""
        self.send.send(RunItems(1, arguments, (), DEADLINE), DEADLINE)

    def until(self, kind: type[Message]) -> list[Message]:
        said: list[Message] = []
        while not said or not isinstance(said[-1], kind):
            said.append(self.receive.receive(DEADLINE))
        return said

    def hang_up(self) -> None:
        self.send.close()
        self.receive.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "test_it.py").write_text("def test_good(): pass\ndef test_bad(): assert 0\n")
    return tmp_path


@pytest.fixture
def far(root: Path) -> Iterator[Conversation]:
    with nothing_left():
        made = Conversation(root)
        yield made
        made.hang_up()
        made.spare.kill()
        made.spare.close()
        del made


def pids_of(far: Conversation) -> list[int]:
    """The guard, the spare, and what a test there started; each is watched, so that no number can be another's."""
    (far.root / "test_it.py").write_text(HANGS)
    far.run("-s")
    far.until(ItemStarted)
    path = far.root / "pids"
    while not path.exists() or not path.read_text().endswith("]"):
        pass
    return [os.pidfd_open(pid) for pid in json.loads(path.read_text())]


def gone(pidfds: list[int]) -> bool:
    try:
        return all(select.select([pidfd], [], [], DEADLINE)[0] for pidfd in pidfds)
    finally:
        for pidfd in pidfds:
            os.close(pidfd)


def test_a_whole_session(far: Conversation) -> None:
    far.run()
    said = far.until(SessionFinished)
    outcomes = {one.id: one.outcome for one in said if isinstance(one, ItemFinished)}
    assert outcomes == {"test_it.py::test_good": "passed", "test_it.py::test_bad": "failed"}
    with pytest.raises(EndOfChannel):
        far.receive.receive(DEADLINE)
    assert far.spare.reap(lambda: None) == "exit code 0"


def test_its_line_s_end_is_its_own_and_that_of_what_it_started(far: Conversation) -> None:
    pids = pids_of(far)
    far.hang_up()
    assert gone(pids)


def test_it_is_killed_by_its_line(far: Conversation) -> None:
    pids = pids_of(far)
    far.spare.kill()
    assert gone(pids)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_to_the_guard_ends_all(far: Conversation, number: int) -> None:
    pids = pids_of(far)
    signal.pidfd_send_signal(pids[0], number)
    assert gone(pids)


def test_a_runner_that_hangs_up_at_once(far: Conversation) -> None:
    far.hang_up()
    assert far.spare.reap(lambda: None) == "exit code 0"


@pytest.mark.parametrize(
    ("end", "how"),
    [
        ("os._exit(3)", "exit code 3"),
        ("os.abort()", "signal SIGABRT"),
        ("os.kill(os.getpid(), 9)", "signal SIGKILL"),
    ],
)
def test_how_it_ended(far: Conversation, end: str, how: str) -> None:
    (far.root / "test_it.py").write_text(f"import os\ndef test_it(): {end}\n")
    far.run()
    with pytest.raises(EndOfChannel):
        far.until(SessionFinished)
    assert far.spare.reap(lambda: None) == how


def test_what_was_said_before_it_was_warm_is_no_reason_later(root: Path) -> None:
    """Where it is kept behind a pipe, as a container's is, nobody there can cut it off."""
    python = root / "python"
    python.write_text(f'#!/bin/sh\nexec 3>&1\n{{ "{sys.executable}" -X importtime "$@" 2>&1 >&3 3>&-; }} | cat >&2\n')
    python.chmod(0o755)
    with nothing_left():
        far = Conversation(root, str(python))
        (root / "test_it.py").write_text("import os\ndef test_it(): os._exit(3)\n")
        far.run()
        with pytest.raises(EndOfChannel):
            far.until(SessionFinished)
        assert far.spare.reap(lambda: None) == "exit code 0"  # the last one's of a pipe
        far.hang_up()
        far.spare.close()
        del far


def test_a_command_that_does_not_come_so_far_says_why(root: Path) -> None:
    with nothing_left():
        far = Conversation(root, "sh", "-c", "echo 'service \"web\" is not running' >&2; exit 1")
        with pytest.raises(EndOfChannel):
            far.receive.receive(DEADLINE)
        assert far.spare.reap(lambda: None) == 'exit code 1: service "web" is not running'
        far.hang_up()
        far.spare.close()
        del far


def test_a_command_that_passes_no_input_on_is_told_to(root: Path) -> None:
    with nothing_left():
        far = Conversation(root, "sh", "-c", f'exec "{sys.executable}" "$@" < /dev/null', "far")
        with pytest.raises(EndOfChannel):
            far.receive.receive(DEADLINE)
        how = far.spare.reap(lambda: None)
        assert how == "exit code 1: its standard input ended at once: the command must pass it on"
        far.hang_up()
        far.spare.close()
        del far


def test_no_file_of_the_project_stands_for_a_module_while_it_starts(far: Conversation) -> None:
    for name in ("zlib", "marshal", "select", "signal", "importlib", "contextlib", "companion"):
        (far.root / f"{name}.py").write_text("raise AssertionError('the user\\'s code runs')")
    other = Conversation(far.root)
    try:
        assert other.prepare().problem == ""
    finally:
        other.hang_up()
        other.spare.kill()
        other.spare.close()
