"""The end of all agents, at whatever moment: in order, at once, and nothing is left."""

import asyncio
import os
from pathlib import Path

from runtime_kit import nothing_left
from runtime_supervised import Bench, Pipe, supervised

from companion.messages import Ping, Status, Stop


def test_stop_although_nobody_reads_what_they_sent(tmp_path: Path) -> None:
    """Each has filled its channel; as nobody will read that, nobody waits for it."""

    async def play() -> None:
        bench = Bench(tmp_path, "refactorer has no parser")
        bench.supervisor.start()
        await bench.all_up()
        bench.log.clear()
        for name in ("runner", "watcher", "refactorer"):
            bench.supervisor.send(name, Status("flood", "ok", "100000"))
        await bench.until(lambda: all(bench.seen("said", name) for name in ("runner", "watcher", "refactorer")))
        bench.stop()
        assert not bench.seen("down")
        assert all(worker.failure == "" for worker in bench.workers)

    with nothing_left():
        supervised(play)


def test_stop_although_their_channels_are_full(tmp_path: Path) -> None:
    """What they have not come to does not matter any more, and neither does that `Stop` stands behind it."""

    async def play() -> None:
        bench = Bench(tmp_path)
        bench.supervisor.start()
        await bench.all_up()
        for number in range(5000):
            bench.say("watcher", str(number))
            bench.say("refactorer", str(number))
        bench.stop()
        assert not bench.seen("down")

    with nothing_left():
        supervised(play)


def test_stop_while_they_start(tmp_path: Path) -> None:
    async def play() -> None:
        bench = Bench(tmp_path)
        bench.say("runner", "never said")
        bench.supervisor.start()
        bench.stop()
        assert not bench.seen("up")

    with nothing_left():
        supervised(play)


def test_stop_between_two_lives(tmp_path: Path) -> None:
    async def play() -> None:
        bench = Bench(tmp_path)
        bench.supervisor.start()
        await bench.all_up()
        for life in (1, 2):
            await bench.up("runner", life)
            bench.supervisor.restart("runner", "now")
            await bench.down("runner", life)
        bench.stop()
        hired = len(bench.seen("hired"))
        later = asyncio.Event()
        asyncio.get_running_loop().call_later(10.0, later.set)
        await later.wait()
        assert len(bench.seen("hired")) == hired, "nobody is started any more"

    with nothing_left():
        supervised(play)


def test_stop_does_not_wait_for_one_that_hangs(tmp_path: Path) -> None:
    async def play() -> None:
        bench = Bench(tmp_path)
        bench.supervisor.start()
        await bench.all_up()
        with Pipe() as pipe:
            bench.supervisor.send("runner", Status("hang", "ok", str(pipe)))
            bench.supervisor.stop(0.2)
            assert [worker.join(0) for worker in bench.workers] == [False, True, True]
        assert bench.workers[0].join(30.0), "woken, it ends by itself"
        os.close(pipe)

    with nothing_left():
        supervised(play)


def test_stopping_one_that_has_just_died(tmp_path: Path) -> None:
    """Its channel is broken, and nobody has heard of it yet."""

    async def play() -> None:
        bench = Bench(tmp_path)
        bench.supervisor.start()
        await bench.all_up()
        worker = bench.workers[0]
        worker.ends[0].send(Stop())
        assert worker.join(30.0)
        bench.supervisor.send("runner", Ping(1))
        bench.supervisor.restart("runner", "nobody hears this")
        bench.stop()
        assert not bench.seen("down")

    with nothing_left():
        supervised(play)
