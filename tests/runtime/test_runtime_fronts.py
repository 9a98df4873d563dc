"""The engine's side of its fronts, over a real socket: whatever one of them does, it is nobody else's trouble."""

import asyncio
import os
import resource
import socket
import stat
import struct
from pathlib import Path
from typing import Any, cast

import pytest
from runtime_sockets import Stage, frame, staged

from companion.errors import CodecError, CompanionError, EndOfChannel
from companion.messages import Message, OpenDocument, Ping, Pong, Status

GARBAGE = {
    "no frame": b"\xff" * 64,
    "no value": struct.pack(">I", 3) + b"???",
    "no message": struct.pack(">I", 1) + b"T",
    "no number": frame(Ping(cast("int", "one"))),
    "of another version": struct.pack(">I", 15)
    + b"("
    + struct.pack(">I", 1)
    + b"s"
    + struct.pack(">I", 5)
    + b"Haile",
}


def test_two_fronts_are_told_apart(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        first, second = await stage.join(), await stage.join()
        first.say(Ping(1))
        second.say(Ping(2))
        await stage.until(lambda: len(stage.log) == 2)
        assert sorted(stage.log, key=lambda entry: entry[0]) == [(1, Ping(1)), (2, Ping(2))]
        stage.fronts.send(1, Pong(1))
        stage.fronts.publish(Pong(3), frozenset({1, 2, 99}))
        assert [await first.hear(), await first.hear(), await second.hear()] == [Pong(1), Pong(3), Pong(3)]

    staged(tmp_path, play)


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_ends_the_one_that_sent_it(tmp_path: Path, kind: str) -> None:
    async def play(stage: Stage) -> None:
        bad, good = await stage.join(), await stage.join()
        bad.say(Ping(1))
        bad.writer.write(GARBAGE[kind])
        bad.say(Ping(2))
        await stage.heard(1, None)
        assert await bad.is_left()
        good.say(Ping(3))
        await stage.heard(2, Ping(3))
        assert stage.log == [(1, Ping(1)), (1, None), (2, Ping(3))]

    staged(tmp_path, play)


def test_half_a_frame_waits_for_its_other_half(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        slow, other = await stage.join(), await stage.join()
        whole = frame(OpenDocument("a.py", 1, b"text"))
        for at in range(len(whole)):
            slow.writer.write(whole[at : at + 1])
            await slow.writer.drain()
            other.say(Ping(at))
            await stage.heard(2, Ping(at))
        await stage.heard(1, OpenDocument("a.py", 1, b"text"))

    staged(tmp_path, play)


@pytest.mark.parametrize("sent", [b"", b"\x00", frame(Ping(1))[:-1]])
def test_one_that_closes_in_the_middle_has_left_once(tmp_path: Path, sent: bytes) -> None:
    async def play(stage: Stage) -> None:
        peer = await stage.join()
        peer.writer.write(sent)
        await peer.close()
        await stage.heard(1, None)
        stage.fronts.send(1, Ping(1))
        stage.fronts.leave(1)
        assert stage.log == [(1, None)]

    staged(tmp_path, play)


def test_one_that_floods_leaves_the_others_their_turn(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        loud, quiet = await stage.join(), await stage.join()
        flood = b"".join(frame(Ping(number)) for number in range(5_000))
        loud.writer.write(flood)
        quiet.say(Pong(0))
        await stage.heard(1, Ping(4_999))
        assert stage.log.index((2, Pong(0))) < 4_000
        assert [message for front, message in stage.log if front == 1] == [Ping(number) for number in range(5_000)]

    staged(tmp_path, play)


def test_many_fronts(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        peers = [await stage.join() for _ in range(60)]
        for number, peer in enumerate(peers):
            peer.say(Ping(number))
        await stage.until(lambda: len(stage.log) == 60)
        assert {front for front, _ in stage.log} == set(range(1, 61))
        stage.fronts.publish(Pong(1), frozenset(range(1, 61)))
        assert [await peer.hear() for peer in peers] == [Pong(1)] * 60

    staged(tmp_path, play)


def test_one_that_does_not_read_is_cut_off_and_nobody_waits(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        deaf = socket.socket(socket.AF_UNIX)
        deaf.connect(os.fspath(stage.path))
        deaf.sendall(frame(Ping(1)))
        await stage.heard(1, Ping(1))
        peer = await stage.join()
        peer.say(Ping(2))
        await stage.heard(2, Ping(2))
        sent = 0
        while (1, None) not in stage.log:
            stage.fronts.send(1, Status("flood", "ok", "x" * 10_000))
            stage.fronts.send(2, Pong(sent))
            assert await peer.hear() == Pong(sent)
            sent += 1
        assert sent > 50, "it had that much room"
        deaf.close()

    staged(tmp_path, play, bound=50)


def test_leaving_one_while_it_is_heard(tmp_path: Path) -> None:
    """The rest of what it said is not heard any more, and its end once."""

    async def play(stage: Stage) -> None:
        def leave(front: int, message: Message | None) -> None:
            if message == Ping(1):
                stage.fronts.leave(front)

        stage.react = leave
        peer = await stage.join()
        peer.say(Ping(1), Ping(2), Ping(3))
        assert await peer.is_left()
        await asyncio.sleep(0)
        assert stage.log == [(1, Ping(1)), (1, None)]

    staged(tmp_path, play)


def test_closing_while_one_is_heard(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        stage.react = lambda _front, message: stage.fronts.close() if message == Ping(1) else None
        first, second = await stage.join(), await stage.join()
        first.say(Ping(1), Ping(2))
        assert await first.is_left()
        assert await second.is_left()
        assert stage.log[0] == (1, Ping(1))
        assert sorted(front for front, message in stage.log if message is None) == [1, 2]

    staged(tmp_path, play)


@pytest.mark.parametrize("error", [CompanionError("ours"), EndOfChannel("ours"), LookupError("ours")])
def test_a_handler_that_raises_ends_nobody(tmp_path: Path, error: Exception) -> None:
    async def play(stage: Stage) -> None:
        def fail(_front: int, message: Message | None) -> None:
            if message == Ping(1):
                raise error

        stage.react = fail
        peer = await stage.join()
        peer.say(Ping(1), Ping(2))
        await stage.heard(1, Ping(2))
        stage.fronts.send(1, Pong(1))
        assert await peer.hear() == Pong(1)
        assert stage.log == [(1, Ping(1)), (1, Ping(2))]

    staged(tmp_path, play, problems=(str(error),))


def test_what_cannot_be_sent_is_our_own_mistake(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        peer = await stage.join()
        peer.say(Ping(1))
        await stage.heard(1, Ping(1))
        with pytest.raises(CodecError):
            stage.fronts.send(1, Ping(2**70))
        stage.fronts.send(1, Pong(1))
        assert await peer.hear() == Pong(1)

    staged(tmp_path, play)


def test_without_descriptors_the_loop_is_not_kept_busy(tmp_path: Path) -> None:
    """Who cannot be let in waits until somebody can."""

    async def play(stage: Stage) -> None:
        loop = asyncio.get_running_loop()
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(os.fspath(stage.path))
        peer.sendall(frame(Ping(1)))
        free = os.dup(0)
        os.close(free)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
        try:
            for _ in range(3):
                await asyncio.sleep(0)
            listener = cast("Any", stage.fronts)._listener
            assert not loop.remove_reader(listener.fileno()), "nobody watches it"
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        await stage.heard(1, Ping(1))
        peer.close()

    staged(tmp_path, play)


def test_only_this_user_can_connect(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        assert stat.S_IMODE(stage.path.stat().st_mode) == 0o600

    staged(tmp_path, play)


def test_what_a_dead_engine_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("left over")

    async def play(stage: Stage) -> None:
        await stage.join()
        stage.fronts.close()
        assert not stage.path.exists()
        with pytest.raises(OSError, match="No such file"):
            await stage.join()

    staged(tmp_path, play)


def test_a_socket_that_took_the_place_of_ours_stays(tmp_path: Path) -> None:
    async def play(stage: Stage) -> None:
        stage.path.unlink()
        stage.path.write_text("another engine's")
        stage.fronts.close()
        assert stage.path.exists()

    staged(tmp_path, play)
