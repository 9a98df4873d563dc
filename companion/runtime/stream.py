"""Channels between processes: the interface of `companion.runtime.channel` over a pair of byte streams.

The streams are descriptors of a socket or of pipes; they are made non-blocking and closed by `close`. Messages are
framed by `companion.runtime.wire`; large blobs are copied. The bound is in bytes, because a stream has no others.

This module also runs in the project's own Python (3.10 or later).
"""

import contextlib
import os
import socket
from collections.abc import Generator

from companion.errors import BrokenResourceError, ClosedResourceError, EndOfChannel, WouldBlock
from companion.messages import Message
from companion.runtime.codec import pack, unpack
from companion.runtime.fds import Deadline, Waiter
from companion.runtime.wire import HEADER, dumps, frame_size, loads

CHUNK = 256 * 1024
TURN = 16
"""Chunks of one huge message that are read or written at once, before an event loop gets its next turn."""
BOUND = 4 * 1024 * 1024
"""Bytes that may wait to be written before a channel counts as full."""
FORGET = b"\0\0\0"
"""Written to a standard error that is kept elsewhere: what was written so far is no reason for what comes."""


class StreamSendChannel:
    """The sending end of a channel over a byte stream; see `companion.runtime.channel.SendChannel`."""

    def __init__(self, fileno: int, bound: int = BOUND) -> None:
        os.set_blocking(fileno, False)
        self._fileno = fileno
        self._bound = bound
        self._waiter = Waiter(fileno, writable=True)
        self._unsent = bytearray()
        self._gone = ""
        self._closed = False

    def fileno(self) -> int:
        """Writable when `flush_nowait` can make progress; for event loops."""
        return self._fileno

    @property
    def unsent(self) -> int:
        """Bytes that wait to be written; call `flush_nowait` when the descriptor is writable."""
        return len(self._unsent)

    def send(self, message: Message, timeout: float | None = None) -> None:
        """As `SendChannel.send`; a message that was begun when the time is up stays, and is sent with the next."""
        deadline = Deadline(timeout)
        frame = dumps(pack(message))
        while True:
            with contextlib.suppress(WouldBlock):
                self._send_frame(frame)
                break
            self._waiter.wait(deadline.left())
        try:
            self.drain(deadline.left() if self._unsent else None)
        except TimeoutError:
            if len(self._unsent) >= len(frame):
                del self._unsent[-len(frame) :]
            raise

    def send_nowait(self, message: Message) -> None:
        self._send_frame(dumps(pack(message)))

    def flush_nowait(self) -> None:
        """Write what the stream takes now. Raises BrokenResourceError if nobody reads it any more."""
        try:
            for _ in range(TURN):
                if not self._unsent:
                    break
                written = os.write(self._fileno, memoryview(self._unsent)[:CHUNK])
                del self._unsent[:written]
        except BlockingIOError:
            return
        except OSError as error:
            self._unsent.clear()
            self._gone = error.strerror or "unreachable"
        if self._gone:
            raise BrokenResourceError(f"the receiver is gone ({self._gone})")

    def drain(self, timeout: float | None = None) -> None:
        """Wait until all that was sent is in the system's hands, which delivers it even if this process ends."""
        if self._closed:
            raise ClosedResourceError("this end of the channel was closed")
        deadline = Deadline(timeout)
        self.flush_nowait()
        while self._unsent:
            self._waiter.wait(deadline.left())
            self.flush_nowait()

    def close(self) -> None:
        """As `SendChannel.close`, but what is still `unsent` is lost: `drain` first."""
        if not self._closed:
            self._closed = True
            self._unsent.clear()
            hang_up(self._fileno, socket.SHUT_WR)

    def forget(self) -> None:
        """Close this process's copy of the descriptor only: another process goes on with the stream."""
        if not self._closed:
            self._closed = True
            os.close(self._fileno)

    def _send_frame(self, frame: bytes) -> None:
        if self._closed:
            raise ClosedResourceError("this end of the channel was closed")
        self.flush_nowait()
        if len(self._unsent) >= self._bound:
            raise WouldBlock
        self._unsent += frame
        self.flush_nowait()


class StreamReceiveChannel:
    """The receiving end of a channel over a byte stream; see `companion.runtime.channel.ReceiveChannel`."""

    def __init__(self, fileno: int) -> None:
        os.set_blocking(fileno, False)
        self._fileno = fileno
        self._waiter = Waiter(fileno)
        self._unread = bytearray()
        self._ended = False
        self._closed = False

    def fileno(self) -> int:
        return self._fileno

    @property
    def begun(self) -> int:
        """Bytes that have been read of a message whose rest has not come yet."""
        return len(self._unread)

    def receive(self, timeout: float | None = None) -> Message:
        deadline = Deadline(timeout)
        while True:
            with contextlib.suppress(WouldBlock):
                return self.receive_nowait()
            self._waiter.wait(deadline.left())

    def receive_nowait(self) -> Message:
        if self._closed:
            raise ClosedResourceError("this end of the channel was closed")
        for _ in range(TURN):
            self._read()
            body = self._frame()
            if body is not None:
                return unpack(loads(body))
        raise WouldBlock

    def pending(self, most: int = 64) -> Generator[Message]:
        for _ in range(most):
            try:
                message = self.receive_nowait()
            except WouldBlock:
                return
            yield message

    def release(self, message: Message) -> None:
        """Nothing was lent."""

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._unread.clear()
            hang_up(self._fileno, socket.SHUT_RD)

    def forget(self) -> None:
        """Close this process's copy of the descriptor only: another process goes on with the stream."""
        if not self._closed:
            self._closed = True
            os.close(self._fileno)

    def read(self, size: int) -> bytes:
        """At most so many bytes of the stream, as `os.read`; for streams that are read in another way."""
        return os.read(self._fileno, size)

    def _frame(self) -> bytes | None:
        if len(self._unread) < HEADER:
            return None
        end = HEADER + frame_size(self._unread[:HEADER])
        if len(self._unread) < end:
            return None
        body = bytes(memoryview(self._unread)[HEADER:end])
        del self._unread[:end]
        return body

    def _lacking(self) -> int:
        """Bytes that the next message, or its header, lacks."""
        begun = len(self._unread)
        return HEADER - begun if begun < HEADER else HEADER + frame_size(self._unread[:HEADER]) - begun

    def _read(self) -> None:
        """Read what the next message lacks, and no more: what is left in the stream wakes its reader again.

        Raises WouldBlock if nothing is there, EndOfChannel at the stream's end.
        """
        try:
            data = b"" if self._ended else self.read(min(CHUNK, self._lacking()))
        except BlockingIOError:
            raise WouldBlock from None
        except OSError:  # reset by a sender that died
            data = b""
        self._unread += data
        if not data:
            self._ended = True
            if self._unread:
                raise BrokenResourceError("the sender ended in the middle of a message")
            raise EndOfChannel("the sender closed the channel")


def hang_up(fileno: int, how: int) -> None:
    """Close a descriptor that is this channel's own; a socket is shut down first.

    Copies of it in other descriptor tables (a spare's private one, a child's) would otherwise keep the line open.
    """
    try:
        line = socket.socket(fileno=fileno)
    except OSError:  # a pipe
        os.close(fileno)
    else:
        with contextlib.suppress(OSError), line:
            line.shutdown(how)


def stream_pair() -> tuple[socket.socket, socket.socket]:
    """Two connected stream sockets: one for this process, one for another."""
    return socket.socketpair()


def open_stream(line: socket.socket) -> tuple[StreamSendChannel, StreamReceiveChannel]:
    """Both ends of a two-way conversation over a connected socket, which belongs to them from now on."""
    return StreamSendChannel(os.dup(line.fileno())), StreamReceiveChannel(line.detach())
