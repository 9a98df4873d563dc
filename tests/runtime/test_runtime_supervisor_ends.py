"""Agents that end, or cannot start: each end is counted once, up to a limit, and is nobody else's."""

import asyncio
from pathlib import Path

from runtime_kit import nothing_left
from runtime_supervised import Bench, supervised

from companion.core.supervision import DELAYS, Restarts
from companion.errors import CompanionError
from companion.messages import AgentName, Message, Ping, Status
from companion.refactor.native import NativeParserError
from companion.runtime.supervisor import NO_NATIVE_PARSER


def test_one_that_always_ends_is_given_up(tmp_path: Path) -> None:
    async def play() -> None:
        bench = Bench(tmp_path)
        bench.supervisor.start()
        await bench.all_up()
        for life in range(1, len(DELAYS) + 2):
            await bench.up("runner", life)
            bench.supervisor.restart("runner", "again")
        await bench.until(lambda: bench.state("runner") == "given up")
        assert [entry[3] for entry in bench.seen("down", "runner")] == [False] * len(DELAYS) + [True]
        bench.say("runner", "into the void")
        bench.supervisor.restart("runner", "no more")
        assert not bench.agent("runner").waiting
        bench.say("watcher", "still here")
        await bench.said("watcher", "still here")
        bench.stop()

    with nothing_left():
        supervised(play)


def test_one_that_cannot_be_built_is_given_up_and_keeps_nobody(tmp_path: Path) -> None:
    """The refactorer waits for the others to start, but not for ever."""

    async def play() -> None:
        bench = Bench(tmp_path, "runner fails")
        bench.say("runner", "never")
        bench.supervisor.start()
        await bench.up("refactorer")
        await bench.until(lambda: bench.state("runner") == "given up")
        assert all("LookupError: on purpose" in str(entry[2]) for entry in bench.seen("down", "runner"))
        assert not bench.seen("up", "runner")
        assert not bench.agent("runner").waiting
        bench.stop()

    with nothing_left():
        supervised(play)


def test_one_that_cannot_even_be_started(tmp_path: Path) -> None:
    """No descriptors are left, say: that is the agent's end, not the engine's."""

    async def play() -> None:
        bench = Bench(tmp_path, "watcher cannot be started")
        bench.supervisor.start()
        await bench.up("refactorer")
        await bench.until(lambda: bench.state("watcher") == "given up")
        assert len(bench.seen("hired", "watcher")) == len(DELAYS) + 1
        assert all("Too many open files" in str(entry[2]) for entry in bench.seen("down", "watcher"))
        bench.stop()

    supervised(play)


def test_a_defect_that_looks_like_an_end_is_a_crash(tmp_path: Path) -> None:
    async def play() -> None:
        bench = Bench(tmp_path)
        bench.supervisor.start()
        await bench.up("runner")
        bench.supervisor.send("runner", Status("end of another channel", "ok", "a spare's"))
        await bench.up("runner", 2)
        assert bench.seen("down", "runner") == [
            ("down", "runner", "the runner ended: EndOfChannel: a spare's", False)
        ]
        bench.stop()

    supervised(play)


def test_an_end_is_counted_once(tmp_path: Path) -> None:
    """It hears nothing any more, and is still heard: who answers its last words ends no life twice."""

    async def play() -> None:
        bench = Bench(tmp_path)
        bench.entries["watcher"] = "tests.runtime.runtime_agents:deaf_main"

        def answer(name: AgentName, _message: Message) -> None:
            bench.supervisor.send(name, Ping(1))

        bench.on_said = answer
        bench.supervisor.start()
        await bench.until(lambda: bench.state("watcher") == "given up")
        lives = len(DELAYS) + 1
        assert len(bench.seen("hired", "watcher")) == len(bench.seen("up", "watcher")) == lives
        assert len(bench.seen("down", "watcher")) == lives
        assert len(bench.seen("said", "watcher")) == 3 * lives
        bench.stop()

    with nothing_left():
        supervised(play)


def test_a_listener_that_raises_ends_nobody(tmp_path: Path) -> None:
    problems: list[str] = []

    async def play() -> None:
        bench = Bench(tmp_path)

        def fail(_name: AgentName, _message: Message) -> None:
            bench.on_said = lambda _name, _message: None
            raise CompanionError("our own defect")

        bench.on_said = fail
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: problems.append(str(context["exception"]))
        )
        bench.supervisor.start()
        for text in ("one", "two", "three"):
            bench.say("watcher", text)
        await bench.said("watcher", "three")
        assert not bench.seen("down")
        bench.stop()

    supervised(play)
    assert problems == ["our own defect"]


def test_the_refactorer_falls_back_to_a_process(tmp_path: Path) -> None:
    async def play() -> None:
        bench = Bench(tmp_path, "refactorer has no parser")
        bench.supervisor.start()
        await bench.all_up()
        assert bench.seen("hired", "refactorer") == [("hired", "refactorer", False), ("hired", "refactorer", True)]
        bench.say("refactorer", "from a process")
        await bench.said("refactorer", "from a process")
        bench.supervisor.restart("refactorer", "there too")
        await bench.up("refactorer", 2)
        assert bench.seen("hired", "refactorer")[-1] == ("hired", "refactorer", True)
        bench.stop()

    with nothing_left():
        supervised(play)


def test_the_sign_that_libcst_does_not_load() -> None:
    assert NativeParserError.__name__ == NO_NATIVE_PARSER


def test_restarts_are_counted_by_the_clock() -> None:
    history = Restarts()
    for number, delay in enumerate(DELAYS):
        history, wait = history.after_end(float(number))
        assert wait == delay
    assert history.after_end(59.9) == (history, None)
    history, wait = history.after_end(61.5)
    assert wait == DELAYS[3], "the first two are forgotten"
    assert history.times == (2.0, 3.0, 4.0, 61.5)
