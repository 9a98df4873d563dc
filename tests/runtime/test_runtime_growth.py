"""What crosses does not stay: resident memory after bursts in each direction."""

import gc
from typing import Any, cast

import pytest
from runtime_kit import DEADLINE, working

from companion.messages import FileChange, FilesChanged, OpenDocument, Status
from companion.runtime.channel import LARGEST_BOUND
from companion.runtime.codec import LARGE
from companion.runtime.memory import resident

MEGABYTE = 1_000_000
pytestmark = pytest.mark.skipif(resident() == 0, reason="this system does not tell")


def document(size: int, number: int) -> OpenDocument:
    return OpenDocument("p", number, bytes(size))


def grown(before: int) -> float:
    """Megabytes since then."""
    gc.collect()
    return (resident() - before) / MEGABYTE


def test_bursts_do_not_grow_us() -> None:
    """900 MB in each direction; what finds no place among the sender's pending releases is lost for good."""
    with working("swallow") as sink, working("pour") as source:
        before = resident()
        for number in range(3000):
            sink.send.send(document(300_000, number), DEADLINE)
        sink.send.drain(DEADLINE)
        source.send.send(Status("300000", "ok", "3000"), DEADLINE)
        for number in range(3000):
            message = source.receive.receive(DEADLINE)
            assert isinstance(message, OpenDocument)
            assert message.version == number
            source.receive.release(message)
            del message
        assert grown(before) < 150


def test_many_blobs_in_one_message_do_not_grow_us() -> None:
    """A checkout of a thousand large files: 70 MB a message, of which no more than `LARGEST_BOUND` views are lent."""
    with working("swallow") as sink:
        before = resident()
        for _ in range(8):
            changes = [FileChange(f"{n}", "created", "", "h", (), bytes(LARGE + 5000)) for n in range(1000)]
            sink.send.send(FilesChanged(tuple(changes), "disk"), DEADLINE)
            assert cast("Any", sink.send)._lent == LARGEST_BOUND
            del changes
            sink.send.drain(DEADLINE)
            assert cast("Any", sink.send)._lent == 0
        assert grown(before) < 250
