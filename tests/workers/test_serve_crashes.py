"""Whatever goes wrong in an agent is one message to the host, and the agent is closed."""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from serve_bench import NAME, Host, Puppet, crash

from companion.config import Config
from companion.errors import BrokenResourceError, EndOfChannel
from companion.messages import Message, Ping, Raise, Started, Status, Stop


@pytest.fixture(params=["interpreter", "stream"])
def host(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    agent = Puppet()
    module: Any = ModuleType(f"companion.workers.{NAME}")
    module.build = agent.build
    monkeypatch.setitem(sys.modules, module.__name__, module)
    made = Host(request.param, agent)
    yield made
    made.close()


def test_it_is_told_to_raise(host: Host) -> None:
    host.tell(Raise("as you like"), Status("late", "ok", ""))
    host.start()
    found = crash(host.rest())
    assert (found.agent, found.reason) == (NAME, "ToldToRaiseError: as you like")
    assert "ToldToRaiseError" in found.traceback
    assert not host.agent.handled
    assert host.agent.closed == 1


@pytest.mark.parametrize(
    "error",
    [
        ValueError("mine"),
        EndOfChannel("of a spare"),
        BrokenResourceError("of a spare"),
        TimeoutError("of a spare"),
        KeyboardInterrupt(),
        SystemExit(3),
        RecursionError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_an_agent_raises_is_a_crash(host: Host, error: BaseException) -> None:
    """Also what looks like the end of its own conversation with the host."""

    def fail(_message: Message) -> None:
        raise error

    host.agent.on_handle = fail
    host.tell(Status("a", "ok", ""))
    host.start()
    assert crash(host.rest()).reason.startswith(type(error).__name__)
    assert host.agent.closed == 1


def test_a_timer_that_raises_is_a_crash(host: Host) -> None:
    def fail() -> None:
        raise ValueError("late")

    def plan(_message: Message) -> None:
        assert host.agent.link is not None
        host.agent.link.loop.call_later(0.0, fail)

    host.agent.on_handle = plan
    host.tell(Status("a", "ok", ""))
    host.start()
    assert crash(host.rest()).reason == "ValueError: late"
    assert host.agent.closed == 1


def test_an_agent_that_cannot_be_built(host: Host) -> None:
    def fail() -> None:
        raise ImportError("no such library")

    host.agent.on_build = fail
    host.start()
    heard = host.rest()
    assert crash(heard).reason == "ImportError: no such library"
    assert len(heard) == 1, "it never said that it had started"
    assert host.agent.closed == 0


def test_an_agent_that_cannot_end(host: Host) -> None:
    def fail() -> None:
        raise RuntimeError("a thread is left")

    host.agent.on_close = fail
    host.tell(Stop())
    host.start()
    assert crash(host.rest()).reason == "RuntimeError: a thread is left"


def test_no_such_agent(host: Host) -> None:
    del sys.modules[f"companion.workers.{NAME}"]
    host.start()
    assert crash(host.rest()).reason.startswith("ModuleNotFoundError")


def test_no_such_folder(host: Host, tmp_path_factory: pytest.TempPathFactory) -> None:
    host.config = Config(root=str(tmp_path_factory.getbasetemp() / "gone"))
    host.start()
    assert crash(host.rest()).reason.startswith("FileNotFoundError")


def test_what_was_sent_before_a_crash_comes_before_it(host: Host) -> None:
    def send_and_fail(_message: Message) -> None:
        assert host.agent.link is not None
        for number in range(10):
            host.agent.link.send(Ping(number))
        raise ValueError("mine")

    host.agent.on_handle = send_and_fail
    host.tell(Status("a", "ok", ""))
    host.start()
    heard = host.rest()
    assert heard[:-1] == [Started(NAME, "in a thread"), *[Ping(number) for number in range(10)]]
    assert crash(heard).reason == "ValueError: mine"
