"""Agents that hang are replaced; nothing waits for what will not come."""

import asyncio
import gc
import os
import threading
import weakref
from pathlib import Path

from runtime_kit import DEADLINE, nothing_left
from runtime_supervised import IMPATIENCE, PATIENCE, SPEED, Bench, Pipe, supervised

from companion.messages import Ping, Status
from companion.runtime.interpreter import Worker
from companion.runtime.outbox import BOUND
from companion.runtime.supervisor import Patience


def test_one_that_hangs_is_replaced(tmp_path: Path) -> None:
    """It goes on hanging beside its successor, and ends in order once it wakes up."""

    async def play() -> None:
        bench = Bench(tmp_path, patience=IMPATIENCE)
        bench.supervisor.start()
        await bench.all_up()
        with Pipe() as pipe:
            bench.supervisor.send("watcher", Status("hang", "ok", str(pipe)))
            await bench.up("watcher", 2)
            text = f"the watcher ended: it did not answer for {IMPATIENCE.answer:g} s"
            assert ("down", "watcher", text, False) in bench.log
            bench.say("watcher", "the second one")
            await bench.said("watcher", "the second one")
            assert sum(worker.alive for worker in bench.workers if isinstance(worker, Worker)) == 4
        bench.stop()
        os.close(pipe)

    with nothing_left():
        supervised(play)


def test_what_one_that_hangs_may_still_use_is_kept_until_it_ends(tmp_path: Path) -> None:
    """Its channels' descriptors would be others' by then."""

    class Used:
        pass

    async def play() -> None:
        bench = Bench(tmp_path, patience=IMPATIENCE)
        bench.supervisor.start()
        await bench.all_up()
        used = Used()
        there, gone = weakref.ref(used), threading.Event()
        weakref.finalize(used, gone.set)
        bench.supervisor.keep("watcher", (used,))
        del used
        with Pipe() as pipe:
            bench.supervisor.send("watcher", Status("hang", "ok", str(pipe)))
            await bench.up("watcher", 2)
            bench.workers.clear()
            gc.collect()
            assert there() is not None
        assert await asyncio.to_thread(gone.wait, DEADLINE)
        bench.stop()
        os.close(pipe)

    with nothing_left():
        supervised(play)


def test_one_that_hangs_while_it_starts_is_replaced(tmp_path: Path) -> None:
    async def play() -> None:
        with Pipe() as pipe:
            bench = Bench(tmp_path, f"watcher hangs on {pipe}", patience=IMPATIENCE)
            bench.supervisor.start()
            await bench.down("watcher")
            text = f"the watcher ended: it did not start within {IMPATIENCE.start:g} s"
            assert bench.seen("down", "watcher") == [("down", "watcher", text, False)]
            await bench.up("refactorer")
        await bench.up("watcher")
        bench.stop()
        os.close(pipe)

    with nothing_left():
        supervised(play)


def test_pings_are_answered_and_nobody_is_given_up(tmp_path: Path) -> None:
    async def play() -> None:
        bench = Bench(tmp_path, patience=Patience(heartbeat=1.0, answer=1e6, start=1e6))
        bench.supervisor.start()
        await bench.all_up()
        beats = asyncio.Event()
        asyncio.get_running_loop().call_later(SPEED / 2, beats.set)
        await beats.wait()
        assert all(bench.agent(name).answered > 3 for name in ("runner", "watcher", "refactorer"))
        assert not bench.seen("down")
        bench.stop()

    supervised(play)


def test_one_that_is_too_far_behind_is_replaced(tmp_path: Path) -> None:
    """It hangs, and nobody's patience is over yet."""

    async def play() -> None:
        bench = Bench(tmp_path)
        bench.supervisor.start()
        await bench.all_up()
        with Pipe() as pipe:
            bench.supervisor.send("watcher", Status("hang", "ok", str(pipe)))
            for number in range(BOUND + 1000):
                bench.supervisor.send("watcher", Ping(number))
            assert len(bench.seen("down", "watcher")) == 1
            assert "behind" in str(bench.seen("down", "watcher"))
            await bench.up("watcher", 2)
        bench.stop()
        os.close(pipe)

    with nothing_left():
        supervised(play)


def test_a_hanging_process_is_killed(tmp_path: Path) -> None:
    async def play() -> None:
        bench = Bench(tmp_path, "refactorer has no parser", patience=IMPATIENCE)
        bench.supervisor.start()
        await bench.all_up()
        bench.supervisor.send("refactorer", Status("hang for good", "ok", ""))
        await bench.up("refactorer", 2)
        assert "did not answer" in str(bench.seen("down", "refactorer")[-1])
        assert bench.workers[-2].join(0), "killed, although it would have gone on for ever"
        bench.stop()

    with nothing_left():
        supervised(play)


def test_patience_is_as_documented() -> None:
    assert Patience() == Patience(heartbeat=5.0, answer=60.0, start=30.0)
    assert PATIENCE.answer > 1e5
