"""Receiving from a byte stream, whatever comes and however it is cut."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runtime_kit import DEADLINE, messages, nothing_left, unhurried

from companion.errors import BrokenResourceError, CodecError, CompanionError, WouldBlock
from companion.messages import Message, OpenDocument, Ping, Status
from companion.runtime.codec import pack
from companion.runtime.fds import Waiter
from companion.runtime.stream import StreamReceiveChannel, StreamSendChannel, stream_pair
from companion.runtime.wire import LARGEST_FRAME, dumps


class Line:
    """A receiving channel whose other side is a bare socket."""

    def __init__(self) -> None:
        self.raw, theirs = stream_pair()
        self.receive = StreamReceiveChannel(theirs.detach())

    def close(self) -> None:
        self.raw.close()
        self.receive.close()


@pytest.fixture
def line() -> Iterator[Line]:
    with nothing_left():
        made = Line()
        yield made
        made.close()


def frame(message: Message) -> bytes:
    return dumps(pack(message))


def test_byte_by_byte(line: Line) -> None:
    whole = frame(Status("a", "ok", "b"))
    for byte in whole[:-1]:
        line.raw.send(bytes([byte]))
        with pytest.raises(WouldBlock):
            line.receive.receive_nowait()
    line.raw.send(whole[-1:])
    assert line.receive.receive_nowait() == Status("a", "ok", "b")


@settings(unhurried, max_examples=50)
@given(st.lists(messages(), max_size=6), st.lists(st.integers(1, 200), min_size=1, max_size=20), st.booleans())
def test_however_it_is_cut(sent: list[Message], cuts: list[int], in_turns: bool) -> None:
    line = Line()
    stream = b"".join(map(frame, sent))
    seen: list[Message] = []
    turn = 0
    while stream:
        cut = cuts[turn % len(cuts)]
        line.raw.sendall(stream[:cut])
        stream = stream[cut:]
        turn += 1
        if in_turns and turn % 2:
            with contextlib.suppress(WouldBlock):
                seen.append(line.receive.receive_nowait())
        else:
            seen += line.receive.pending(2)
    while Waiter(line.receive.fileno()).wait(0):  # what an event loop does: nothing else would wake it
        seen += line.receive.pending(2)
    assert seen == sent
    line.close()


@settings(unhurried, max_examples=200)
@given(st.binary(max_size=60))
def test_garbage(data: bytes) -> None:
    line = Line()
    line.raw.sendall(data)
    line.raw.close()
    with contextlib.suppress(CompanionError):
        for _ in range(100):
            line.receive.receive_nowait()
    line.close()


def test_an_oversized_frame_is_refused_at_its_header(line: Line) -> None:
    line.raw.sendall((LARGEST_FRAME + 1).to_bytes(4) + frame(Ping(1)))
    for _ in range(3):
        with pytest.raises(CodecError):
            line.receive.receive_nowait()


def test_one_bad_message_between_good_ones(line: Line) -> None:
    line.raw.sendall(frame(Ping(1)) + dumps(("Nonsense", 1)) + frame(Ping(2)))
    assert line.receive.receive_nowait() == Ping(1)
    with pytest.raises(CodecError):
        line.receive.receive_nowait()
    assert line.receive.receive_nowait() == Ping(2)


@pytest.mark.parametrize("cut", [1, 4, 5, -1])
def test_the_sender_ends_in_the_middle_of_a_message(line: Line, cut: int) -> None:
    line.raw.sendall(frame(Ping(1)) + frame(Ping(2))[:cut])
    line.raw.close()
    assert line.receive.receive(DEADLINE) == Ping(1)
    for _ in range(2):
        with pytest.raises(BrokenResourceError):
            line.receive.receive(DEADLINE)


def test_an_announced_message_takes_no_memory_ahead(line: Line) -> None:
    line.raw.sendall(LARGEST_FRAME.to_bytes(4) + b"b")
    with pytest.raises(WouldBlock):
        line.receive.receive_nowait()


def test_a_huge_message_does_not_hold_up_the_readers_loop(tmp_path: Path) -> None:
    """However quickly it comes (a file is always readable), others get their turn in between."""
    path = tmp_path / "stream"
    message = OpenDocument("p", 1, bytes(20_000_000))
    path.write_bytes(frame(message) + frame(Ping(1)))
    receive = StreamReceiveChannel(os.open(path, os.O_RDONLY))
    turns = 1
    while not (seen := list(receive.pending(1))):
        turns += 1
    assert seen == [message]
    assert 4 < turns < 20
    assert list(receive.pending(1)) == [Ping(1)]
    receive.close()


def test_a_huge_message_does_not_hold_up_the_writers_loop(tmp_path: Path) -> None:
    path = tmp_path / "stream"
    send = StreamSendChannel(os.open(path, os.O_WRONLY | os.O_CREAT))
    message = OpenDocument("p", 1, bytes(20_000_000))
    send.send_nowait(message)
    turns = 1
    while send.unsent:
        turns += 1
        send.flush_nowait()
    assert 4 < turns < 20
    assert path.read_bytes() == frame(message)
    send.close()


def test_a_flood_does_not_hold_up_the_readers_loop(line: Line) -> None:
    count = 0
    line.raw.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while line.raw.send(frame(Ping(count)) * 50):
            count += 50
    assert count > 1000
    assert len(list(line.receive.pending(64))) == 64
    assert Waiter(line.receive.fileno()).wait(0)


def test_receive_leaves_what_follows_to_the_event_loop(line: Line) -> None:
    """A process reads its settings, and then gives the channel to a loop: what came with them must wake it."""
    line.raw.sendall(frame(Status("settings", "ok", "")) + frame(Ping(1)))
    assert line.receive.receive(DEADLINE) == Status("settings", "ok", "")
    assert Waiter(line.receive.fileno()).wait(0)
    assert list(line.receive.pending()) == [Ping(1)]
