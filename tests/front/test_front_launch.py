"""Starting an engine: what it says, or fails to say, and that nothing is left of its start."""

import asyncio
import errno
import gc
import os
from pathlib import Path

import pytest

from companion.errors import EngineUnavailableError
from companion.front.launch import launch
from companion.runtime.life import Life, hold_life, holder_of
from companion.runtime.place import Place, place_of

READY = "import os, sys; os.write(int(sys.argv[-1]), b'!'); print('a note')"
REFUSES = "import os, sys; os.write(int(sys.argv[-1]), 'no: \\xe4'.encode())"
DETACHES = "import os, sys; os.fork() and os._exit(0); os.write(int(sys.argv[-1]), b'!')"
FAILS = "raise SystemExit('no module is called companion')"
HANGS = """
import os, sys, threading
open(os.path.join(sys.argv[1], "fifo"), "w").write(str(os.getpid()))
threading.Event().wait()
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    socket = tmp_path / "sock"
    return Place(socket, tmp_path / "lock", Life(tmp_path / "life", socket), tmp_path / "log")


def start(place: Place, code: str, *, up: float = 20.0) -> None:
    """Launch this program; what is left open complains."""
    root = place.log.parent
    asyncio.run(launch(root, place, program=("-c", code), up=up))
    gc.collect()


@pytest.mark.parametrize("code", [READY, DETACHES])
def test_one_that_is_ready(place: Place, code: str) -> None:
    start(place, code)


def test_its_output_is_logged(place: Place) -> None:
    place.log.write_text("before\n")
    start(place, READY)
    assert place.log.read_text() == "before\na note\n"


def test_what_it_says_instead_is_told(place: Place) -> None:
    with pytest.raises(EngineUnavailableError, match=r"^no: ä$"):
        start(place, REFUSES)


def test_one_that_says_nothing(place: Place) -> None:
    with pytest.raises(EngineUnavailableError, match=f"did not come up: see {place.log}"):
        start(place, FAILS)
    assert "no module is called companion" in place.log.read_text()


def test_one_that_takes_too_long(place: Place) -> None:
    with pytest.raises(EngineUnavailableError, match=r"has not started within 0\.1 s"):
        start(place, HANGS, up=0.1)


def test_no_log_can_be_written(place: Place) -> None:
    place.log.mkdir()
    with pytest.raises(EngineUnavailableError, match="no engine can be started"):
        start(place, READY)


def test_no_pipe_can_be_made(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left() -> tuple[int, int]:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "pipe", none_left)
    with pytest.raises(EngineUnavailableError, match=f"no engine can be started for .*Too many.*see {place.log}"):
        start(place, READY)


def test_leaving_while_it_starts(place: Place) -> None:
    """The process that was to start it is gone, and so is everything else."""

    async def play() -> int:
        root = place.log.parent
        os.mkfifo(root / "fifo")
        fifo = os.open(root / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        begun = asyncio.Event()
        asyncio.get_running_loop().add_reader(fifo, begun.set)
        starting = asyncio.create_task(launch(root, place, program=("-c", HANGS)))
        await begun.wait()
        asyncio.get_running_loop().remove_reader(fifo)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        pid = int(os.read(fifo, 100))
        os.close(fifo)
        return pid

    pid = asyncio.run(play())
    gc.collect()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_second_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real engine: it ends at once, says who lives there, and touches nothing that is the other's."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    root = tmp_path / "project"
    root.mkdir()
    place = place_of(root)
    life = hold_life(place.life)
    place.socket.write_text("the living engine's")
    with pytest.raises(EngineUnavailableError, match=rf"process {os.getpid()}\) lives but does not answer"):
        asyncio.run(launch(root, place))
    assert place.socket.read_text() == "the living engine's"
    assert not list(root.iterdir())
    assert holder_of(place.life) == os.getpid()
    os.close(life)
