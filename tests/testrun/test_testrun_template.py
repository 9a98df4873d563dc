"""The template of the process lane, as a real process: it forks, kills, catches up, starts again, and ends."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sessionkit import snapshot_of

from companion.errors import CompanionError, EndOfChannel
from companion.messages import ItemFinished, ItemStarted, Message, Outdated, Prepare, RunItems, SessionFinished, Warm
from companion.runtime.lent import borrow
from companion.runtime.template import ForkedSpare, Template, can_fork

DEADLINE = 60.0
PYTHON = (sys.executable,)

pytestmark = pytest.mark.skipif(not can_fork(), reason="templates need pidfds")

WAITS = """
import os, time
def test_waits():
    while os.path.exists("go on"):
        time.sleep(0.001)
"""


class Line:
    """The runner's side of one spare."""

    def __init__(self, spare: ForkedSpare) -> None:
        self.spare = spare
        self._send, self._receive = borrow(spare.handles)

    def prepare(self, root: Path, *preload: str) -> None:
        snapshot = snapshot_of(root)
        self._send.send(Prepare(str(root), "process", snapshot, preload, 1000, "", ""), DEADLINE)

    def run(self, *arguments: str) -> None:
        self._send.send(RunItems(1, arguments, (), DEADLINE), DEADLINE)

    def until(self, kind: type[Message]) -> list[Message]:
        """What it says, up to the first of this kind."""
        said: list[Message] = []
        while not said or not isinstance(said[-1], kind):
            said.append(self._receive.receive(DEADLINE))
        return said

    def outcomes(self) -> dict[str, str]:
        """Of a whole session."""
        said = self.until(SessionFinished)
        return {one.id: one.outcome for one in said if isinstance(one, ItemFinished)}

    def hang_up(self) -> None:
        self._send.close()
        self._receive.close()
        self.spare.close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (root / "test_it.py").write_text("def test_good(): pass\ndef test_bad(): assert 0\n")
    return root


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that project and template import from."""
    folder = tmp_path / "library"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


@pytest.fixture
def template(project: Path, library: Path) -> Iterator[Template]:
    made = Template(PYTHON, str(project))
    yield made
    made.close()


@pytest.fixture
def fork(template: Template, project: Path) -> Iterator[Callable[..., Line]]:
    """A new spare that has been told what it is for."""
    lines: list[Line] = []

    def one(*preload: str) -> Line:
        line = Line(template.fork(len(lines) + 1))
        lines.append(line)
        line.prepare(project, *preload)
        return line

    yield one
    for line in lines:
        line.hang_up()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_each_spare_runs_a_session_of_its_own(fork: Callable[..., Line]) -> None:
    lines = [fork() for _ in range(3)]
    for line in lines:
        assert [type(one) for one in line.until(Warm)] == [Warm]
    for line in lines:
        line.run()
        assert line.outcomes() == {"test_it.py::test_good": "passed", "test_it.py::test_bad": "failed"}
        assert line.spare.reap(lambda: None) == ""
    assert len({line.spare.pid for line in lines}) == 3


def test_what_a_session_changes_no_other_sees(fork: Callable[..., Line], project: Path) -> None:
    (project / "test_it.py").write_text(
        "import os, sys\n"
        "def test_alone():\n"
        "    assert not hasattr(sys, 'spoiled') and 'SPOILED' not in os.environ and os.path.exists('test_it.py')\n"
        "    sys.spoiled, os.environ['SPOILED'] = 1, '1'\n"
        "    os.chdir('/')\n"
    )
    for _ in range(2):
        line = fork()
        line.run()
        assert line.outcomes() == {"test_it.py::test_alone": "passed"}


def test_a_spare_is_killed_with_all_that_it_started_and_the_others_go_on(
    fork: Callable[..., Line], project: Path
) -> None:
    (project / "go on").touch()
    (project / "test_it.py").write_text(
        "import subprocess, sys\n"
        f"{WAITS}\n"
        "def test_starts():\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(1000)'])\n"
        "    open('child', 'w').write(str(child.pid))\n"
        "    open('started', 'w').close()\n"
        "    child.wait()\n"
    )
    other, line = fork(), fork()
    other.run("test_it.py::test_waits")
    other.until(ItemStarted)
    line.run("test_it.py::test_starts")
    line.until(ItemStarted)
    while not (project / "started").exists():
        pass
    line.spare.kill()
    assert line.spare.over.wait(DEADLINE)
    assert line.spare.how == "signal SIGKILL"
    with pytest.raises(CompanionError):
        line.until(SessionFinished)
    _gone(int((project / "child").read_text()))
    (project / "go on").unlink()
    assert other.outcomes() == {"test_it.py::test_waits": "passed"}


def _gone(pid: int) -> None:
    """It was killed: it is gone as soon as the system has taken it away."""
    status = Path(f"/proc/{pid}/status")
    while is_alive(pid):
        try:
            if "State:\tZ" in status.read_text():  # nobody waits for it in this container
                return
        except FileNotFoundError:
            return


def test_how_a_spare_ended(fork: Callable[..., Line], project: Path) -> None:
    for code, how in (("os._exit(3)", "exit code 3"), ("os.abort()", "signal SIGABRT")):
        (project / "test_it.py").write_text(f"import os\ndef test_it(): {code}\n")
        line = fork()
        line.run()
        with pytest.raises(CompanionError):
            line.until(SessionFinished)
        assert line.spare.reap(lambda: None) == how


def test_closing_ends_everything(template: Template, fork: Callable[..., Line], project: Path) -> None:
    (project / "go on").touch()
    (project / "test_it.py").write_text(WAITS)
    waiting, running = fork(), fork()
    waiting.until(Warm)
    running.run()
    running.until(ItemStarted)
    template.close()
    for line in (waiting, running):
        assert line.spare.over.wait(DEADLINE)
        assert not is_alive(line.spare.pid)
    assert not template.alive


def test_a_template_that_dies(template: Template, fork: Callable[..., Line]) -> None:
    """What it had forked goes on to its end, or until it is killed."""
    line, other = fork(), fork()
    for one in (line, other):
        one.until(Warm)
    os.kill(int(template.describe().detail.split()[1]), signal.SIGKILL)
    line.run()
    assert line.outcomes() == {"test_it.py::test_good": "passed", "test_it.py::test_bad": "failed"}
    assert line.spare.reap(None) == ""
    assert not template.alive
    other.spare.kill()
    assert other.spare.over.wait(DEADLINE)


def test_a_runner_that_hangs_up_before_it_said_what_for(template: Template, fork: Callable[..., Line]) -> None:
    line = Line(template.fork(77))
    line.hang_up()
    assert line.spare.over.wait(DEADLINE)
    assert line.spare.how == ""
    fork().until(Warm)


def test_what_is_learned_later_is_imported_ahead(fork: Callable[..., Line], library: Path, project: Path) -> None:
    (library / "helpful.py").write_text("import os\nby = os.getpid()\n")
    (project / "test_it.py").write_text(
        "import os, helpful\ndef test_ahead(): assert helpful.by == os.getppid()\n"
        "def test_later(): assert helpful.by == os.getpid()\n"
    )
    first, second = fork(), fork("helpful")
    first.run()
    assert first.outcomes() == {"test_it.py::test_ahead": "failed", "test_it.py::test_later": "passed"}
    second.run()
    assert second.outcomes() == {"test_it.py::test_ahead": "passed", "test_it.py::test_later": "failed"}


def test_what_was_imported_ahead_and_is_another_by_now(
    template: Template, fork: Callable[..., Line], library: Path, project: Path
) -> None:
    """The same process starts again; what it has forked goes on, and is still told of."""
    (project / "go on").touch()
    helpful = library / "helpful.py"
    helpful.write_text("value = 1\n")
    (project / "test_it.py").write_text(f"import helpful\n{WAITS}\ndef test_new(): assert helpful.value == 2\n")
    old = fork("helpful")
    old.run("test_it.py::test_waits")
    old.until(ItemStarted)
    helpful.write_text("value = 2  # longer, as its time may be the same\n")
    os.utime(helpful, ns=(1, 1))
    pid = template.describe().detail
    new = fork("helpful")
    new.run("test_it.py::test_new")
    assert new.outcomes() == {"test_it.py::test_new": "passed"}
    assert template.describe().detail == pid
    (project / "go on").unlink()
    assert old.outcomes() == {"test_it.py::test_waits": "passed"}
    assert old.spare.reap(lambda: None) == ""


def test_where_a_library_starts_threads_the_template_is_the_spare(
    template: Template, fork: Callable[..., Line], library: Path, project: Path
) -> None:
    (library / "threads.py").write_text(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    line = fork("threads")
    line.run()
    assert line.outcomes() == {"test_it.py::test_good": "passed", "test_it.py::test_bad": "failed"}
    assert line.spare.reap(lambda: None) == ""
    assert not template.can_fork
    assert not template.alive


def test_a_template_that_is_the_spare_is_killed_as_any_other(
    fork: Callable[..., Line], library: Path, project: Path
) -> None:
    (library / "threads.py").write_text(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    (project / "go on").touch()
    (project / "test_it.py").write_text(WAITS)
    line = fork("threads")
    line.run()
    line.until(ItemStarted)
    line.spare.kill()
    assert line.spare.over.wait(DEADLINE)
    assert line.spare.how == "signal SIGKILL"


def test_a_spare_that_waits_refuses_when_what_it_imported_is_another(
    fork: Callable[..., Line], library: Path
) -> None:
    helpful = library / "helpful.py"
    helpful.write_text("value = 1\n")
    line = fork("helpful")
    line.until(Warm)
    helpful.write_text("value = 2  # longer, as its time may be the same\n")
    os.utime(helpful, ns=(1, 1))
    line.run()
    assert [type(one) for one in line.until(Outdated)] == [Outdated]
    assert line.spare.reap(None) == ""


def test_no_line_of_ours_is_handed_down(fork: Callable[..., Line], project: Path) -> None:
    (project / "test_it.py").write_text(
        "import os\ndef test_it(): assert [f for f in map(int, os.listdir('/proc/self/fd'))"
        " if f > 2 and os.path.exists(f'/proc/self/fd/{f}') and os.get_inheritable(f)] == []\n"
    )
    line = fork()
    line.run()
    assert line.outcomes() == {"test_it.py::test_it": "passed"}


def test_libraries_are_asked_for_one_thread_and_tests_are_not(
    fork: Callable[..., Line], library: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    (library / "blas.py").write_text("import os\nthreads = os.environ.get('OPENBLAS_NUM_THREADS')\n")
    (project / "test_it.py").write_text(
        "import os, blas\n"
        "def test_it(): assert (blas.threads, os.environ.get('OPENBLAS_NUM_THREADS')) == ('1', None)\n"
    )
    for preload in ("blas", "blas"):
        line = fork(preload)
        line.run()
        assert line.outcomes() == {"test_it.py::test_it": "passed"}


def test_a_python_without_pytest(fork: Callable[..., Line], library: Path) -> None:
    (library / "pytest.py").write_text("raise ImportError('no pytest here')\n")
    for _ in range(2):
        said = fork().until(Warm)
        assert said == [said[0]]
        assert isinstance(said[0], Warm)
        assert said[0].problem == "pytest cannot be imported (no pytest here)"


def test_a_python_that_cannot_start(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'Oops: nothing works' >&2\nexit 7\n")
    python.chmod(0o755)
    template = Template((str(python),), str(tmp_path))
    try:
        line = Line(template.fork(1))
    except OSError:  # it had ended already
        pass
    else:
        with pytest.raises(EndOfChannel):
            line.until(Warm)
        assert line.spare.reap(lambda: None) == "exit code 7: Oops: nothing works"
        line.hang_up()
    finally:
        template.close()
