"""The ends of a byte stream: both directions over one line, timeouts, hanging up."""

import contextlib
import os
import socket
import threading
from pathlib import Path
from typing import cast

import pytest
from runtime_kit import DEADLINE, nothing_left
from runtime_pairs import Aside

from companion.errors import BrokenResourceError, EndOfChannel
from companion.messages import OpenDocument, Ping
from companion.runtime.stream import StreamReceiveChannel, StreamSendChannel, hang_up, open_stream, stream_pair


def test_both_ways_over_one_socket() -> None:
    with nothing_left():
        ours, theirs = map(open_stream, stream_pair())
        for mine, other in ((ours, theirs), (theirs, ours)):
            mine[0].send(Ping(1), DEADLINE)
            assert other[1].receive(DEADLINE) == Ping(1)
        ours[0].close()
        with pytest.raises(EndOfChannel):
            theirs[1].receive(DEADLINE)
        theirs[0].send(Ping(2), DEADLINE)
        assert ours[1].receive(DEADLINE) == Ping(2), "the other direction goes on"
        for end in (*ours, *theirs):
            end.close()


def test_pipes() -> None:
    with nothing_left():
        reader, writer = os.pipe()
        send, receive = StreamSendChannel(writer), StreamReceiveChannel(reader)
        send.send(Ping(1), DEADLINE)
        assert receive.receive(DEADLINE) == Ping(1)
        receive.close()
        with pytest.raises(BrokenResourceError):
            send.send(Ping(2), DEADLINE)
        send.close()


def test_ten_megabytes() -> None:
    blob = os.urandom(10_000_000)
    (send, unused), (other, receive) = map(open_stream, stream_pair())
    writer = Aside(lambda: send.send(OpenDocument("p", 1, blob), DEADLINE))
    assert receive.receive(DEADLINE) == OpenDocument("p", 1, blob)
    writer.result()
    for end in (send, unused, other, receive):
        end.close()


def test_a_send_that_times_out_can_be_repeated() -> None:
    """Of a full line nothing was sent; of a message that was begun the rest goes with the next."""
    ours, theirs = stream_pair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
    send, receive = StreamSendChannel(ours.detach()), StreamReceiveChannel(theirs.detach())
    with pytest.raises(TimeoutError):
        send.send(OpenDocument("begun", 0, bytes(100_000)), 0.05)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            send.send(OpenDocument("withdrawn", 0, bytes(100_000)), 0.05)
    writer = Aside(lambda: send.send(Ping(1), DEADLINE))
    assert cast("OpenDocument", receive.receive(DEADLINE)).path == "begun"
    assert receive.receive(DEADLINE) == Ping(1)
    writer.result()
    send.close()
    receive.close()


def test_a_closed_end_never_writes_into_somebody_elses_descriptor(tmp_path: Path) -> None:
    ours, theirs = stream_pair()
    send = StreamSendChannel(ours.detach())
    send.send_nowait(OpenDocument("p", 0, bytes(3_000_000)))
    assert send.unsent
    fileno = send.fileno()
    send.close()
    path = tmp_path / "file"
    with path.open("wb") as file:
        if file.fileno() != fileno:  # the number is free; most often it is the file's already
            os.dup2(file.fileno(), fileno)
        send.flush_nowait()
        if file.fileno() != fileno:
            os.close(fileno)
    assert path.read_bytes() == b""
    theirs.close()


def test_a_copy_elsewhere_does_not_keep_the_line_open() -> None:
    """A child, or a spare's own descriptor table, may hold a copy of the descriptor."""
    ours, theirs = stream_pair()
    copy = os.dup(ours.fileno())
    receive = StreamReceiveChannel(theirs.detach())
    hang_up(ours.detach(), socket.SHUT_WR)
    with pytest.raises(EndOfChannel):
        receive.receive(DEADLINE)
    os.close(copy)
    receive.close()


def test_hanging_up_needs_no_further_descriptor() -> None:
    resource = pytest.importorskip("resource")
    ours, theirs = stream_pair()
    fileno = ours.detach()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open(os.devnull, os.O_RDONLY)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, limits[1]))
        hang_up(fileno, socket.SHUT_WR)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        os.close(lowest)
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(fileno)
    theirs.close()


def test_two_threads_talk_for_a_while() -> None:
    ours, theirs = map(open_stream, stream_pair())

    def answer() -> None:
        with contextlib.suppress(EndOfChannel):
            while True:
                theirs[0].send(theirs[1].receive(DEADLINE), DEADLINE)

    other = threading.Thread(target=answer)
    other.start()
    for number in range(500):
        ours[0].send(Ping(number), DEADLINE)
        assert ours[1].receive(DEADLINE) == Ping(number)
    ours[0].close()
    other.join(DEADLINE)
    for end in (ours[1], *theirs):
        end.close()
