"""The serve loop over channels of both kinds: what an agent is told, and when it ends."""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, cast

import pytest
from serve_bench import DEADLINE, NAME, Host, Puppet

from companion.config import Config
from companion.errors import BrokenResourceError
from companion.messages import Crashed, Message, Ping, Pong, Started, Status, Stop
from companion.runtime.channel import InterpreterSendChannel, open_channel
from companion.workers.serve import DRAIN, converse


@pytest.fixture(params=["interpreter", "stream"])
def host(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    agent = Puppet()
    module: Any = ModuleType(f"companion.workers.{NAME}")
    module.build = agent.build
    monkeypatch.setitem(sys.modules, module.__name__, module)
    made = Host(request.param, agent)
    yield made
    made.close()


def test_a_life_in_order(host: Host) -> None:
    host.start()
    assert host.hear() == Started(NAME, "in a thread")
    host.tell(Status("a", "ok", ""), Ping(1), Status("b", "ok", ""), Stop())
    assert host.rest() == [Pong(1)]
    assert host.agent.handled == [Status("a", "ok", ""), Status("b", "ok", "")]
    assert host.agent.closed == 1


def test_what_is_sent_before_it_is_built_arrives_after(host: Host) -> None:
    host.tell(Status("early", "ok", ""), Stop())
    host.start()
    assert host.rest() == [Started(NAME, "in a thread")]
    assert host.agent.handled == [Status("early", "ok", "")]


def test_after_stop_nothing_more_is_handled(host: Host) -> None:
    host.tell(Stop(), Status("late", "ok", ""), Ping(1))
    host.start()
    assert host.rest() == [Started(NAME, "in a thread")]
    assert not host.agent.handled


def test_many_messages(host: Host) -> None:
    host.start()
    assert host.hear() == Started(NAME, "in a thread")
    for number in range(500):
        host.tell(Ping(number))
        assert host.hear() == Pong(number)
    host.tell(Stop())
    assert not host.rest()


def test_it_drains_before_it_closes() -> None:
    """For closing an interpreter loses what was not read."""
    (send, inbox), (outbox, receive) = open_channel(16), open_channel(16)
    done: list[str] = []

    class Noting(InterpreterSendChannel):
        def drain(self, timeout: float | None = None) -> None:
            done.append(f"drain for {timeout:g} s")

        def close(self) -> None:
            done.append("close")

    send.send(Stop())
    converse("no_such_agent", Config(root="."), inbox, Noting(cast("Any", outbox)._line))
    assert isinstance(receive.receive(DEADLINE), Crashed)
    assert done == [f"drain for {DRAIN:g} s", "close"]


def test_it_ends_when_the_host_says_no_more(host: Host) -> None:
    host.start()
    host.tell(Status("last", "ok", ""))
    host.send.close()
    assert host.rest() == [Started(NAME, "in a thread")]
    assert host.agent.handled == [Status("last", "ok", "")]
    assert host.agent.closed == 1


def test_it_ends_quietly_when_the_host_is_gone(host: Host) -> None:
    """Nobody is left to tell; it finds out when it speaks."""
    host.start()
    assert host.hear() == Started(NAME, "in a thread")
    host.receive.close()
    host.tell(Ping(1))
    host.ended()
    assert host.agent.closed == 1


def test_an_agent_may_handle_that_the_host_is_gone(host: Host) -> None:
    seen: list[type[BaseException]] = []

    def speak(_message: Message) -> None:
        assert host.agent.link is not None
        try:
            host.agent.link.send(Ping(1))
        except BrokenResourceError as error:
            seen.append(type(error).__mro__[1])

    host.agent.on_handle = speak
    host.start()
    assert host.hear() == Started(NAME, "in a thread")
    host.receive.close()
    host.tell(Status("a", "ok", ""), Stop())
    host.ended()
    assert seen == [BrokenResourceError]
