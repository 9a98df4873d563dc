"""A front's client against engines that die, hang, are of another version, or say nothing that can be understood."""

import asyncio
import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from clientkit import HELLO, Events, FakeEngine, Scene, place_for, played, say_nothing, turns, welcome

from companion.errors import EngineUnavailableError
from companion.front import client as client_module
from companion.messages import (
    CaughtUp,
    Hello,
    Message,
    Status,
    Welcome,
)  # fmt: skip
from companion.runtime.life import hold_life
from companion.runtime.place import place_of
from companion.version import own_version


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with place_for(tmp_path, monkeypatch) as folder:
        yield folder


def test_one_that_lives_is_joined(root: Path) -> None:
    async def play(scene: Scene) -> None:
        engine, client = scene.engine(), scene.client()
        await client.start()
        assert await Events(client).until(CaughtUp) == [Welcome(own_version(), os.getpid()), CaughtUp(0, False)]
        assert engine.heard == [HELLO]
        assert scene.engines == [engine]

    played(root, play)


def test_one_is_started_for_all_who_come(root: Path) -> None:
    async def play(scene: Scene) -> None:
        await asyncio.gather(*(scene.client().start() for _ in range(5)))
        assert len(scene.engines) == 1
        assert sum(isinstance(message, Hello) for message in scene.engines[0].heard) == 5

    played(root, play)


def test_a_root_that_is_gone(root: Path) -> None:
    root.rmdir()

    async def play(scene: Scene) -> None:
        with pytest.raises(EngineUnavailableError, match="not a folder"):
            await scene.client().start()
        assert not scene.engines

    played(root, play)


# --- engines that do not answer -------------------------------------------------------------------------


def test_one_that_is_silent_but_lives_is_not_replaced(root: Path) -> None:
    async def play(scene: Scene) -> None:
        scene.engine(say_nothing)
        with pytest.raises(EngineUnavailableError, match=f"process {os.getpid()}.* does not answer.*kill -9"):
            await scene.client().start()
        assert len(scene.engines) == 1

    played(root, play)


def test_one_that_answers_late_is_joined_by_whoever_comes_again(root: Path) -> None:
    async def play(scene: Scene) -> None:
        engine = scene.engine(say_nothing)
        first = scene.client()
        with pytest.raises(EngineUnavailableError):
            await first.start()
        engine.behave = welcome
        await scene.client().start()
        await first.start()
        assert len(scene.engines) == 1

    played(root, play)


def test_one_whose_queue_of_visitors_is_full(root: Path) -> None:
    """Suspended long ago: not even a connection can be had."""

    async def play(scene: Scene) -> None:
        life = hold_life(scene.place.life)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.fspath(scene.place.socket))
            listener.listen(0)
            visitors = [socket.socket(socket.AF_UNIX) for _ in range(2)]
            for visitor in visitors:
                visitor.setblocking(False)
                visitor.connect_ex(os.fspath(scene.place.socket))
            with pytest.raises(EngineUnavailableError, match=f"process {os.getpid()}"):
                await scene.client().start()
            for visitor in visitors:
                visitor.close()
        os.close(life)
        assert not scene.engines

    played(root, play)


def test_a_socket_that_nobody_serves_is_replaced(root: Path) -> None:
    async def play(scene: Scene) -> None:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.fspath(scene.place.socket))
        await scene.client().start()
        assert len(scene.engines) == 1

    played(root, play)


def test_the_next_one_is_started_when_the_last_has_ended(root: Path) -> None:
    """Nobody can join it any more, but it still has things to do."""

    async def play(scene: Scene) -> None:
        life = hold_life(scene.place.life)
        start = asyncio.create_task(scene.client().start())
        await turns(1_000)
        assert not scene.engines
        os.close(life)
        await start
        assert len(scene.engines) == 1

    played(root, play)


def test_one_that_is_still_starting_is_joined(root: Path) -> None:
    """Whoever started it has been killed meanwhile."""

    async def play(scene: Scene) -> None:
        life = hold_life(scene.place.life)
        start = asyncio.create_task(scene.client().start())
        await turns(1_000)
        scene.engine(life=False)
        await start
        os.close(life)
        assert len(scene.engines) == 1

    played(root, play)


def test_one_of_another_session_is_joined(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its socket is where this session would not look: there is no second engine for all that."""

    async def play(scene: Scene) -> None:
        engine = scene.engine()
        (tmp_path / "session").mkdir()
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "session"))
        assert place_of(root).socket != scene.place.socket
        await scene.client().start()
        await scene.client().start()
        assert scene.engines == [engine]
        assert engine.heard == [HELLO, HELLO]

    played(root, play)


def test_the_lock_cannot_be_had(root: Path) -> None:
    async def play(scene: Scene) -> None:
        scene.place.lock.mkdir()
        with pytest.raises(
            EngineUnavailableError, match=f"{scene.place.lock} cannot be locked .Is a directory.*set XDG"
        ):
            await scene.client().start()

    played(root, play)


def test_there_are_no_descriptors_left(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(scene: Scene) -> None:
        def none_left(*_: object) -> socket.socket:
            raise OSError(errno.EMFILE, "Too many open files")

        monkeypatch.setattr(client_module, "_connect", none_left)
        with pytest.raises(EngineUnavailableError, match=f"engine for {root} cannot be joined.*Too many open files"):
            await scene.client().start()

    played(root, play)


def test_one_of_another_version_ends_and_is_replaced(root: Path) -> None:
    """Nobody hears of it."""

    async def play(scene: Scene) -> None:
        def refuse(engine: FakeEngine, front: int, _message: Message) -> None:
            engine.fronts.send(front, Welcome("0.0.0", 1))
            engine.fronts.send(front, Status("old", "ok", "I end"))
            engine.end()

        old, client = scene.engine(refuse), scene.client()
        await client.start()
        assert await Events(client).until(CaughtUp) == [Welcome(own_version(), os.getpid()), CaughtUp(0, False)]
        assert len(scene.engines) == 2
        assert [type(message) for message in old.heard] == [Hello]

    played(root, play)


@pytest.mark.parametrize("said", [b"", b"\xff" * 100, b"\0\0\0\7half", b"\0\0\0\1T"])
def test_something_else_that_answers_is_no_engine(root: Path, said: bytes) -> None:
    async def play(scene: Scene) -> None:
        async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(said)
            writer.close()

        async with await asyncio.start_unix_server(answer, scene.place.socket):
            await scene.client().start()
        assert len(scene.engines) == 1

    played(root, play)


def test_leaving_while_it_is_waited_for(root: Path) -> None:
    async def play(scene: Scene) -> None:
        engine, client = scene.engine(say_nothing), scene.client()
        start = asyncio.create_task(client.start())
        await engine.until(lambda: len(engine.heard) == 1)
        start.cancel()
        with pytest.raises(asyncio.CancelledError):
            await start
        await client.close()
        assert [event async for event in client.events()] == []

    played(root, play)
