"""Small parts: URIs, throttle, publisher, writer, parent watch."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from lsp import parent
from lsp.publisher import Publisher
from lsp.stdio import Writer
from lsp.ticker import Throttle
from lsp.uris import Root, path_of, uri_of


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///tmp/a%20b%25%2B%23.py", "/tmp/a b%+#.py"),
        ("file:///tmp/a+b#c?d.py", "/tmp/a+b#c?d.py"),
        ("file://localhost/tmp/x", "/tmp/x"),
        ("file:///tmp/x/../y/", "/tmp/y"),
        ("file://elsewhere/tmp/x", None),
        ("untitled:Untitled-1", None),
        ("vscode-notebook-cell:/tmp/a.ipynb#1", None),
        ("file:///tmp/%00", None),
        ("file:relative", None),
        ("/tmp/x", None),
        ("", None),
    ],
)
def test_path_of(uri: str, path: str | None) -> None:
    assert path_of(uri) == (None if path is None else Path(path))


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1).filter(
    lambda n: n not in {".", ".."}
)


@given(st.lists(NAMES, min_size=1, max_size=3))
def test_paths_there_and_back(names: list[str]) -> None:
    relative = "/".join(names)
    root = Root("file:///sho%70", Path("/shop"), Path("/shop"))
    assert path_of(uri_of(Path("/shop") / relative)) == Path("/shop") / relative
    found = path_of(root.uri_for(relative))
    assert found is not None
    assert root.relative(found) == Path(relative).as_posix()


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[tuple[float, Callable[[], object]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Clock:
        self.calls.append((self.now + delay, callback))
        return self

    def cancel(self) -> None:
        self.calls.clear()

    def advance(self, seconds: float) -> None:
        self.now += seconds
        due = [call for when, call in self.calls if when <= self.now]
        self.calls = [(when, call) for when, call in self.calls if when > self.now]
        for call in due:
            call()


def test_throttle() -> None:
    clock, done = Clock(), list[float]()
    throttle = Throttle(clock, 1.0, lambda: done.append(clock.now))
    throttle.now()
    for _ in range(3):
        throttle.poke()
    clock.advance(0.0)
    throttle.poke()
    clock.advance(0.5)
    assert done == [0.0]
    clock.advance(0.5)
    throttle.poke()
    throttle.now()
    throttle.now()
    assert done == [0.0, 1.0, 1.0]


def test_publisher_sends_the_union_and_only_differences() -> None:
    sent: list[tuple[str, list[str], int | None]] = []
    publisher = Publisher(lambda p: sent.append((p.uri, [d.message for d in p.diagnostics], p.version)), lambda _: 7)
    zero = types.Range(types.Position(0, 0), types.Position(0, 0))
    one, two = (types.Diagnostic(zero, message) for message in ("one", "two"))
    publisher.put("a", "u", [])
    publisher.put("a", "u", [one])
    publisher.put("a", "u", [one])
    publisher.put("b", "u", [two])
    publisher.put("a", "u", [])
    publisher.put("b", "u", [])
    publisher.put("b", "u", [])
    assert sent == [("u", ["one"], 7), ("u", ["one", "two"], 7), ("u", ["two"], 7), ("u", [], 7)]


def test_an_editor_that_does_not_read_counts_as_gone() -> None:
    incoming, outgoing = os.pipe()
    broken = threading.Event()
    writer = Writer(outgoing, most_unsent=1_000_000, broken=broken.set)
    for _ in range(20):
        writer.write(b"x" * 100_000)
    assert broken.wait(5)
    os.close(incoming)
    writer.close(5)
    os.close(outgoing)


def test_messages_are_whole_and_in_order_however_many_threads_write() -> None:
    incoming, outgoing = os.pipe()
    writer = Writer(outgoing, most_unsent=100_000_000, broken=lambda: None)

    def write(digit: bytes) -> None:
        for _ in range(10):
            writer.write(digit * 50_000)

    threads = [threading.Thread(target=write, args=(b"%d" % n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    read = b""
    while len(read) < 4 * 10 * 50_000:
        read += os.read(incoming, 1_000_000)
    writer.close(5)
    assert all(len(set(read[i : i + 50_000])) == 1 for i in range(0, len(read), 50_000))
    os.close(incoming)
    os.close(outgoing)


@pytest.mark.parametrize("descriptors", [True, False])
def test_parent_watch(descriptors: bool) -> None:
    async def watch() -> bool:
        gone = asyncio.Event()
        command = [sys.executable, "-c", "input()"]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as child:  # noqa: ASYNC220 - a moment, in a test
            looker = parent.Looker(child.pid, 0.01, gone.set)
            stop = parent.watch(child.pid, interval=0.01, gone=gone.set) if descriptors else looker.stop
            if descriptors:
                looker.stop()
            child.kill()
            child.wait()
            await asyncio.wait_for(gone.wait(), 5)
            stop()
        return gone.is_set()

    assert asyncio.run(watch())


def test_parent_watch_is_ended() -> None:
    async def watch() -> None:
        stop = parent.watch(os.getpid(), interval=0.01, gone=pytest.fail)
        stop()
        stop()

    asyncio.run(watch())
