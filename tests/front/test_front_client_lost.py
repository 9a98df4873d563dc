"""A front's client whose engine dies, or floods it: nothing is lost, and nothing grows without bound."""

import asyncio
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from clientkit import HELLO, SOON, Events, FakeEngine, Scene, inside, place_for, played, turns, welcome

from companion.core import supervision
from companion.core.diff import TextEdit
from companion.errors import EngineUnavailableError
from companion.front import client as client_module
from companion.front.client import Client
from companion.messages import (
    CaughtUp,
    ChangeDocument,
    CloseDocument,
    Diagnosis,
    Disconnected,
    Message,
    OpenDocument,
    Ping,
    RequestDiagnosis,
    RequestRun,
    RunAccepted,
    Status,
    StopRun,
    Welcome,
)  # fmt: skip
from companion.version import own_version

DIAGNOSIS = Diagnosis(1, "", "", 0, 0, (), ())


def diagnose(engine: FakeEngine, front: int, message: Message) -> None:
    """Answers the first request."""
    welcome(engine, front, message)
    if message == RequestDiagnosis(1):
        engine.fronts.send(front, DIAGNOSIS)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with place_for(tmp_path, monkeypatch) as folder:
        yield folder


def test_the_next_one_is_told_what_the_last_one_knew_once(root: Path) -> None:
    async def play(scene: Scene) -> None:
        client = scene.client()
        await client.start()
        events = Events(client)
        await events.until(CaughtUp)
        client.send(OpenDocument("a.py", 1, b"one\n"))
        client.send(ChangeDocument("a.py", 2, (TextEdit(0, 3, "two\udc80"),)))
        client.send(OpenDocument("b.py", 1, b""))
        client.send(CloseDocument("b.py"))
        asked = asyncio.create_task(client.request(RequestDiagnosis))
        await scene.engines[0].until(lambda: RequestDiagnosis(1) in scene.engines[0].heard)
        scene.behave = diagnose
        scene.engines[0].end()
        client.send(StopRun())
        assert await events.until(CaughtUp) == [
            Disconnected("it ended"), Welcome(own_version(), os.getpid()), CaughtUp(0, False),
        ]  # fmt: skip
        assert await asked == DIAGNOSIS
        assert scene.engines[1].heard[1:] == [
            OpenDocument("a.py", 2, "two\udc80\n".encode("utf-8", "surrogatepass")),
            RequestDiagnosis(1),
        ]

    played(root, play)


def test_an_engine_that_does_not_answer_is_told_of_while_somebody_waits(root: Path) -> None:
    async def play(scene: Scene) -> None:
        engine = scene.engine()
        client = Client(root, front="test", launch=scene.launch, silence=SOON)
        scene.clients.append(client)
        await client.start()
        events = Events(client)
        await events.until(CaughtUp)
        asked = asyncio.create_task(client.request(RequestDiagnosis))
        (told,) = await events.until(Status)
        assert isinstance(told, Status)
        assert (told.source, told.health) == ("engine", "warning")
        assert f"process {os.getpid()}) lives but does not answer" in told.message
        assert f"kill -CONT {os.getpid()}" in told.message
        engine.fronts.send(1, DIAGNOSIS)
        assert await asked == DIAGNOSIS
        assert (await events.until(Status))[-1] == Status("engine", "ok", "the engine answers again")

    played(root, play)


def test_a_new_engine_begins_with_an_empty_board(root: Path) -> None:
    async def play(scene: Scene) -> None:
        client = scene.client()
        await client.start()
        events = Events(client)
        scene.engines[0].fronts.send(1, Status("old", "ok", ""))
        await events.until(Status)
        assert "old" in client.board.statuses
        scene.engines[0].end()
        await events.until(Disconnected)
        assert "old" in client.board.statuses, "as long as there is nothing newer"
        await events.until(CaughtUp)
        assert not client.board.statuses

    played(root, play)


def test_one_that_talks_nonsense_is_left(root: Path) -> None:
    async def play(scene: Scene) -> None:
        client = scene.client()
        await client.start()
        events = Events(client)
        scene.engines[0].fronts.send(1, Status("last", "ok", ""))
        scene.engines[0].say(b"\xff" * 10)
        await events.until(Status)
        (gone,) = await events.until(Disconnected)
        assert isinstance(gone, Disconnected)
        assert "too large" in gone.reason
        await events.until(CaughtUp)
        assert len(scene.engines) == 1, "it lives, and is joined again"

    played(root, play)


def test_one_that_ends_with_its_welcome(root: Path) -> None:
    """In one breath: the client is joined, and has lost it again."""

    async def play(scene: Scene) -> None:
        def faint(engine: FakeEngine, front: int, message: Message) -> None:
            welcome(engine, front, message)
            scene.behave = welcome
            engine.end()

        scene.behave = faint
        client = scene.client()
        await client.start()
        events = Events(client)
        await events.until(Disconnected)
        await events.until(CaughtUp)
        assert len(scene.engines) == 2

    played(root, play)


def test_giving_up(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other engine comes up: whoever waits for anything is told why."""
    monkeypatch.setattr(supervision, "DELAYS", (0.0, 0.0, 0.0))

    async def play(scene: Scene) -> None:
        client = scene.client()
        await client.start()
        events = Events(client)
        await events.until(CaughtUp)
        asked = asyncio.create_task(client.request(RequestDiagnosis))
        await scene.engines[0].until(lambda: RequestDiagnosis(1) in scene.engines[0].heard)

        async def fail() -> None:
            raise EngineUnavailableError("not today")

        scene.trouble = fail
        scene.engines[0].end()
        await events.until(Disconnected)
        with pytest.raises(EngineUnavailableError, match="not today"):
            await events.until(CaughtUp)
        with pytest.raises(EngineUnavailableError, match="not today"):
            await asked
        with pytest.raises(EngineUnavailableError, match="not today"):
            await client.request(RequestDiagnosis)

    played(root, play)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), ZeroDivisionError("never thought of")])
def test_trouble_of_any_kind_is_told(root: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Nobody waits for ever for what will not come."""
    monkeypatch.setattr(supervision, "DELAYS", (0.0, 0.0, 0.0))

    async def play(scene: Scene) -> None:
        async def fail() -> None:
            raise error

        client = scene.client()
        await client.start()
        events = Events(client)
        scene.trouble = fail
        scene.engines[0].end()
        with pytest.raises(EngineUnavailableError, match=str(error.args[-1])):
            await events.until(Ping)
        with pytest.raises(EngineUnavailableError, match=str(error.args[-1])):
            await client.request(RequestDiagnosis)

    played(root, play)


def test_no_place_is_left(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(scene: Scene) -> None:
        client = scene.client()
        await client.start()
        (root / "file").touch()
        monkeypatch.setenv("XDG_STATE_HOME", str(root / "file"))
        monkeypatch.setattr(tempfile, "tempdir", str(root / "file"))
        scene.engines[0].end()
        with pytest.raises(EngineUnavailableError, match="no folder for logs"):
            await Events(client).until(Ping)

    played(root, play)


def test_one_that_always_ends_with_its_welcome(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Something is wrong that another start does not mend."""
    monkeypatch.setattr(supervision, "DELAYS", (0.0, 0.0, 0.0))

    async def play(scene: Scene) -> None:
        def faint(engine: FakeEngine, front: int, message: Message) -> None:
            welcome(engine, front, message)
            engine.end()

        scene.behave = faint
        client = scene.client()
        await client.start()
        with pytest.raises(EngineUnavailableError, match=r"ends again and again: see .*log"):
            await Events(client).until(Ping)
        assert len(scene.engines) == 4

    played(root, play)


def test_leaving_while_another_is_started(root: Path) -> None:
    async def play(scene: Scene) -> None:
        client = scene.client()
        await client.start()
        events = Events(client)
        begun = asyncio.Event()

        async def never() -> None:
            begun.set()
            await asyncio.Event().wait()

        scene.trouble = never
        scene.engines[0].end()
        await events.until(Disconnected)
        await begun.wait()
        await client.close()
        with pytest.raises(AssertionError, match="ended"):
            await events.until(CaughtUp)

    played(root, play)


# --- floods ---------------------------------------------------------------------------------------------


def flood(engine: FakeEngine, count: int) -> None:
    for number in range(count):
        engine.fronts.send(1, Status("flood", "ok", str(number)))


def test_events_are_read_no_faster_than_they_are_taken(root: Path) -> None:
    async def play(scene: Scene) -> None:
        client = scene.client()
        await client.start()
        flood(scene.engines[0], 50_000)
        await turns(500)
        assert inside(client)._events.qsize() < 2 * client_module.BACKLOG
        events = Events(client)
        await events.until(Status("flood", "ok", "49999"))
        assert [e.message for e in events.seen if isinstance(e, Status)] == [str(n) for n in range(50_000)]

    played(root, play)


def test_an_end_behind_a_flood_is_heard_after_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "BACKLOG", 50)

    async def play(scene: Scene) -> None:
        client = scene.client()
        await client.start()
        flood(scene.engines[0], 200)  # which the socket holds
        await turns(200)
        scene.engines[0].end()
        events = Events(client)
        seen = await events.until(Disconnected)
        assert sum(isinstance(event, Status) for event in seen) == 200
        await events.until(CaughtUp)

    played(root, play)


def test_an_answer_comes_although_nobody_takes_events(root: Path) -> None:
    """Whoever asks may be the one who takes them."""

    async def play(scene: Scene) -> None:
        def answer(engine: FakeEngine, front: int, message: Message) -> None:
            welcome(engine, front, message)
            if isinstance(message, RequestRun):
                flood(engine, 10_000)
                engine.fronts.send(front, RunAccepted(message.request, 7))

        scene.behave = answer
        client = scene.client()
        await client.start()
        flood(scene.engines[0], 10_000)
        await turns(200)
        async with asyncio.timeout(20):
            accepted = await client.request(lambda number: RequestRun(number, "all", (), ()))
        assert accepted == RunAccepted(1, 7)
        await Events(client).until(RunAccepted)

    played(root, play)


def test_an_engine_that_does_not_read_is_left_in_the_end(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has not read is not lost: it is told again."""

    async def play(scene: Scene) -> None:
        client = scene.client()
        await client.start()
        events = Events(client)
        await events.until(CaughtUp)
        inside(client)._line._outbox._bound = 10
        scene.engines[0].conversation.pause()
        client.send(OpenDocument("a.py", 1, b"text"))
        for number in range(200):
            client.send(Status("large", "ok", f"{number}" + "x" * 10_000))
        (gone,) = await events.until(Disconnected)
        assert isinstance(gone, Disconnected)
        assert "behind" in gone.reason
        document = OpenDocument("a.py", 1, b"text")
        await scene.engines[0].until(lambda: scene.engines[0].heard[-2:] == [HELLO, document])

    played(root, play)


def test_patience_here_is_short_and_real() -> None:
    assert SOON < 1.0 < client_module.ANSWER


def test_a_message_that_is_no_event_does_no_harm(root: Path) -> None:
    async def play(scene: Scene) -> None:
        client = scene.client()
        await client.start()
        events = Events(client)
        scene.engines[0].fronts.send(1, Ping(1))
        await events.until(Ping)
        scene.engines[0].fronts.send(1, Status("x", "ok", "still there"))
        await events.until(Status)
        assert client.board.statuses["x"].message == "still there"

    played(root, play)
