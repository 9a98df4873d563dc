"""Processes of ours: what they say before they end is known, in one line, and never in their way."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from runtime_kit import DEADLINE, nothing_left

from companion.config import Config
from companion.errors import BrokenResourceError, EndOfChannel
from companion.runtime.process import KEPT, LONGEST_LINE, Child, ProcessWorker, how_it_ended, last_words, spawn

TRACEBACK = """\
Traceback (most recent call last):
  File "<string>", line 1, in <module>
    import numpy
    ^^^^^^^^^^^^
ModuleNotFoundError: No module named 'numpy'
"""


def ran(tmp_path: Path, program: str) -> tuple[Child, int | None]:
    """A program that ran to its end as one of our processes, in the place of our own code."""
    child, line = spawn([sys.executable, "-c", program], "no:matter", str(tmp_path))
    os.close(line)
    return child, child.wait(DEADLINE)


def test_what_it_said_is_known_once_it_has_ended(tmp_path: Path) -> None:
    with nothing_left():
        child, code = ran(tmp_path, "import sys; sys.exit('bad luck: \\u00fc')")
        assert (code, child.said) == (1, "bad luck: ü")
        assert child.wait(0) == 1, "asked again"
        child.kill()
        assert child.said == "bad luck: ü"


def test_one_that_says_nothing(tmp_path: Path) -> None:
    child, code = ran(tmp_path, "")
    assert (code, child.said) == (0, "")


def test_however_much_it_says_it_does_not_wait_and_the_end_is_kept(tmp_path: Path) -> None:
    child, code = ran(tmp_path, "import os\nfor i in range(5000): os.write(2, b'%d' % i * 1000)\nos.write(2, b'END')")
    assert code == 0
    assert len(child.said) == KEPT
    assert child.said.endswith("4999END")


def test_what_is_no_text_is_kept_as_far_as_it_is(tmp_path: Path) -> None:
    child, _ = ran(tmp_path, "import os; os.write(2, b'a\\xff\\0b')")
    assert child.said == "a\ufffd\0b"


def test_one_that_is_killed_is_gone_with_all_that_it_started(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys, os, time\n"
        "other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])\n"
        "os.write(1, b'%d' % other.pid); other.wait()"
    )
    with nothing_left():
        child, line = spawn([sys.executable, "-c", program], "no:matter", str(tmp_path))
        grandchild = os.pidfd_open(int(os.read(line, 100)))
        assert child.wait(0) is None
        assert child.said == ""
        child.kill()
        assert child.wait(0) == -signal.SIGKILL
        assert select.select([grandchild], [], [], DEADLINE)[0], "it has ended"
        os.close(grandchild)
        os.close(line)


@pytest.mark.parametrize(
    ("code", "said", "how"),
    [
        (None, TRACEBACK, ""),
        (0, "", "exit code 0"),
        (3, "", "exit code 3"),
        (1, TRACEBACK, "exit code 1: ModuleNotFoundError: No module named 'numpy'"),
        (-11, "", "signal SIGSEGV"),
        (-signal.SIGRTMIN - 1, "", f"signal {signal.SIGRTMIN + 1}"),
        (-6, "Fatal Python error: Aborted\n\n  <no Python frame>", "signal SIGABRT: Fatal Python error: Aborted"),
    ],
)  # fmt: skip
def test_how_it_ended_in_one_line(code: int | None, said: str, how: str) -> None:
    assert how_it_ended(code, said) == how


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", ""),
        ("\n \n", ""),
        ("error: Failed to spawn: `python`\n", "error: Failed to spawn: `python`"),
        (TRACEBACK, "ModuleNotFoundError: No module named 'numpy'"),
        (f"{TRACEBACK}\nDuring handling of the above exception:\n\nTraceback:\nOSError: full\n", "OSError: full"),
        (TRACEBACK + "a note that was added\n", "ModuleNotFoundError: No module named 'numpy'"),
        ("package.errors.BrokenError: on\ntwo lines\n", "package.errors.BrokenError: on"),
        ("\x1b[1;35mValueError\x1b[0m: \x1b[35mcoloured\x1b[0m", "ValueError: coloured"),
        ("SystemExit: 3\r\n", "SystemExit: 3"),
        ("x" * 10_000, "x" * LONGEST_LINE),
    ],
)
def test_last_words(said: str, words: str) -> None:
    assert last_words(said) == words


def test_words_of_the_interpreter_that_cannot_start() -> None:
    """Python's own, from a real one."""
    broken = {"PYTHONHOME": "/no/such/place"}
    said = subprocess.run([sys.executable, "-c", ""], env=broken, capture_output=True, text=True, check=False)
    assert "encodings" in last_words(said.stderr)


def test_an_agent_in_a_process_that_cannot_boot_says_why(tmp_path: Path) -> None:
    with nothing_left():
        worker = ProcessWorker("refactorer", Config(root=str(tmp_path)), "no.such:module")
        with contextlib.suppress(BrokenResourceError):  # found out while the settings were sent
            worker.start()
            with pytest.raises((EndOfChannel, BrokenResourceError)):
                worker.ends[1].receive(DEADLINE)
        for end in worker.ends:
            end.close()
        assert worker.failure == "exit code 1: ModuleNotFoundError: No module named 'no'"


def test_an_agent_in_a_process_that_ended_in_order_did_not_fail(tmp_path: Path) -> None:
    worker = ProcessWorker("refactorer", Config(root=str(tmp_path)), "tests.runtime.runtime_agents:process_main")
    assert worker.failure == "", "it was not started"
    worker.start()
    worker.ends[1].receive(DEADLINE)
    for end in worker.ends:
        end.close()
    assert worker.join(DEADLINE)
    assert worker.failure == ""
