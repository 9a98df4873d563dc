"""Several spares of one process at once: every outcome is pytest's. `benchmarks/concurrent.py` does it for longer."""

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.concurrent import SHARED, Play, copy_of_project, false, plain, play
from companion.runtime.isolation import COMPLETE, SWITCH, Isolation, available

ZONES = "test_zones.py"
"""C libraries look at the process's variable for the time zone, which is the engine's."""
SHARED_FILES = {"test_folders.py", "test_streams.py", "test_variables.py", ZONES}
"""Files of the project that touch what spares share where nothing can be unshared."""

REFUSE = """
import ctypes, struct, sys, platform
number = {"x86_64": 272, "aarch64": 97}[platform.machine()]
load, equal, give = 0x20, 0x15, 0x06
steps = [(load, 0, 0, 0), (equal, 0, 1, number), (give, 0, 0, 0x00050001), (give, 0, 0, 0x7FFF0000)]
code = b"".join(struct.pack("HBBI", *step) for step in steps)
kept = ctypes.create_string_buffer(code)
program = struct.pack("HP", len(steps), ctypes.addressof(kept))
libc = ctypes.CDLL(None, use_errno=True)
no_new_privileges, seccomp, filter = 38, 22, 2
assert libc.prctl(no_new_privileges, 1, 0, 0, 0) == 0
if libc.prctl(seccomp, filter, ctypes.c_char_p(program), 0, 0) != 0:
    print("no filter")
    raise SystemExit
from companion.runtime.isolation import available
print(available())
"""
"""As a container does it: a seccomp filter answers ``unshare`` with EPERM."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_of_project(tmp_path)


@pytest.mark.skipif(available() != COMPLETE, reason="nothing can be unshared here")
def test_at_once(root: Path) -> None:
    expected = plain(root)
    assert set(expected.values()) == {"passed", "failed", "skipped"}
    sessions = play(Play(str(root), spares=4, rounds=2))
    assert len(sessions) == 8
    for session in sessions:
        assert session.outcomes == expected
        assert {node_id for _, node_id, _ in session.told} == {ZONES}
        assert session.problem == ""


@pytest.mark.parametrize("spares", [1, 3])
def test_where_nothing_is_unshared_all_is_equal_or_told(root: Path, spares: int) -> None:
    expected = plain(root)
    for session in play(Play(str(root), spares=spares, rounds=1), SHARED):
        assert false(session, expected) == []
        assert {node_id.partition("::")[0] for _, node_id, _ in session.told} == SHARED_FILES
        reasons = {reason for _, _, reason in session.told}
        assert "capfd needs a process of its own" in reasons
        assert "os.chdir needs a process of its own" in reasons
        assert "os.umask needs a process of its own" in reasons
        moved = {node_id for _, node_id, _ in session.told}
        others = {item: outcome for item, outcome in session.outcomes.items() if item not in moved}
        assert others == {item: expected[item] for item in others}, "what is told breaks nothing else"


def test_capturing_of_descriptors_that_was_asked_for(root: Path) -> None:
    """pytest would redirect the engine's own."""
    (session,) = play(Play(str(root), arguments=("--capture=fd", "test_variables.py")), SHARED)
    assert session.outcomes["test_variables.py::test_locale"] == "passed"
    assert session.problem == ""


def test_the_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "off")
    assert available() is Isolation.NOTHING


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
def test_a_system_that_refuses() -> None:
    assert ctypes.sizeof(ctypes.c_void_p) == 8
    done = subprocess.run([sys.executable, "-c", REFUSE], capture_output=True, text=True, check=True)
    if done.stdout == "no filter\n":
        pytest.skip("no seccomp filter can be set here")
    assert done.stdout == "Isolation.NOTHING\n"
