"""Real spares, thrown away: interpreters that end or are left behind, processes that say why they ended."""

import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from runtime_kit import DEADLINE
from runtime_stable import Stable, played

from companion.errors import BrokenResourceError, EndOfChannel
from companion.messages import Handle, Ping, Prepare, SpareEnded, SpareLeftBehind, Status, Warm
from companion.runtime.channel import open_receive, open_send
from companion.runtime.hiring import PROCESS_ENTRY
from companion.runtime.interpreter import Isolation, Worker
from companion.runtime.lent import borrow
from companion.runtime.process import spawn
from companion.runtime.spares import InterpreterSpare, ProcessSpare, Spare

# --- interpreters -----------------------------------------------------------------------------------------


def interpreter(entry: str, patience: float, settings: str = "") -> Callable[[int], Spare]:
    def make(serial: int) -> Spare:
        worker = Worker(f"spare-{serial}", entry, Status("", "ok", settings), isolation=Isolation.FILESYSTEM)
        return InterpreterSpare(worker, patience)

    return make


def test_an_interpreter_that_ends_when_it_is_told(tmp_path: Path) -> None:
    async def play() -> None:
        stable = Stable(tmp_path, interpreter("tests.runtime.runtime_ending:spin_until_told", DEADLINE))
        ready = stable.start()
        send, receive = cast("tuple[Handle, Handle]", ready.handles)
        outgoing, incoming = open_send(send), open_receive(receive)
        assert incoming.receive(DEADLINE) == Ping(0)
        outgoing.send(Status("a", "ok", "b"), DEADLINE)
        outgoing.close()
        incoming.close()
        stable.spares.drop(1)
        await stable.hears(SpareEnded(1, ""))

    played(play)


def test_what_an_interpreter_ended_by_is_told_in_one_line(tmp_path: Path) -> None:
    async def play() -> None:
        stable = Stable(tmp_path, interpreter("tests.runtime.runtime_ending:fail", DEADLINE))
        stable.start()
        stable.spares.drop(1)
        await stable.hears(SpareEnded(1, "LookupError: on purpose"))

    played(play)


def test_an_interpreter_that_hangs_is_left_behind_and_reaped_when_it_ends(tmp_path: Path) -> None:
    """It waits in C, where nothing reaches it."""

    async def play() -> None:
        reader, writer = os.pipe()
        stable = Stable(tmp_path, interpreter("tests.runtime.runtime_ending:read", 0.05, str(reader)))
        ready = stable.start()
        receive = open_receive(cast("Handle", ready.handles[1]))
        receive.receive(DEADLINE)
        receive.close()  # before it is thrown away: afterwards its descriptors may be gone
        stable.spares.drop(1)
        await stable.hears(SpareLeftBehind(1))
        (info,) = stable.spares.describe()
        assert (info.state, info.interpreter > 0) == ("left behind", True)
        os.write(writer, b"!")
        await stable.hears(SpareEnded(1, ""))
        assert stable.spares.describe() == ()
        for end in (reader, writer):
            os.close(end)

    played(play)


# --- processes --------------------------------------------------------------------------------------------


def process(entry: str, root: Path, *python: str) -> Callable[[int], Spare]:
    def make(_serial: int) -> Spare:
        child, line = spawn(python or (sys.executable,), entry, str(root))
        return ProcessSpare(child, socket.socket(fileno=line))

    return make


def test_a_process_that_cannot_boot_says_why(tmp_path: Path) -> None:
    async def play() -> None:
        stable = Stable(tmp_path, process("no.such:module", tmp_path))
        ready = stable.start("process")
        send, receive = borrow(ready.handles)
        with pytest.raises(EndOfChannel):
            receive.receive(DEADLINE)
        stable.spares.drop(1)
        await stable.hears(SpareEnded(1, "exit code 1: ModuleNotFoundError: No module named 'no'"))
        send.close()
        receive.close()

    played(play)


def test_a_process_that_is_thrown_away_while_it_lives_is_killed(tmp_path: Path) -> None:
    async def play() -> None:
        stable = Stable(tmp_path, process(PROCESS_ENTRY, tmp_path))
        stable.start("process")
        (info,) = stable.spares.describe()
        stable.spares.drop(1)
        await stable.hears(SpareEnded(1, ""))
        with pytest.raises(ProcessLookupError):
            os.kill(int(info.detail.removeprefix("process ")), 0)

    played(play)


def test_what_a_process_wrote_before_it_was_warm_is_forgotten_then(tmp_path: Path) -> None:
    """It is no reason for what happens later."""
    noisy = (sys.executable, "-X", "importtime")

    async def play() -> None:
        stable = Stable(tmp_path, process(PROCESS_ENTRY, tmp_path, *noisy))
        ready = stable.start("process")
        send, receive = borrow(ready.handles)
        snapshot = (("prefix", sys.prefix), ("sites", ()))
        send.send(Prepare(str(tmp_path), "process", snapshot, (), 1000, "", ""), DEADLINE)
        warm = receive.receive(DEADLINE)
        assert isinstance(warm, Warm)
        assert warm.problem == ""
        (info,) = stable.spares.describe()
        os.kill(int(info.detail.removeprefix("process ")), signal.SIGSEGV)
        stable.spares.drop(1)
        await stable.hears(SpareEnded(1, "signal SIGSEGV"))
        send.close()
        receive.close()

    played(play)


def test_a_runner_that_never_hears_of_its_spare_costs_nothing(tmp_path: Path) -> None:
    """It died meanwhile; whoever reads of it now is told that it is gone, whatever its number stands for."""

    async def play() -> None:
        stable = Stable(tmp_path, process(PROCESS_ENTRY, tmp_path))
        ready = stable.start("process")
        stable.spares.drop_all()
        await stable.hears(SpareEnded(1, ""))
        with pytest.raises(BrokenResourceError, match="has ended"):
            borrow(ready.handles)
        other = os.open(os.devnull, os.O_RDONLY)
        os.dup2(other, cast("int", ready.handles[0]))
        with pytest.raises(BrokenResourceError, match="another's"):
            borrow(ready.handles)
        os.close(cast("int", ready.handles[0]))
        if other != ready.handles[0]:
            os.close(other)

    played(play)
