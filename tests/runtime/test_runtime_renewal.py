"""What an engine leaves to the one that goes on in its place: the board, the fronts' lines, the look at the disk."""

import asyncio
import os
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from companion.errors import CompanionError
from companion.messages import CaughtUp, Hello, Message, StopRun, Welcome
from companion.runtime.conversation import Conversation
from companion.runtime.fronts import Fronts
from companion.runtime.renewal import Baton, begin, changed_since, looked_at, read, write
from companion.runtime.stream import stream_pair

BATON = begin(7, ((1, ("-x",)),), 8, {1: 9, 4: 10})
HOUR = 3_600_000_000_000


def test_what_is_written_is_read() -> None:
    board = tuple(CaughtUp(number, running=False) for number in range(1_000))
    assert read(write(BATON, board)) == (BATON, board)


def test_another_version_does_not_go_on_with_it() -> None:
    with pytest.raises(CompanionError, match="another version"):
        read(write(replace(BATON, version="0.0.0"), ()))


def test_nothing_was_left() -> None:
    fileno = os.memfd_create("empty")
    with pytest.raises(CompanionError):
        read(fileno)


def test_a_front_goes_on_with_another_engine(tmp_path: Path) -> None:
    path = tmp_path / "socket"

    async def told(heard: list[Message | None], number: int) -> None:
        async with asyncio.timeout(10.0):
            while len(heard) < number:  # noqa: ASYNC110 - the loop's own turns are what is waited for
                await asyncio.sleep(0)

    async def scenario() -> None:
        heard: list[tuple[int, Message | None]] = []
        said: list[Message | None] = []
        old = Fronts(path, lambda front, message: heard.append((front, message)))
        line = socket.socket(socket.AF_UNIX)
        line.connect(os.fspath(path))
        front = Conversation(line, said.append, lambda _: said.append(None))
        front.send(Hello("test", "1", 1))
        await told(heard, 1)  # type: ignore[arg-type]  # only its length counts
        assert old.settled
        listener, lines = old.hand_over()
        old.close()
        front.send(StopRun())  # while there is no engine
        baton = replace(BATON, listener=listener, fronts=tuple(lines.items()))
        new = Fronts(path, lambda number, message: heard.append((number, message)), inherited=baton)
        await told(heard, 2)  # type: ignore[arg-type]
        new.send(heard[0][0], Welcome("1", 1))
        await told(said, 1)
        assert heard == [(1, Hello("test", "1", 1)), (1, StopRun())]
        assert said == [Welcome("1", 1)]
        second = socket.socket(socket.AF_UNIX)
        second.connect(os.fspath(path))
        later = Conversation(second, said.append, lambda _: None)
        later.send(Hello("later", "1", 2))
        await told(heard, 3)  # type: ignore[arg-type]
        assert heard[2][0] == 2, "no number is given twice"
        for conversation in (front, later):
            conversation.close()
        new.close()
        assert not path.exists()

    asyncio.run(scenario())


def test_half_a_message_is_not_handed_over() -> None:
    async def scenario() -> None:
        ours, theirs = stream_pair()
        conversation = Conversation(ours, lambda _: None, lambda _: None)
        assert conversation.settled
        theirs.send(b"\x10")
        async with asyncio.timeout(10.0):
            while conversation.settled:  # noqa: ASYNC110 - the loop's own turns are what is waited for
                await asyncio.sleep(0)
        conversation.close()
        theirs.close()

    asyncio.run(scenario())


def test_what_was_not_read_is_not_handed_over() -> None:
    async def scenario() -> None:
        ours, theirs = stream_pair()
        conversation = Conversation(ours, lambda _: None, lambda _: None)
        for _ in range(1_000):
            conversation.send(Welcome("x" * 10_000, 1))
        assert not conversation.settled
        conversation.close()
        theirs.close()

    asyncio.run(scenario())


def test_an_old_project_has_not_changed(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "a.py").write_text("")
    assert not changed_since(str(tmp_path), time.time_ns() + HOUR)
    assert changed_since(str(tmp_path), time.time_ns() - HOUR)


@pytest.mark.parametrize("what", ["written", "made", "removed", "moved", "backdated"])
def test_every_change_is_seen(tmp_path: Path, what: str) -> None:
    """Times are set back where the system allows it; of what it does not allow, the present is seen."""
    folder = tmp_path / "package"
    folder.mkdir()
    for name in ("a.py", "b.py"):
        (folder / name).write_text("old")
    looked = time.time_ns()
    match what:
        case "written":
            (folder / "a.py").write_text("new")
        case "made":
            (folder / "c.py").write_text("")
        case "removed":
            (folder / "a.py").unlink()
        case "moved":
            (folder / "a.py").rename(folder / "c.py")
        case _:
            (folder / "a.py").write_text("new")
            os.utime(folder / "a.py", (1, 1))
    assert changed_since(str(tmp_path), looked)


def test_what_is_no_source_is_left_alone(tmp_path: Path) -> None:
    for folder in (".git", "__pycache__", "node_modules", "environment", "package"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "file").write_text("")
    (tmp_path / "environment" / "pyvenv.cfg").write_text("")
    root = str(tmp_path)
    assert sorted(looked_at(root)) == [root, f"{root}/package", f"{root}/package/file"]


def test_a_baton_names_every_descriptor_once() -> None:
    assert isinstance(BATON, Baton)
    assert len({BATON.listener, *(fileno for _, fileno in BATON.fronts)}) == 3


def test_what_the_watcher_may_not_have_told_yet_is_looked_for(tmp_path: Path) -> None:
    saved = tmp_path / "a.py"
    saved.write_text("")
    old = time.time() - 20
    for path in (saved, tmp_path):
        os.utime(path, (old, old))
    # The time of a change of the times cannot be set: that of now is the same as twenty seconds ago.
    now = saved.stat().st_ctime_ns + 20_000_000_000
    soon, late = (begin(1, (), 1, {}, unwatched=seconds).looked - time.time_ns() + now for seconds in (10.0, 30.0))
    assert not changed_since(str(tmp_path), soon)
    assert changed_since(str(tmp_path), late)
